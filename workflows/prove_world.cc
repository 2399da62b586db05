// The world of the money proof: its door to the case, how it begins, and whether its books agree.

#include "workflows/prove_world.h"

#include "workflows/turn.h"

#include <algorithm>

namespace returns::workflows::prove {
namespace {

constexpr const char* kPayment = "payment-1";

bool MovedLater(const Case& before, const Case& after) {
    const auto later = [](Instant was, Instant is) {
        return was != kNoTime && (is == kNoTime || is > was);
    };
    for (const Return& header : after.returns)
        for (const Return& old : before.returns)
            if (old.id == header.id && later(old.legal_deadline, header.legal_deadline))
                return true;
    for (const Leg& leg : after.legs)
        for (const Leg& old : before.legs)
            if (old.id == leg.id && later(old.legal_deadline, leg.legal_deadline)) return true;
    return false;
}

EventLine TheLine() {
    EventLine line;
    line.id = "A";
    line.sku = "A";
    line.quantity = 1;
    line.unit_price_minor = kPrice;
    return line;
}

}  // namespace

Delay KeyWindow(const Stage& stage) { return stage.book.Find(kProvider)->key_window; }

void Break(World& world, std::string what) {
    if (world.broken.empty()) world.broken = std::move(what);
}

void Forget(const Stage& stage, World& world) {
    const Delay key_window = KeyWindow(stage);
    std::erase_if(world.requests, [](const Request& each) { return !each.open && !each.travels; });
    std::erase_if(world.remembered, [&](const Remembered& each) {
        const auto& legs = world.subject.legs;
        const auto& sent = world.requests;
        const bool dead = world.now >= Add(each.since, key_window);
        return (dead || std::none_of(legs.begin(), legs.end(),
                                     [&](const Leg& leg) { return leg.key == each.key; })) &&
               std::none_of(sent.begin(), sent.end(),
                            [&](const Request& r) { return r.travels && r.key == each.key; });
    });
}

bool Say(const Stage& stage, World& world, EventType type, EventData data) {
    Envelope event;
    event.type = type;
    event.key = {"main", "1"};
    event.source = "proof";
    event.source_id = "e" + std::to_string(world.subject.version + 1);
    event.occurred_at = event.recorded_at = world.now;
    const bool told = type >= EventType::kRefundSubmitted && type <= EventType::kDisputeLost;
    const bool attempt = type >= EventType::kAttemptStarted && type <= EventType::kAttemptInDoubt;
    if (told || attempt) event.connection = kProvider;
    if (told) {
        data.payment_reference = kPayment;
        data.currency = "EUR";
    }
    event.data = std::move(data);
    Decision decision = Decide(world.subject, event, stage.book);
    const std::string what(Facts(type).wire);
    if (!decision.after.quarantine.empty())
        Break(world, "the case is frozen on " + what + ": " + decision.after.quarantine);
    if (decision.verdict != Verdict::kMoved && decision.reason.empty())
        Break(world, "I6: " + what + " moved nothing, and nobody is told why");
    if (MovedLater(world.subject, decision.after))
        Break(world, "I5: a legal date has moved to later");
    world.subject = std::move(decision.after);
    Forget(stage, world);
    return decision.verdict == Verdict::kMoved;
}

EventData About(const World& world, std::size_t at) {
    EventData data;
    data.their_reference = "r" + std::to_string(at + 1);
    data.amount_minor = kPrice;
    data.our_reference = world.book[at].ours;
    return data;
}

EventData Disputed() {
    EventData data;
    data.their_reference = "d1";
    data.amount_minor = kPrice;
    return data;
}

World Start(const Stage& stage) {
    World world;
    world.now = Instant(Millis(1'767'600'000'000));  // a Monday; the first of any would do
    world.subject.key = {"main", "1"};
    EventData order;
    order.currency = "EUR";
    order.jurisdiction = "EU";
    order.lines = {TheLine()};
    Say(stage, world, EventType::kOrderPlaced, order);
    EventData capture;
    capture.currency = "EUR";
    capture.tender = TenderFact{"t1", "card", kProvider, kPayment, kPrice};
    Say(stage, world, EventType::kOrderCaptured, capture);
    Say(stage, world, EventType::kOrderDelivered, {});
    EventData wish;
    wish.return_id = "R";
    wish.statutory = true;
    wish.reason = "too_small";
    wish.lines = {TheLine()};
    Say(stage, world, EventType::kReturnRequested, wish);
    EventData graded;
    graded.return_id = "R";
    EventLine line;
    line.id = "A";
    line.accepted = 1;
    line.rejected = 0;
    graded.lines = {line};
    Say(stage, world, EventType::kReturnInspected, graded);
    return world;
}

std::string TellAll(const Stage& stage, const World& world) {
    World after = world;
    std::int64_t live = 0, paid = 0, known = 0, moving = 0;
    for (std::size_t at = 0; at < after.book.size(); ++at) {
        const EventType stands = after.book[at].told.back();
        if (IsLive(after.book[at])) live += kPrice;
        if (stands == EventType::kRefundSettled) paid += kPrice;
        Say(stage, after, stands, About(after, at));
    }
    const EventData dispute = Disputed();
    if (after.chargeback == Chargeback::kOpen)
        Say(stage, after, EventType::kDisputeOpened, dispute);
    if (after.chargeback == Chargeback::kWon) Say(stage, after, EventType::kDisputeWon, dispute);
    if (after.chargeback == Chargeback::kLost) Say(stage, after, EventType::kDisputeLost, dispute);
    if (!after.broken.empty()) return after.broken;
    bool flagged = after.subject.contested;
    for (const Leg& leg : after.subject.legs) {
        if (leg.paid) known += leg.amount_minor;
        if (leg.paid || IsCommitted(leg.state)) moving += leg.amount_minor;
        flagged =
            flagged || leg.state == RefundState::kOverpaid || leg.state == RefundState::kContested;
    }
    if (known < paid && !flagged)
        return "lost: the provider has paid and, told of it, we have not noticed";
    if (moving < live && !flagged)
        return "lost: money is on its way and, told of it, we count it as free";
    const std::int64_t taken = after.chargeback == Chargeback::kLost ? kPrice : 0;
    if (paid + taken > kPrice && !flagged)
        return "I1: refund and chargeback were both paid, and nobody is told";
    return "";
}

}  // namespace returns::workflows::prove
