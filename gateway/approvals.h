// Commands that wait for a person's word: which there are, and the events that let them go. One
// thread, the lane's.
#pragma once

#include "gateway/desk.h"
#include "gateway/dispatcher.h"

#include <cstdint>
#include <string>
#include <vector>

namespace returns::gateway {

struct WaitingQuery {
    std::string connection;
    std::string operation, shop, order_id, held, currency;  // each "" for any
    std::int64_t amount_max_minor = 0;                      // money commands up to it; 0: any
};

// What the caller may see of it, in the order of the cases' keys.
std::vector<Dispatcher::WaitingCommand> Matching(Dispatcher& dispatcher, const Desk& desk,
                                                 const Caller& caller, const WaitingQuery& query);

// The caller's word for one command. The same word for the same command is the same event.
Result<Input> ApprovalOf(const Desk& desk, const Caller& caller, const CaseKey& key,
                         std::int64_t command);

}  // namespace returns::gateway
