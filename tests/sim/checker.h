// What must hold in a simulated world: after every commit, whenever money starts to move, and once
// faults have stopped and everything had time to come to rest. Each check has a name, which stands
// first in the violation. One thread.
#pragma once

#include "gateway/engine.h"
#include "tests/sim/memory_store.h"
#include "tests/sim/shop.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace returns::sim {

struct Books {
    const MemoryDatabase& database;
    const Topics& topics;
    const Provider& provider;
    const Shop& shop;
    const Warehouse &warehouse, &annex;  // connections 3pl and 3pl-b
    const Desk& desk;
};

// Each try of a refund has a name of its own; all begin alike.
bool IsNameOf(const Case& subject, const Leg& leg, const std::string& reference);

class Checker {
public:
    Checker(Scene& scene, Books books) : scene_(scene), books_(books) {}

    void OnCommit(const Batch& batch);
    // Money of ours has begun to move outside.
    void OnPaid(const Payment& payment);
    // A request to pay is about to leave.
    void OnSending(const HttpCall& call);
    void OnReceipt(const std::string& source, const std::string& id, const Receipt& receipt);
    // Money leaves by persons' word alone: by one's, above the limit by two's.
    void AskAbove(std::int64_t limit_minor) { ask_above_minor_ = limit_minor; }
    // The database is an older one from here on. What was said and done since counts for money
    // alone: partners know refunds that this history does not, and hear of some things twice.
    void ForgetHistory();
    // A person has decided that these goods are paid for whatever the warehouse says.
    void Allow(const std::string& return_id) { allowed_.insert(return_id); }
    // The warehouses are asked where they do not speak.
    void ExpectHeard() { expect_heard_ = true; }
    void AtEnd();
    bool AllPublished() const;  // the cursor has reached the journal's end

private:
    void CheckApproved(const Case& subject, const Leg& leg);
    void CheckCase(const Case& subject);
    void CheckLegs(const Case& subject);
    void CheckEarned(const Case& subject);
    void CheckPartner(const Case& subject);
    void CheckTickets(const Case& subject);
    void CheckOutbox(const Case& subject);
    void CheckDates(const Case& subject);
    void CheckInputs();
    void CheckParked();
    bool IsOurs(const std::string& reference) const;
    void CheckPublished();
    void CheckDesk();
    void CheckRest(const Case& subject);
    void CheckHeard(const Case& subject);
    void CheckFolded(const Case& subject);
    void CheckTicketed(const Case& subject, const std::string& return_id);
    void CheckExplained(const Case& subject);
    void CheckPaid(const Case& subject);
    std::int64_t AheadOfGoods(const Case& subject);
    void CheckReturns(const Case& subject);
    std::int64_t PaidFor(const Case& subject, const Leg& leg) const;  // how many are alive
    // The money alive, for one return or ("") for all of the order.
    std::int64_t PaidFor(const std::string& order_id, const std::string& return_id) const;
    const Case* Find(const std::string& order_id) const;
    std::string Where(const Case& subject) const;

    Scene& scene_;
    const Books books_;
    std::map<std::string, Instant> dates_;
    std::map<std::pair<std::string, std::string>, std::int64_t>
        receipts_;  // journal row; 0: parked
    std::set<std::string> allowed_;
    std::optional<std::int64_t> ask_above_minor_;
    bool restored_ = false, expect_heard_ = false;
    std::map<std::string, std::int64_t> paid_before_;  // a restore, by return
};

}  // namespace returns::sim
