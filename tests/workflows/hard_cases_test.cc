// The cases where other systems break, one row each: what is said, and how goods and money stand
// afterwards.

#include "tests/workflows/story.h"

#include <gtest/gtest.h>

namespace returns::workflows {
namespace {

using States = std::vector<std::string>;

struct HardCase {
    const char* name;
    std::function<void(Policy&)> policy;
    std::function<void(Story&)> play;
    States states;  // of R-1: slices, then legs with their amounts
};

void Opened(Story& story, int received) {
    EventData data;
    data.return_id = "R-1";
    EventLine line;
    line.id = "A";
    line.received = received;
    data.lines = {line};
    story.Say(EventType::kReturnOpened, data);
}

void Resolve(Story& story, const std::string& resolution) {
    EventData data;
    data.return_id = "R-1";
    data.resolution = resolution;
    EventLine line;
    line.id = "A";
    line.quantity = 1;
    data.lines = {line};
    story.Say(EventType::kReturnRequested, data);
    story.Inspect("R-1", 1, 0);
}

void Capture(Story& story, const std::string& id, const std::string& kind, std::int64_t amount) {
    EventData data;
    data.currency = "EUR";
    data.tender = TenderFact{id, kind, "psp", "pi_" + id, amount};
    story.Say(EventType::kOrderCaptured, data);
}

void Settle(Story& story) {
    ASSERT_TRUE(story.Start("refund.create"));
    story.Answer(EventType::kAttemptDone, "paid", "", "re_1");
}

// One line of three units for 10.00 in all: no unit is worth a whole number of cents.
void PlaceThirds(Story& story) {
    EventData order;
    order.currency = "EUR";
    order.lines = {Line("A", 3, 334)};
    order.lines[0].discount_minor = 2;
    story.Say(EventType::kOrderPlaced, order);
    Capture(story, "t1", "card", 1000);
}

const std::vector<HardCase>& Cases() {
    static const std::vector<HardCase> cases = {
        {"partial_receipt",
         nullptr,
         [](Story& story) {
             story.PlaceOrder();
             story.Request("R-1", 2);
             Opened(story, 1);
         },
         {"AUTHORISED", "INSPECTING", "NOT_DUE 10000"}},
        {"inspection_and_grade",
         nullptr,
         [](Story& story) {
             story.PlaceOrder();
             story.Request("R-1", 2);
             story.Inspect("R-1", 1, 1);
         },
         {"REJECTED", "ACCEPTED", "READY 5000"}},
        {"restocking_fee",
         [](Policy& policy) { policy.restocking_percent = 15; },
         [](Story& story) {
             story.PlaceOrder();
             story.Request("R-1", 1);
             story.Inspect("R-1", 1, 0);
         },
         {"ACCEPTED", "READY 4250"}},
        {"no_fee_on_a_legal_right",
         [](Policy& policy) { policy.restocking_percent = 15; },
         [](Story& story) {
             story.PlaceOrder();
             story.Request("R-1", 1, true);
             story.Inspect("R-1", 1, 0);
         },
         {"ACCEPTED", "READY 5000"}},
        {"exchange",
         nullptr,
         [](Story& story) {
             story.PlaceOrder();
             Resolve(story, "exchange");
         },
         {"CLOSED", "CANCELLED 5000"}},
        {"store_credit",
         nullptr,
         [](Story& story) {
             story.PlaceOrder();
             Resolve(story, "store_credit");
             ASSERT_NE(story.Waiting("shop.refund_requested"), nullptr);
         },
         {"ACCEPTED", "READY 5000"}},
        {"several_payments",
         nullptr,
         [](Story& story) {
             EventData order;
             order.currency = "EUR";
             order.lines = {Line("A", 2, 5000)};
             story.Say(EventType::kOrderPlaced, order);
             Capture(story, "card", "card", 7000);
             Capture(story, "gift", "gift_card", 3000);
             story.Request("R-1", 2);
             story.Inspect("R-1", 2, 0);
         },
         {"ACCEPTED", "READY 3000", "READY 7000"}},
        {"rounding_first_unit",
         nullptr,
         [](Story& story) {
             PlaceThirds(story);
             story.Request("R-1", 1);
             story.Inspect("R-1", 1, 0);
         },
         {"ACCEPTED", "READY 333"}},
        {"rounding_all_units_sum_up",
         nullptr,
         [](Story& story) {
             PlaceThirds(story);
             story.Request("R-1", 3);
             story.Inspect("R-1", 1, 0);
             story.Inspect("R-1", 2, 0);
             story.Inspect("R-1", 3, 0);
         },
         {"ACCEPTED", "ACCEPTED", "ACCEPTED", "CANCELLED 333", "READY 1000"}},
        {"outside_the_window",
         nullptr,
         [](Story& story) {
             story.PlaceOrder();
             story.WaitFor({31, Delay::Unit::kDays});
             story.Request("R-1", 1);
         },
         {"DENIED"}},
        {"a_legal_right_is_never_denied_by_policy",
         nullptr,
         [](Story& story) {
             story.PlaceOrder();
             story.WaitFor({31, Delay::Unit::kDays});
             story.Request("R-1", 1, true);
         },
         {"IN_REVIEW", "NOT_DUE 5000"}},
        {"keep_item",
         [](Policy& policy) { policy.keep_reasons = {"defective"}; },
         [](Story& story) {
             story.PlaceOrder();
             story.Request("R-1", 1, false, "defective");
         },
         {"KEPT", "READY 5000"}},
        {"fraud_hold",
         nullptr,
         [](Story& story) {
             story.PlaceOrder();
             story.Request("R-1", 1);
             story.Inspect("R-1", 1, 0);
             EventData hold;
             hold.subject = story.leg(0).id;
             hold.reason = "fraud";
             story.Act("hold", hold);
             EXPECT_EQ(story.Waiting("refund.create"), nullptr);
         },
         {"ACCEPTED", "HELD 5000"}},
        {"lost_in_transit",
         nullptr,
         [](Story& story) {
             story.PlaceOrder();
             story.Request("R-1", 1);
             story.Parcel(EventType::kParcelScanned, "R-1");
             story.WaitFor({11, Delay::Unit::kBusinessDays});
             EXPECT_EQ(story.slice(0).state, ReturnState::kLost);
             EventData liable;
             liable.return_id = "R-1";
             story.Act("liable", liable);
         },
         {"ACCEPTED", "READY 5000"}},
        {"wrong_item",
         nullptr,
         [](Story& story) {
             story.PlaceOrder();
             story.Request("R-1", 1);
             story.Inspect("R-1", 0, 0, "wrong_item");
             EXPECT_EQ(story.slice(0).cause, "wrong_item");
             EXPECT_EQ(story.subject().tickets.size(), 1u);
         },
         {"EXCEPTION", "NOT_DUE 5000"}},
        {"late_return",
         nullptr,
         [](Story& story) {
             story.PlaceOrder();
             story.Request("R-1", 1);
             story.WaitFor({31, Delay::Unit::kDays});
             EXPECT_EQ(story.slice(0).state, ReturnState::kExpired);
             story.Parcel(EventType::kParcelDelivered, "R-1");
         },
         {"AT_PARTNER", "CANCELLED 5000", "NOT_DUE 5000"}},
        {"chargeback_while_the_refund_is_in_flight_both_paid",
         nullptr,
         [](Story& story) {
             story.PlaceOrder();
             story.Request("R-1", 1);
             story.Inspect("R-1", 1, 0);
             ASSERT_TRUE(story.Start("refund.create"));
             EventData dispute;
             dispute.amount_minor = 13490;
             dispute.their_reference = "dp_1";
             story.Say(EventType::kDisputeOpened, dispute);
             EXPECT_EQ(story.leg(0).state, RefundState::kContested);
             story.Answer(EventType::kAttemptDone, "paid", "", "re_1");
             story.Say(EventType::kDisputeLost, dispute);
         },
         {"CLOSED", "OVERPAID 5000"}},
        {"refund_bounces",
         nullptr,
         [](Story& story) {
             story.PlaceOrder();
             story.Request("R-1", 1);
             story.Inspect("R-1", 1, 0);
             Settle(story);
             EventData bounced;
             bounced.their_reference = "re_1";
             story.Say(EventType::kRefundBounced, bounced);
             EXPECT_EQ(story.PaidMinor(), 0);
             EXPECT_EQ(story.subject().tickets.size(), 1u);
         },
         {"CLOSED", "ALTERNATIVE 5000"}},
    };
    return cases;
}

class HardCases : public testing::TestWithParam<HardCase> {};

TEST_P(HardCases, EndsAsItShould) {
    Story story(GetParam().policy);
    GetParam().play(story);
    EXPECT_EQ(story.States("R-1"), GetParam().states);
    EXPECT_EQ(story.subject().quarantine, "");
}

INSTANTIATE_TEST_SUITE_P(Domain, HardCases, testing::ValuesIn(Cases()),
                         [](const auto& info) { return std::string(info.param.name); });

// What nobody may do to a case, and what is said instead.
TEST(Refusals, AReturnOfALineNeverBoughtIsRefused) {
    Story story;
    story.PlaceOrder();
    EventData data;
    data.return_id = "R-9";
    EventLine line;
    line.id = "Z";
    line.quantity = 1;
    data.lines = {line};
    EXPECT_EQ(story.Say(EventType::kReturnRequested, data).verdict, Verdict::kRefused);
    EXPECT_NE(story.last().reason.find("never bought"), std::string::npos);
}

TEST(Refusals, UnitsAlreadyOnTheirWayCannotComeBackAgain) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 2);
    story.Request("R-2", 1);
    EXPECT_EQ(story.last().verdict, Verdict::kRefused);
    EXPECT_TRUE(story.States("R-2").empty());
}

