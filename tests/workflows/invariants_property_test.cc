// Random events of every type over the real decide: repeated, out of order, contradicting, out of
// nowhere, with timers and attempts at the moments the case itself names. Whatever comes, the
// case stays whole.

#include "tests/workflows/random_events.h"
#include "tests/workflows/situations.h"
#include "workflows/decide.h"
#include "workflows/explain.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace returns::workflows {
namespace {

// Two worlds: a provider that can be asked, and one that cannot, without a desk.
struct Worlds {
    World able, blind;
    Worlds() {
        able.book.connections = {
            {.name = "ship", .kind = "logistics"},
            {.name = "desk", .kind = "desk"},
            {.name = "shop",
             .kind = "shop",
             .shop = "main",
             .operations = {"shop.refund_requested"}},
            {.name = "pay", .kind = "payment", .operations = {"refund.create", "refund.lookup"}}};
        // Money ahead of the goods, fees, delivery by share: all that is off by default.
        Policy& policy = able.rules.policy;
        policy.advance.on = "scanned";
        policy.advance.up_to = {{"EUR", 100'000}};
        policy.restocking_percent = 15;
        policy.label_fee = {{"EUR", 399}};
        policy.shipping_back = ShippingBack::kByShare;
        blind.book.connections = {
            {.name = "pay", .kind = "payment", .operations = {"refund.create"}},
            {.name = "shop",
             .kind = "shop",
             .shop = "main",
             .operations = {"shop.refund_requested"}}};
    }
};

const Rulebook& BookFor(bool able) {
    static const Worlds worlds;
    return able ? worlds.able.book : worlds.blind.book;
}

void CheckIds(const Case& subject) {
    std::set<std::int64_t> ids;
    const auto add = [&](std::int64_t id) {
        RC_ASSERT(id > 0 && id < subject.next_id);
        RC_ASSERT(ids.insert(id).second);
    };
    for (const Slice& slice : subject.slices) add(slice.id);
    for (const Leg& leg : subject.legs) add(leg.id);
    for (const Ticket& ticket : subject.tickets) add(ticket.id);
    for (const Command& command : subject.commands) add(command.number);
}

void CheckTold(const Case& subject, const Rulebook& book) {
    for (const Return& header : subject.returns) {
        const Explanation told = Explain(subject, header.id, Audience::kAgent, book);
        RC_ASSERT(!told.headline.empty());
        RC_ASSERT(!told.owner.empty());
        RC_ASSERT(Say(subject, header.id, Channel::kSms, book).size() <= 160u);
    }
}

// One decision and everything that must be true of it.
Case Step(const Case& before, const Envelope& event, const Rulebook& book) {
    const Decision decision = Decide(before, event, book);
    const Case& after = decision.after;
    RC_ASSERT(BrokenInvariant(after) == "");
    RC_ASSERT(after.version == before.version + 1);
    RC_ASSERT(after.recorded_at == event.recorded_at);
    RC_ASSERT(after.next_id >= before.next_id);
    RC_ASSERT(decision.verdict == Verdict::kMoved || !decision.reason.empty());
    RC_ASSERT((decision.verdict == Verdict::kQuarantined) <= !after.quarantine.empty());
    CheckIds(after);

    const Decision again = Decide(before, event, book);
    RC_ASSERT(again.after == after);
    RC_ASSERT(again.moves == decision.moves);
    RC_ASSERT(again.lookups == decision.lookups);
    RC_ASSERT(again.verdict == decision.verdict && again.reason == decision.reason);

    Case applied = before;
    const Status status = Apply(applied, Diff(before, after));
    if (!status.ok()) RC_FAIL(status.error().text);
    RC_ASSERT(applied == after);
    return after;
}

void Play(const std::vector<Roll>& rolls, bool able) {
    const Rulebook& book = BookFor(able);
    Case subject = EmptyCase();
    for (const Roll& roll : rolls) {
        const Envelope event = EventFor(subject, roll);
        subject = Step(subject, event, book);
        if (!subject.quarantine.empty()) {
            RC_FAIL("quarantined by " + std::string(Facts(event.type).wire) + " " +
                    event.data.action + ": " + subject.quarantine);
        }
    }
    CheckTold(subject, book);
}

RC_GTEST_PROP(AnyEvents, LeaveTheCaseWhole, (const std::vector<Roll>& rolls, bool able)) {
    Play(rolls, able);
}

// The order is known from the start, so that every event reaches the machines.
RC_GTEST_PROP(AnyEvents, LeaveAPlacedCaseWhole, (std::vector<Roll> rolls, bool able)) {
    const std::vector<Roll> opening = OrderAndReturn();
    rolls.insert(rolls.begin(), opening.begin(), opening.end());
    Play(rolls, able);
}

}  // namespace
}  // namespace returns::workflows
