#include "tests/workflows/random_events.h"

#include "tests/workflows/situations.h"
#include "workflows/triggers.h"

#include <algorithm>
#include <string>

namespace returns::workflows {
namespace {

constexpr int kTypes = static_cast<int>(EventType::kAction) + 1;

// Reads a roll's dice one after the other; beyond the last it starts again.
class Dice {
public:
    explicit Dice(const Roll& roll) : roll_(roll) {}
    int Under(std::size_t bound) {
        const std::uint8_t die = roll_[next_++ % roll_.size()];
        return bound == 0 ? 0 : static_cast<int>(die % bound);
    }
    template <class T>
    T One(std::initializer_list<T> of) {
        return *(of.begin() + Under(of.size()));
    }

private:
    const Roll& roll_;
    std::size_t next_ = 0;
};

std::string LegName(const Case& subject, Dice& dice, std::string Leg::*member) {
    if (subject.legs.empty()) return "";
    return subject.legs[static_cast<std::size_t>(dice.Under(subject.legs.size()))].*member;
}

std::int64_t AnyAmount(const Case& subject, Dice& dice) {
    if (!subject.legs.empty() && dice.Under(2) == 0) {
        return subject.legs[static_cast<std::size_t>(dice.Under(subject.legs.size()))].amount_minor;
    }
    return dice.One<std::int64_t>({0, 1, 500, 999, 1000, 3000, 7999, 100'000});
}

void FillOrder(EventData& data, EventType type, Dice& dice) {
    data.currency = "EUR";
    if (type == EventType::kOrderPlaced) {
        data.lines = {{.id = "L1",
                       .quantity = 3,
                       .sku = "S1",
                       .unit_price_minor = 999,
                       .tax_minor = 478,
                       .tax_rate = "0.19"},
                      {.id = "L2", .quantity = 1, .sku = "S2", .unit_price_minor = 5000}};
        data.shipping_minor = 499;
        data.discount_minor = dice.One<std::int64_t>({0, 100, 7997});
        data.jurisdiction = dice.One<std::string>({"EU", "US", "UK", ""});
    }
    if (type == EventType::kOrderCaptured) {
        TenderFact tender;
        const bool card = dice.Under(2) == 0;
        tender.id = card ? "T1" : "T2";
        tender.kind = card ? "card" : "gift_card";
        tender.connection = card ? "pay" : "";
        tender.reference = card ? "ch_1" : "";
        tender.amount_minor = card ? dice.One<std::int64_t>({6496, 7496}) : 1000;
        data.tender = tender;
    }
}

void FillReturn(EventData& data, Dice& dice) {
    data.return_id = dice.One<std::string>({"R-1", "R-1", "R-2", "", "R-9"});
    data.statutory = dice.Under(2) == 0;
    data.reason = dice.One<std::string>({"changed_mind", "damaged", "other", ""});
    data.resolution = dice.One<std::string>({"refund", "refund", "exchange", "store_credit"});
    if (data.resolution == "exchange") {
        data.exchange_minor = dice.One<std::int64_t>({0, 500, 100'000});
        data.currency = "EUR";
    }
    const int lines = dice.Under(3);
    for (int index = 0; index <= lines; ++index) {
        EventLine line;
        line.id = dice.One<std::string>({"L1", "L2", "L1", "L9"});
        const auto known = [&](const EventLine& other) { return other.id == line.id; };
        if (std::any_of(data.lines.begin(), data.lines.end(), known)) continue;
        line.quantity = 1 + dice.Under(3);
        data.lines.push_back(line);
    }
}

void FillCounts(EventData& data, EventType type, Dice& dice) {
    for (EventLine& line : data.lines) {
        if (type == EventType::kReturnOpened) line.received = dice.Under(4);
        if (type != EventType::kReturnInspected) continue;
        line.accepted = dice.Under(4);
        if (dice.Under(3) == 0) line.rejected = dice.Under(3);
        if (dice.Under(5) == 0) line.mismatch = dice.One<std::string>({"short", "wrong_item"});
        line.grade = dice.One<std::string>({"", "A", "C"});
    }
}

void FillMoney(const Case& subject, EventData& data, Dice& dice) {
    data.currency = dice.Under(9) == 0 ? "USD" : "EUR";
    data.tender_id = dice.One<std::string>({"T1", "T1", "T2", "", "T9"});
    if (dice.Under(8) != 0) data.amount_minor = AnyAmount(subject, dice);
    data.return_id = dice.One<std::string>({"R-1", "", "R-2"});
    const int named = dice.Under(4);
    if (named == 0) data.our_reference = LegName(subject, dice, &Leg::reference);
    if (named == 1) data.their_reference = LegName(subject, dice, &Leg::their_reference);
    if (named == 2) data.their_reference = dice.One<std::string>({"re_1", "re_2", "dp_1"});
    data.reason = dice.One<std::string>({"insufficient_funds", "tender_exhausted", "odd", ""});
}

void FillTicket(const Case& subject, EventData& data, Dice& dice) {
    data.ticket_reference = dice.One<std::string>({"INC-1", "INC-2", ""});
    if (subject.tickets.empty() || dice.Under(3) == 0) return;
    const Ticket& ticket =
        subject.tickets[static_cast<std::size_t>(dice.Under(subject.tickets.size()))];
    data.our_reference = subject.key.order_id + "-T" + std::to_string(ticket.id);
}

void FillAttempt(const Case& subject, EventType type, EventData& data, Dice& dice) {
    AttemptFact& attempt = data.attempt;
    attempt.command = 1 + dice.Under(9);
    attempt.number = 1;
    if (!subject.commands.empty()) {
        const Command& command =
            subject.commands[static_cast<std::size_t>(dice.Under(subject.commands.size()))];
        attempt.command = command.number;
        attempt.key = command.key;
        attempt.number = command.attempts + (type == EventType::kAttemptStarted ? 1 : 0);
    }
    attempt.answer =
        dice.One<std::string>({"accepted", "paid", "ok", "found", "absent", "refused"});
    attempt.reason = dice.One<std::string>({"insufficient_funds", "tender_too_old", "odd"});
    attempt.retry_key = dice.Under(2) == 0;
    data.their_reference = dice.One<std::string>({"re_1", "re_3", "", "INC-1", "P-1"});
    data.ticket_reference = dice.One<std::string>({"INC-1", ""});
}

std::string AnyAction(Dice& dice) {
    std::vector<std::string> names = {"unfreeze", "look_up", "no_such_action"};
    for (const MachineKind kind : {MachineKind::kReturn, MachineKind::kRefund}) {
        for (const TriggerFacts& facts : Triggers(kind)) {
            if (facts.speaks == TriggerClass::kPerson) names.emplace_back(facts.name);
        }
    }
    return names[static_cast<std::size_t>(dice.Under(names.size()))];
}

void FillAction(const Case& subject, EventData& data, Dice& dice) {
    data.action = AnyAction(dice);
    if (!subject.legs.empty() && dice.Under(2) == 0) {
        data.subject = subject.legs[static_cast<std::size_t>(dice.Under(subject.legs.size()))].id;
    }
    data.by = dice.One<std::string>({"ann", "ann", "bob", ""});
    data.second = dice.One<std::string>({"bob", "ann", ""});
    if (dice.Under(3) == 0) data.amount_minor = dice.One<std::int64_t>({0, 200, 100'000});
}

// Half of all events are those that make a case advance.
EventType AnyType(Dice& dice) {
    if (dice.Under(2) == 0) return static_cast<EventType>(dice.Under(kTypes));
    return dice.One({EventType::kTimerFired, EventType::kAttemptStarted, EventType::kAttemptDone,
                     EventType::kReturnInspected, EventType::kReturnRequested, EventType::kAction,
                     EventType::kTimerFired, EventType::kAttemptStarted, EventType::kAttemptInDoubt,
                     EventType::kRefundSettled});
}

Instant AnyMoment(const Case& subject, EventType type, Dice& dice) {
    using std::chrono::hours, std::chrono::minutes;
    const Instant wake = NextWake(subject);
    if (type == EventType::kTimerFired && wake != kNever) {
        return std::max(wake, subject.recorded_at);
    }
    return subject.recorded_at +
           dice.One<Millis>({minutes(0), minutes(1), hours(2), hours(30), hours(24 * 20)});
}

void FillFor(const Case& subject, EventType type, EventData& data, Dice& dice) {
    if (type <= EventType::kOrderCancelled) return FillOrder(data, type, dice);
    if (type <= EventType::kPartnerUnknownStatus) {
        FillReturn(data, dice);
        return FillCounts(data, type, dice);
    }
    if (type == EventType::kPartnerRollCall) {
        FillReturn(data, dice);
        data.reason = dice.One<std::string>({"unknown_there", "closed_there", "", "odd"});
        return;
    }
    if (type <= EventType::kDisputeLost) return FillMoney(subject, data, dice);
    if (type <= EventType::kTicketCancelled) return FillTicket(subject, data, dice);
    if (type <= EventType::kAttemptInDoubt) return FillAttempt(subject, type, data, dice);
    if (type != EventType::kAction) return;
    FillReturn(data, dice);
    FillAction(subject, data, dice);
}

}  // namespace

Case EmptyCase() {
    Case subject;
    subject.key = {"main", "1001"};
    subject.recorded_at = At("2026-03-02T09:00:00Z");
    return subject;
}

Envelope EventFor(const Case& subject, const Roll& roll) {
    Dice dice(roll);
    Envelope event;
    event.type = AnyType(dice);
    event.key = subject.key;
    event.source = "test";
    event.source_id = std::to_string(subject.version);
    FillFor(subject, event.type, event.data, dice);
    event.recorded_at = AnyMoment(subject, event.type, dice);
    event.occurred_at = event.recorded_at;
    // Only what the door lets in reaches a decision.
    if (DecodeEnvelope(EncodeEnvelope(event)).ok()) return event;
    event.type = EventType::kTimerFired;
    event.data = EventData{};
    return event;
}

std::vector<Roll> OrderAndReturn() {
    const auto plain = [](EventType type, Roll rest) {
        rest[0] = 0;  // any type, by the next die
        rest[1] = static_cast<std::uint8_t>(type);
        return rest;
    };
    return {plain(EventType::kOrderPlaced, {}), plain(EventType::kOrderCaptured, {0, 0, 0, 1}),
            plain(EventType::kOrderCaptured, {0, 0, 1, 0}),
            plain(EventType::kReturnRequested, {0, 0, 0, 1, 0, 0, 1, 0})};
}

}  // namespace returns::workflows
