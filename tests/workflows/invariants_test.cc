// Each invariant bites: a sound case, one thing spoilt, and what is said of it.
#include "tests/workflows/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

namespace returns::workflows {
namespace {

struct Spoilt {
    const char* name;
    void (*spoil)(Case& subject);
    const char* said;
};

void PrintTo(const Spoilt& row, std::ostream* out) { *out << row.name; }

// One unit of A accepted, its 50.00 ready to be paid from 134.90 captured.
Case Sound() {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    EXPECT_EQ(story.States("R-1"), (std::vector<std::string>{"ACCEPTED", "READY 5000"}));
    return story.subject();
}

class Invariants : public testing::TestWithParam<Spoilt> {};

TEST_P(Invariants, Bite) {
    Case subject = Sound();
    ASSERT_EQ(BrokenInvariant(subject), "");
    GetParam().spoil(subject);
    EXPECT_THAT(BrokenInvariant(subject), testing::HasSubstr(GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(
    Case, Invariants,
    testing::Values(
        Spoilt{"EmptySlice", [](Case& c) { c.slices[0].quantity = 0; }, "an empty slice"},
        Spoilt{"MoreComing", [](Case& c) { c.slices[0].quantity = 3; },
               "more units are coming back than were bought"},
        Spoilt{"Granted", [](Case& c) { c.lines[0].granted_units = 2; },
               "granted units and vested slices differ"},
        Spoilt{"GrantedMore", [](Case& c) { c.lines[0].granted_minor = c.lines[0].paid_minor + 1; },
               "more was granted than was bought"},
        Spoilt{"Captured",
               [](Case& c) {
                   c.legs[0].state = RefundState::kPending;
                   c.tenders[0].captured_minor = 4999;
               },
               "more may have left than was captured"},
        Spoilt{"ChargedBack",
               [](Case& c) {
                   c.legs[0].state = RefundState::kPending;
                   c.disputes.push_back({"t1", "dp_1", 8491, DisputeState::kLost});
               },
               "more may have left than was captured"},
        Spoilt{"Owed", [](Case& c) { c.legs[0].amount_minor = 5001; }, "legs exceed what is owed"},
        Spoilt{"NoAmount", [](Case& c) { c.legs[0].amount_minor = 0; }, "no amount"},
        Spoilt{"NoKey",
               [](Case& c) {
                   c.legs[0].state = RefundState::kSubmitting;
                   c.legs[0].key.clear();
               },
               "sent without a key"},
        Spoilt{"TwoAttempts", [](Case& c) { c.commands.push_back(Command(c.commands.back())); },
               "two attempts alive"},
        Spoilt{"MoneyWithoutTimer", [](Case& c) { c.legs[0].due_at = kNever; },
               "no timer in READY"},
        Spoilt{"GoodsWithoutTimer", [](Case& c) { c.slices[0].due_at = kNever; },
               "no timer in ACCEPTED"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace returns::workflows
