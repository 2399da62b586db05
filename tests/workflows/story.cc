#include "tests/workflows/story.h"

#include "tests/workflows/definitions.h"

#include <gtest/gtest.h>

namespace returns::workflows {

EventLine Line(const std::string& id, int quantity, std::int64_t unit_price_minor) {
    EventLine line;
    line.id = id;
    line.sku = "SKU-" + id;
    line.quantity = quantity;
    line.unit_price_minor = unit_price_minor;
    return line;
}

Story::Story(std::function<void(Policy&)> change) : rules_(DefaultRules()) {
    if (change) change(rules_.policy);
    rules_.hash = "rules";
    book_.newest = &rules_;
    book_.connections = {
        {"3pl", "logistics", "main", {"return.create", "return.cancel", "return.lookup"}},
        {"psp", "payment", "main", {"refund.create", "refund.lookup"}},
        {"desk",
         "desk",
         "main",
         {"ticket.create", "ticket.comment", "ticket.resolve", "ticket.lookup"}},
        {"shop", "shop", "main", {"shop.refund_requested"}}};
    book_.mint_key = [](const CaseKey& key, std::int64_t command) {
        return "KEY" + key.order_id + std::to_string(command);
    };
    book_.calendars = DefaultCalendars();
    case_.key = {"main", "1001"};
    now_ = *ParseInstant("2026-03-02T09:00:00Z");
}

const Decision& Story::Say(EventType type, EventData data, const std::string& connection) {
    Envelope event;
    event.type = type;
    event.key = case_.key;
    event.source = "test";
    event.source_id = std::to_string(++said_);
    event.recorded_at = now_;
    event.occurred_at = occurred_at_.value_or(now_);
    event.connection = connection;
    if (connection.empty() && type >= EventType::kReturnLabelIssued &&
        type <= EventType::kPartnerUnknownStatus)
        event.connection = "3pl";
    event.data = std::move(data);
    last_ = Decide(case_, event, book_);
    EXPECT_EQ(BrokenInvariant(last_.after), "") << Facts(type).wire;
    EXPECT_EQ(last_.after.version, case_.version + 1);
    Case copy = case_;
    EXPECT_TRUE(Apply(copy, Diff(case_, last_.after)).ok());
    EXPECT_EQ(copy, last_.after) << "the journal would not give the case back";
    case_ = last_.after;
    return last_;
}

const Decision& Story::SayOf(Instant occurred_at, EventType type, EventData data) {
    occurred_at_ = occurred_at;
    Say(type, std::move(data));
    occurred_at_.reset();
    return last_;
}

const Decision& Story::Act(const std::string& name, EventData data) {
    data.action = name;
    if (data.by.empty()) data.by = "anna";
    return Say(EventType::kAction, std::move(data));
}

void Story::Wait(Millis time) {
    const Instant end = now_ + time;
    for (int fired = 0; NextWake(case_) <= end && fired < 10'000; ++fired) {
        now_ = std::max(now_, NextWake(case_));
        Say(EventType::kTimerFired);
    }
    now_ = end;
}

void Story::PlaceOrder(bool psp) {
    EventData order;
    order.currency = "EUR";
    order.jurisdiction = "EU";
    order.shipping_minor = 490;
    order.lines = {Line("A", 2, 5000), Line("B", 1, 3000)};
    Say(EventType::kOrderPlaced, order);
    EventData capture;
    capture.currency = "EUR";
    capture.tender = TenderFact{"t1", "card", psp ? "psp" : "", "pi_1", 13490};
    Say(EventType::kOrderCaptured, capture);
    Say(EventType::kOrderDelivered);
}

void Story::Request(const std::string& return_id, int units, bool statutory,
                    const std::string& reason) {
    EventData data;
    data.return_id = return_id;
    data.statutory = statutory;
    data.reason = reason;
    EventLine line;
    line.id = "A";
    line.quantity = units;
    data.lines = {line};
    Say(EventType::kReturnRequested, data);
}

void Story::Parcel(EventType type, const std::string& return_id) {
    EventData data;
    data.return_id = return_id;
    Say(type, data);
}

void Story::Inspect(const std::string& return_id, int accepted, int rejected,
                    const std::string& mismatch) {
    EventData data;
    data.return_id = return_id;
    EventLine line;
    line.id = "A";
    line.accepted = accepted;
    line.rejected = rejected;
    line.mismatch = mismatch;
    data.lines = {line};
    Say(EventType::kReturnInspected, data);
}

const Command* Story::Waiting(const std::string& operation) const {
    for (const Command& command : case_.commands)
        if (command.operation == operation && command.state == CommandState::kWaiting)
            return &command;
    return nullptr;
}

bool Story::Start(const std::string& operation) {
    const Command* command = Waiting(operation);
    if (command == nullptr) return false;
    started_ = *command;
    EventData data;
    data.attempt.command = command->number;
    data.attempt.number = command->attempts + 1;
    data.attempt.key = command->key;
    return Say(EventType::kAttemptStarted, data).verdict == Verdict::kMoved;
}

void Story::Answer(EventType outcome, const std::string& answer, const std::string& reason,
                   const std::string& their_reference) {
    EventData data;
    data.attempt.command = started_.number;
    data.attempt.key = started_.key;
    data.attempt.answer = answer;
    data.attempt.reason = reason;
    data.their_reference = their_reference;
    Say(outcome, data);
}

std::int64_t Story::PaidMinor() const {
    std::int64_t paid = 0;
    for (const Leg& leg : case_.legs)
        if (leg.paid) paid += leg.amount_minor;
    return paid;
}

std::vector<std::string> Story::States(const std::string& return_id) const {
    std::vector<std::string> states;
    for (const Slice& slice : case_.slices)
        if (slice.return_id == return_id) states.emplace_back(Name(slice.state));
    for (const Leg& leg : case_.legs)
        if (leg.return_id == return_id)
            states.push_back(std::string(Name(leg.state)) + " " + std::to_string(leg.amount_minor));
    return states;
}

}  // namespace returns::workflows
