// What the list of stalls says of a case as a whole.
#include "gateway/stall_board.h"

#include "workflows/rules.h"

#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

const Instant kThen{std::chrono::hours(490'000)};

StallRow RowOf(const Case& subject) {
    const workflows::Rulebook book;
    StallBoard board(book);
    board.Note(subject);
    const std::vector<StallRow> rows = board.Stalls("");
    EXPECT_EQ(rows.size(), 1U);
    return rows.empty() ? StallRow() : rows.front();
}

TEST(StallBoard, SaysInPlainWordsWhatOthersReadByName) {
    Case subject;
    subject.key = {"main", "1001"};
    subject.placed = true;
    Leg leg;
    leg.id = 1;
    leg.state = RefundState::kOverpaid;
    leg.stalled_at = kThen;
    subject.legs.push_back(leg);
    const StallRow row = RowOf(subject);
    EXPECT_EQ(row.what, "OVERPAID");
    EXPECT_EQ(row.plain, "more paid than was due");
    EXPECT_EQ(row.since, kThen);
}

TEST(StallBoard, SaysWhatACaseAsAWholeWaitsFor) {
    Case subject;
    subject.key = {"main", "1002"};
    subject.stalled_at = kThen;
    EXPECT_EQ(RowOf(subject).plain, "waits for its order");
    subject.quarantine = "two attempts alive";
    const StallRow row = RowOf(subject);
    EXPECT_EQ(row.what, "frozen: two attempts alive, waits for its order");
    EXPECT_EQ(row.plain, row.what);
}

}  // namespace
}  // namespace returns::gateway
