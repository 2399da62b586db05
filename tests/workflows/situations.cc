#include "tests/workflows/situations.h"

#include "schemas/check.h"
#include "tests/workflows/definitions.h"

#include <algorithm>

namespace returns::workflows {

World::World() : rules(DefaultRules()) {
    book.newest = &rules;
    book.wording = WordingDefinition();
    book.mint_key = [](const CaseKey& key, std::int64_t command) {
        return key.order_id + "-" + std::to_string(command);
    };
}

Instant At(std::string_view text) {
    const Result<Instant> at = ParseInstant(text);
    CHECK(at.ok());
    return *at;
}

Case Situation(ReturnState goods) {
    Case subject;
    subject.key = {"main", "1001"};
    subject.placed = true;
    subject.currency = "EUR";
    subject.next_id = 10;
    subject.created_at = subject.recorded_at = At("2026-03-01T12:00:00Z");
    subject.lines = {{.id = "L1", .sku = "S1", .quantity = 1, .paid_minor = 1299}};
    subject.tenders = {{.id = "T1", .kind = "card", .captured_minor = 1299}};
    Return header;
    header.id = "R-17";
    header.requested_at = subject.recorded_at;
    subject.returns = {header};
    Slice slice;
    slice.id = 1;
    slice.return_id = "R-17";
    slice.line_id = "L1";
    slice.quantity = 1;
    slice.state = goods;
    slice.entered_at = subject.recorded_at;
    slice.due_at = goods == ReturnState::kClosed ? kNever : At("2026-03-11T12:00:00Z");
    subject.slices = {slice};
    return subject;
}

Case Situation(ReturnState goods, RefundState money) {
    Case subject = Situation(goods);
    Leg leg;
    leg.id = 2;
    leg.return_id = "R-17";
    leg.tender_id = "T1";
    leg.executor = Executor::kPsp;
    leg.amount_minor = 1299;
    leg.state = money;
    leg.entered_at = subject.recorded_at;
    leg.due_at = money == RefundState::kClosed ? kNever : At("2026-03-12T12:00:00Z");
    leg.paid = money == RefundState::kSettled || money == RefundState::kOverpaid;
    subject.legs = {leg};
    return subject;
}

bool IsOpen(const Case& subject) {
    return !subject.quarantine.empty() ||
           std::any_of(subject.slices.begin(), subject.slices.end(),
                       [](const Slice& slice) { return slice.state != ReturnState::kClosed; }) ||
           std::any_of(subject.legs.begin(), subject.legs.end(),
                       [](const Leg& leg) { return leg.state != RefundState::kClosed; });
}

}  // namespace returns::workflows
