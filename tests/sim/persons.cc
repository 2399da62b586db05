// Persons who look at money that stands still, look into the payers' books, and say what is so.
#include "tests/sim/world.h"

#include <algorithm>

namespace returns::sim {
namespace {

// What a careful person would do about a leg in that state, knowing how the payment stands; several
// where several are sensible.
std::vector<std::string> Sensible(const Leg& leg, bool paid, bool alive) {
    switch (leg.state) {
        case RefundState::kUnknown:
            if (leg.executor != Executor::kPsp || (alive && !paid)) return {};
            return {paid ? "confirm_paid" : "confirm_absent"};
        case RefundState::kContested:
            if (leg.executor != Executor::kPsp || (alive && !paid)) return {};
            return {paid ? "confirm_paid" : "confirm_void"};
        case RefundState::kOverpaid:
            return {"write_off"};
        case RefundState::kUnclaimed:
            return {"remit", "payee_details"};
        case RefundState::kAlternative:
            return {"credit_accepted", "payee_details"};
        case RefundState::kFailed:
            return {"retry", "other_tender"};
        case RefundState::kHeld:
            return {"release", "refuse"};
        case RefundState::kReady:
        case RefundState::kDue:
            return {"hold"};
        case RefundState::kDisputed:
            return {"concede"};
        case RefundState::kCancelled:
            return {"reinstate"};
        case RefundState::kClosed:
            return {"reopen"};
        default:
            return {};
    }
}

// They change what is owed or what is counted as paid: sums of such orders are persons' business.
bool Decides(const std::string& action) {
    return action != "confirm_paid" && action != "confirm_absent" && action != "confirm_void" &&
           action != "retry" && action != "payee_details";
}

}  // namespace

void World::ActOnMoney() {
    for (const auto& [key, row] : database_.cases)
        for (const Leg& leg : row.subject.legs)
            if (scene_.Strikes(Fault::kPersonOnMoney)) ActOnLeg(row.subject, leg);
}

void World::ActOnLeg(const Case& subject, const Leg& leg) {
    bool paid = false, alive = false;
    for (const Payment& each : provider_.book()) {
        if (leg.reference.empty() || each.reference != leg.reference) continue;
        alive = alive || each.alive();
        paid = paid || each.paid();
    }
    // A request may still be on its way for minutes: nobody says no before that.
    if (!alive && scene_.clock.Now() - leg.entered_at < kDay) return;
    const std::vector<std::string> names = Sensible(leg, paid, alive);
    if (names.empty()) return;
    Envelope event;
    event.type = EventType::kAction;
    event.key = subject.key;
    event.data.action = names[static_cast<std::size_t>(scene_.later.Next() % names.size())];
    event.data.by = "anna";
    event.data.second = "omar";
    event.data.return_id = leg.return_id;
    event.data.subject = leg.id;
    if (Decides(event.data.action)) scene_.unclean.insert(subject.key.order_id);
    if (event.data.action == "concede")
        for (const Tender& tender : subject.tenders)
            if (tender.id == leg.tender_id) provider_.Concede(tender.reference);
    Submit(std::move(event));
}

}  // namespace returns::sim
