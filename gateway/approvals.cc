#include "gateway/approvals.h"

#include <algorithm>

namespace returns::gateway {
namespace {

Result<Input> WordFor(const Desk& desk, const Caller& caller, const CaseKey& key,
                      std::int64_t command) {
    Wish wish;
    wish.key = key;
    wish.action = "approve_command";
    wish.body = Json::Object({{"subject", Json::Int(command)}});
    wish.once = key.shop + "\n" + key.order_id + "\n" + std::to_string(command);
    return desk.MakeInput(caller, wish);
}

}  // namespace

bool Fits(const WaitingQuery& query, const Dispatcher::WaitingCommand& one) {
    const auto fits = [](const std::string& wanted, std::string_view is) {
        return wanted.empty() || wanted == is;
    };
    const Command& command = *one.command;
    return fits(query.shop, one.key->shop) && fits(query.order_id, one.key->order_id) &&
           fits(query.operation, command.operation) && fits(query.held, Name(one.hold)) &&
           fits(query.currency, command.body["currency"].AsString()) &&
           (query.amount_max_minor == 0 || command.amount_minor <= query.amount_max_minor);
}

WaitingCommands Matching(Dispatcher& dispatcher, const Desk& desk, const Caller& caller,
                         const WaitingQuery& query) {
    WaitingCommands all = dispatcher.Waiting(query.connection);
    std::erase_if(all, [&](const Dispatcher::WaitingCommand& one) {
        return !desk.SeesShop(caller, one.key->shop) || !Fits(query, one);
    });
    return all;
}

std::map<std::string, std::int64_t> RefundSums(const WaitingCommands& all) {
    std::map<std::string, std::int64_t> sums;
    for (const auto& one : all)
        if (one.command->operation == "refund.create")
            sums[one.command->body["currency"].AsString()] += one.command->amount_minor;
    return sums;
}

Result<Approvals> ApprovalOfAll(Dispatcher& dispatcher, const Desk& desk, const Caller& caller,
                                WaitingQuery query, std::int64_t count) {
    query.held = Name(Hold::kApproval);
    const WaitingCommands all = Matching(dispatcher, desk, caller, query);
    const auto found = static_cast<std::int64_t>(all.size());
    if (count != found) return Error{Code::kConflict, "now it is " + std::to_string(found)};
    Approvals approvals;
    for (std::size_t at = 0; at < std::min(all.size(), kApprovedAtOnce); ++at) {
        ASSIGN_OR_RETURN(Input input, WordFor(desk, caller, *all[at].key, all[at].command->number));
        approvals.inputs.push_back(std::move(input));
    }
    approvals.left = found - static_cast<std::int64_t>(approvals.inputs.size());
    return approvals;
}

Result<Input> ApprovalOf(Dispatcher& dispatcher, const Desk& desk, const Caller& caller,
                         WaitingQuery query, std::int64_t number) {
    query.held.clear();
    WaitingCommands all = Matching(dispatcher, desk, caller, query);
    std::erase_if(all, [&](const auto& each) { return each.command->number != number; });
    if (all.size() != 1) return Error{Code::kNotFound, "no such command waits on that order"};
    return WordFor(desk, caller, *all[0].key, number);
}

bool Approved(const Receipt& receipt) {
    return receipt.kind == Receipt::Kind::kDecided && receipt.verdict == workflows::Verdict::kMoved;
}

}  // namespace returns::gateway
