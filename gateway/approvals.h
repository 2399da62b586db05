// Commands that wait for a person's word: which there are, and the events that let them go. One
// thread, the lane's.
#pragma once

#include "gateway/desk.h"
#include "gateway/dispatcher.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace returns::gateway {

struct WaitingQuery {
    std::string connection;
    std::string operation, shop, order_id, held, currency;  // each "" for any
    std::int64_t amount_max_minor = 0;                      // money commands up to it; 0: any
};

using WaitingCommands = std::vector<Dispatcher::WaitingCommand>;

bool Fits(const WaitingQuery& query, const Dispatcher::WaitingCommand& one);
// What the caller may see of it, in the order of the cases' keys.
WaitingCommands Matching(Dispatcher& dispatcher, const Desk& desk, const Caller& caller,
                         const WaitingQuery& query);
// What the refunds among them come to, by currency.
std::map<std::string, std::int64_t> RefundSums(const WaitingCommands& all);

// So many are let go by one word for all; the rest are left for the next.
inline constexpr std::size_t kApprovedAtOnce = 500;

struct Approvals {
    std::vector<Input> inputs;
    std::int64_t left = 0;
};
// The caller's word for all that the query finds held for approval: as many as the caller has
// seen, which is `count`, or none: kConflict says how many it is now.
Result<Approvals> ApprovalOfAll(Dispatcher& dispatcher, const Desk& desk, const Caller& caller,
                                WaitingQuery query, std::int64_t count);
// The caller's word for one command of the query's order, whatever holds it. The same word for the
// same command is the same event. kNotFound: no such command waits there.
Result<Input> ApprovalOf(Dispatcher& dispatcher, const Desk& desk, const Caller& caller,
                         WaitingQuery query, std::int64_t number);
// Whether the word counts, now or since it was first given.
bool Approved(const Receipt& receipt);

}  // namespace returns::gateway
