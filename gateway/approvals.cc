#include "gateway/approvals.h"

namespace returns::gateway {

std::vector<Dispatcher::WaitingCommand> Matching(Dispatcher& dispatcher, const Desk& desk,
                                                 const Caller& caller, const WaitingQuery& query) {
    std::vector<Dispatcher::WaitingCommand> found;
    const auto fits = [](const std::string& wanted, std::string_view is) {
        return wanted.empty() || wanted == is;
    };
    for (Dispatcher::WaitingCommand& one : dispatcher.Waiting(query.connection)) {
        const Command& command = one.command;
        const bool wanted =
            desk.SeesShop(caller, one.key.shop) && fits(query.shop, one.key.shop) &&
            fits(query.order_id, one.key.order_id) && fits(query.operation, command.operation) &&
            fits(query.held, Name(one.hold)) &&
            fits(query.currency, command.body["currency"].AsString()) &&
            (query.amount_max_minor == 0 || command.amount_minor <= query.amount_max_minor);
        if (wanted) found.push_back(std::move(one));
    }
    return found;
}

Result<Input> ApprovalOf(const Desk& desk, const Caller& caller, const CaseKey& key,
                         std::int64_t command) {
    Wish wish;
    wish.key = key;
    wish.action = "approve_command";
    wish.body = Json::Object({{"subject", Json::Int(command)}});
    wish.once = key.shop + "\n" + key.order_id + "\n" + std::to_string(command);
    return desk.MakeInput(caller, wish);
}

}  // namespace returns::gateway