TEST(Refusals, MoreThanWasCapturedIsHeldForAPersonAndNotPaid) {
    Story story;
    EventData order;
    order.currency = "EUR";
    order.lines = {Line("A", 1, 5000)};
    story.Say(EventType::kOrderPlaced, order);
    Capture(story, "t1", "card", 3000);
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    EXPECT_EQ(story.States("R-1"), (States{"ACCEPTED", "READY 3000", "HELD 2000"}));
    EXPECT_EQ(story.subject().tickets.size(), 1u);
}

TEST(Refusals, WeakerEvidenceMovesNothingAndSaysWhy) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1);
    story.Parcel(EventType::kReturnOpened, "R-1");
    story.Parcel(EventType::kParcelScanned, "R-1");
    EXPECT_EQ(story.last().verdict, Verdict::kIgnored);
    EXPECT_NE(story.last().reason.find("proves less"), std::string::npos);
    EXPECT_EQ(story.slice(0).state, ReturnState::kInspecting);
}

TEST(LegalClock, TheLegalClockStartsFromGoodsWherePostingWasNeverProven) {
    Story story;
    EventData order;
    order.currency = "GBP";
    order.jurisdiction = "UK";
    order.lines = {Line("A", 1, 5000)};
    story.Say(EventType::kOrderPlaced, order);
    story.Request("R-1", 1, true);
    EXPECT_EQ(story.subject().returns[0].legal_deadline, kNoTime);
    story.Parcel(EventType::kParcelDelivered, "R-1");
    // The day of the goods' arrival does not count; the last counts to its end. London is on UTC.
    const auto day = std::chrono::floor<std::chrono::days>(story.now());
    EXPECT_EQ(story.subject().returns[0].legal_deadline, day + std::chrono::days(15) - Millis(1));
}

TEST(Refusals, AProviderThatTakesBackASettledRefundHasNotPaid) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    Settle(story);
    EXPECT_EQ(story.PaidMinor(), 5000);
    EventData failed;
    failed.their_reference = "re_1";
    failed.reason = "lost_or_stolen_card";
    story.Say(EventType::kRefundRefused, failed);
    EXPECT_EQ(story.PaidMinor(), 0);
    EXPECT_EQ(story.leg(0).state, RefundState::kAlternative);
}

TEST(Refusals, OneConnectionDoesNotSpeakForAnothersReturn) {
    Story story;
    story.PlaceOrder();
    story.Request("R-1", 1);
    Envelope event;
    event.type = EventType::kParcelDelivered;
    event.key = story.subject().key;
    event.connection = "other-3pl";
    event.recorded_at = event.occurred_at = story.now();
    event.data.return_id = "R-1";
    const Decision decision = Decide(story.subject(), event, story.book());
    EXPECT_EQ(decision.verdict, Verdict::kRefused);
    EXPECT_TRUE(decision.moves.empty());
}

}  // namespace
}  // namespace returns::workflows
