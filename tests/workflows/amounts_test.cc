// What a return's money is made of: fees and their legal guards, delivery cost, exchanges, kept
// items, currencies without and with three decimals, payments that were voided.
#include "schemas/money.h"
#include "tests/workflows/definitions.h"
#include "tests/workflows/story.h"
#include "workflows/account.h"
#include "workflows/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

namespace returns::workflows {
namespace {

using testing::HasSubstr;
using States = std::vector<std::string>;

struct Order {
    std::string currency = "EUR";
    int units = 3;
    std::int64_t paid = 10'000, tax = 1'597, shipping = 499;
};

// One line "A"; its price is the whole of what was paid, whatever that leaves per unit.
void Place(Story& story, const Order& order = {}) {
    EventData data;
    data.currency = order.currency;
    data.jurisdiction = "EU";
    data.shipping_minor = order.shipping;
    data.lines = {Line("A", order.units, order.paid)};
    data.lines[0].discount_minor = order.paid * (order.units - 1);
    data.lines[0].tax_minor = order.tax;
    data.lines[0].tax_rate = "0.19";
    story.Say(EventType::kOrderPlaced, data);
    EventData capture;
    capture.currency = order.currency;
    capture.tender = TenderFact{"t1", "card", "psp", "pi_1", order.paid + order.shipping};
    story.Say(EventType::kOrderCaptured, capture);
    story.Say(EventType::kOrderDelivered);
}

void Label(Story& story, const std::string& return_id) {
    EventData data;
    data.return_id = return_id;
    data.label_url = "https://labels.example/1";
    story.Say(EventType::kReturnLabelIssued, data);
}

Account Of(const Story& story, const std::string& return_id) {
    for (const Return& header : story.subject().returns)
        if (header.id == return_id) return AccountOf(story.subject(), header);
    return {};
}

EventData About(const std::string& return_id) {
    EventData data;
    data.return_id = return_id;
    return data;
}

// Restocking of 10 % on 33.33, 33.34 and 33.33: 3.33, 3.34 and 3.33, and 10.00 in all.
TEST(Fees, AreRoundedCumulatively) {
    Story story([](Policy& policy) { policy.restocking_percent = 10; });
    Place(story);
    story.Request("R-1", 3);
    for (int accepted = 1; accepted <= 3; ++accepted) story.Inspect("R-1", accepted, 0);
    const Account account = Of(story, "R-1");
    ASSERT_EQ(account.lines.size(), 1u);
    const AccountLine whole = {"A", "0.19", 3, 10'000, 1'597, 1'000, 0, 0, 9'000};
    EXPECT_EQ(account.lines[0], whole);
    EXPECT_EQ(account.shipping_minor, 499);
    EXPECT_EQ(account.granted_minor, 9'499);
    EXPECT_EQ(account.left_minor, 9'499);
}

TEST(Fees, AreSaidWhereTheAmountIs) {
    Story story([](Policy& policy) { policy.restocking_percent = 10; });
    story.book().wording = WordingDefinition();
    Place(story);
    story.Request("R-1", 1);
    story.Inspect("R-1", 0, 1);
    EventData reduce = About("R-1");
    reduce.amount_minor = 1'000;
    story.Act("accept_reduced", reduce);
    for (const Audience audience : {Audience::kCustomer, Audience::kAgent}) {
        const auto told = Explain(story.subject(), "R-1", audience, story.book());
        EXPECT_THAT(told.headline, HasSubstr("20.00 EUR. 3.33 EUR of the price was kept as a fee. "
                                             "10.00 EUR of the price was kept because"));
    }
}

TEST(Fees, ForALabelAreTakenOnceAndOnlyWhereWeMadeOne) {
    const auto fee = [](Policy& policy) { policy.label_fee = {{"EUR", 4'000}, {"USD", 1}}; };
    Story without(fee), with(fee);
    for (Story* story : {&without, &with}) {
        Place(*story);
        story->Request("R-1", 3);
        if (story == &with) Label(*story, "R-1");
        story->Inspect("R-1", 1, 0);
        if (story == &with) {
            EXPECT_EQ(Of(with, "R-1").lines[0].label_fee_minor, 3'333);
        }
        story->Inspect("R-1", 3, 0);
    }
    EXPECT_EQ(Of(without, "R-1").lines[0].net_minor, 10'000);
    EXPECT_EQ(Of(with, "R-1").lines[0].label_fee_minor, 4'000) << "the rest of it, never below 0";
    EXPECT_EQ(Of(with, "R-1").lines[0].net_minor, 6'000);
}

TEST(Fees, AreNotTakenFromWhoUsesALegalRightOrIsNotAtFault) {
    const auto fees = [](Policy& policy) {
        policy.label_fee = {{"EUR", 400}};
        policy.restocking_percent = 20;
        policy.fee_free_reasons = {"defective"};
        policy.keep_reasons = {"keep_it"};
    };
    Story legal(fees), defective(fees), lost(fees), kept(fees);
    for (Story* story : {&legal, &defective, &lost, &kept}) Place(*story);
    legal.Request("R-1", 1, true);
    defective.Request("R-1", 1, false, "defective");
    lost.Request("R-1", 1);
    for (Story* story : {&legal, &defective, &lost}) Label(*story, "R-1");
    legal.Inspect("R-1", 1, 0);
    defective.Inspect("R-1", 1, 0);
    lost.Parcel(EventType::kParcelScanned, "R-1");
    lost.Parcel(EventType::kParcelLost, "R-1");
    lost.Act("liable", About("R-1"));
    kept.Request("R-1", 1, false, "keep_it");
    for (const Story* story : {&legal, &defective, &lost, &kept}) {
        ASSERT_EQ(Of(*story, "R-1").lines.size(), 1u);
        EXPECT_EQ(Of(*story, "R-1").lines[0].net_minor, 3'333);
    }
}

// Two units rejected, accepted for 10.00 less in all: not for 10.00 less each.
TEST(AcceptReduced, KeepsTheAmountOnceHoweverTheGoodsAreSliced) {
    Story story;
    Place(story);
    story.Request("R-1", 3);
    story.Inspect("R-1", 0, 1);
    story.Inspect("R-1", 0, 3);
    EventData reduce = About("R-1");
    reduce.amount_minor = 1'000;
    EXPECT_EQ(story.Act("accept_reduced", reduce).verdict, Verdict::kMoved);
    const Account account = Of(story, "R-1");
    EXPECT_EQ(account.lines[0].withheld_minor, 1'000);
    EXPECT_EQ(account.lines[0].net_minor, 9'000);
    for (const Slice& slice : story.subject().slices) EXPECT_GT(slice.withheld_minor, 0);
}

TEST(AcceptReduced, SaysWhatDoesNotFit) {
    Story story;
    Place(story);
    story.Request("R-1", 1);
    story.Inspect("R-1", 0, 1);
    EventData reduce = About("R-1");
    EXPECT_THAT(story.Act("accept_reduced", reduce).reason, HasSubstr("needs the amount"));
    reduce.amount_minor = 3'334;
    EXPECT_THAT(story.Act("accept_reduced", reduce).reason,
                HasSubstr("33.34 EUR are more than the 33.33 EUR"));
    reduce.amount_minor = 100;
    reduce.currency = "USD";
    EXPECT_THAT(story.Act("accept_reduced", reduce).reason, HasSubstr("is in USD"));
    EXPECT_EQ(story.last().verdict, Verdict::kRefused);
    EXPECT_EQ(story.slice(0).state, ReturnState::kRejected);
    reduce.currency = "EUR";
    EXPECT_EQ(story.Act("accept_reduced", reduce).verdict, Verdict::kMoved);
    EXPECT_EQ(story.States("R-1"), (States{"ACCEPTED", "CANCELLED 3333", "READY 3233"}));
}

TEST(AcceptReduced, OfALegalRightNeedsALossThatWasFoundAndNamed) {
    Story never_seen, found;
    for (Story* story : {&never_seen, &found}) {
        Place(*story);
        story->Request("R-1", 1, true);
        story->Parcel(EventType::kParcelDelivered, "R-1");
    }
    never_seen.WaitFor({5, Delay::Unit::kDays});  // the partner is silent
    ASSERT_EQ(never_seen.slice(0).state, ReturnState::kException);
    EventData reduce = About("R-1");
    reduce.amount_minor = 500;
    reduce.reason = "worn for weeks";
    EXPECT_THAT(never_seen.Act("accept_reduced", reduce).reason,
                HasSubstr("only a loss of value that an inspection has found"));
    found.Inspect("R-1", 0, 1);
    reduce.reason.clear();
    EXPECT_THAT(found.Act("accept_reduced", reduce).reason, HasSubstr("say in the reason"));
    reduce.reason = "worn for weeks";
    EXPECT_EQ(found.Act("accept_reduced", reduce).verdict, Verdict::kMoved);
    EXPECT_EQ(Of(found, "R-1").lines[0].withheld_minor, 500);
}

std::vector<std::int64_t> ShippingOf(Story& story, const Order& order = {}) {
    Place(story, order);
    std::vector<std::int64_t> granted;
    for (const char* id : {"R-1", "R-2", "R-3"}) {
        story.Request(id, 1);
        story.Inspect(id, 1, 0);
        granted.push_back(Of(story, id).shipping_minor);
    }
    return granted;
}

TEST(Shipping, GoesBackWithTheLastUnitByShareOrNever) {
    Story when_all, share([](Policy&p) { p.shipping_back = ShippingBack::kByShare; });
    Story never([](Policy& p) { p.shipping_back = ShippingBack::kNever; });
    using Amounts = std::vector<std::int64_t>;
    EXPECT_EQ(ShippingOf(when_all), (Amounts{0, 0, 499}));
    EXPECT_EQ(ShippingOf(share), (Amounts{166, 167, 166}));
    EXPECT_EQ(ShippingOf(never), (Amounts{0, 0, 0}));
}

TEST(Shipping, IsSplitOverTheLinesOnceAndStored) {
    Story story;
    EventData order;
    order.currency = "EUR";
    order.shipping_minor = 100;
    order.lines = {Line("A", 1, 1'000), Line("B", 1, 1'000), Line("C", 1, 1'000)};
    story.Say(EventType::kOrderPlaced, order);
    std::vector<std::int64_t> shares;
    for (const OrderLine& line : story.subject().lines) shares.push_back(line.shipping_minor);
    EXPECT_EQ(shares, (std::vector<std::int64_t>{34, 33, 33}));
}

TEST(Shipping, IsOwedToWhoUsesALegalRightWhateverThePolicySays) {
    Story story([](Policy& p) { p.shipping_back = ShippingBack::kNever; });
    Place(story);
    story.Request("R-1", 3, true);
    story.Inspect("R-1", 3, 0);
    EXPECT_EQ(Of(story, "R-1").shipping_minor, 499);
}

// An exchange of one unit, worth 33.33, for something that costs `exchange`.
struct Exchange : Story {
    explicit Exchange(std::int64_t exchange) {
        Place(*this);
        EventData data = About("R-1");
        data.resolution = "exchange";
        data.exchange_minor = exchange;
        data.currency = exchange == 0 ? "" : "EUR";
        data.lines = {Line("A", 1, 0)};
        Say(EventType::kReturnRequested, data);
        Inspect("R-1", 1, 0);
    }
};

TEST(Exchanges, SettleWhatTheyCostAndTheRestIsPaid) {
    Exchange even(0), cheaper(2'000), dearer(5'000);
    EXPECT_EQ(even.States("R-1"), (States{"CLOSED", "CANCELLED 3333"}));
    EXPECT_EQ(cheaper.States("R-1"), (States{"ACCEPTED", "CANCELLED 2000", "READY 1333"}));
    EXPECT_EQ(dearer.States("R-1"), (States{"CLOSED", "CANCELLED 3333"}));
    EXPECT_EQ(Of(cheaper, "R-1").exchanged_minor, 2'000);
    EXPECT_EQ(Of(cheaper, "R-1").left_minor, 1'333);
    EXPECT_EQ(Of(cheaper, "R-1").customer_pays_minor, 0);
    EXPECT_EQ(Of(dearer, "R-1").exchanged_minor, 3'333);
    EXPECT_EQ(Of(dearer, "R-1").customer_pays_minor, 1'667);
}

TEST(Exchanges, ThatFallThroughArePaid) {
    Exchange story(5'000);
    EventData reinstate;
    reinstate.subject = story.leg(0).id;
    EXPECT_EQ(story.Act("reinstate", reinstate).verdict, Verdict::kMoved);
    EXPECT_EQ(story.leg(0).state, RefundState::kReady) << "out of stock: the money after all";
    EXPECT_EQ(Of(story, "R-1").exchanged_minor, 0);
    EXPECT_EQ(Of(story, "R-1").left_minor, 3'333);
}

TEST(Exchanges, InAnotherCurrencyAreRefused) {
    Story story;
    Place(story);
    EventData data = About("R-1");
    data.resolution = "exchange";
    data.exchange_minor = 5'000;
    data.currency = "USD";
    data.lines = {Line("A", 1, 0)};
    EXPECT_EQ(story.Say(EventType::kReturnRequested, data).verdict, Verdict::kRefused);
    EXPECT_THAT(story.last().reason, HasSubstr("an exchange in USD, the order is in EUR"));
}

// Kept and paid for; when it comes back all the same, nothing is paid a second time.
TEST(KeptItems, ThatArriveGiveNoSecondRight) {
    for (const bool closed : {false, true}) {
        Story story([](Policy& policy) { policy.keep_reasons = {"defective"}; });
        Place(story);
        story.Request("R-1", 1, false, "defective");
        ASSERT_EQ(story.slice(0).state, ReturnState::kKept);
        if (closed) {
            ASSERT_TRUE(story.Start("refund.create"));
            story.Answer(EventType::kAttemptDone, "paid", "", "re_1");
            ASSERT_EQ(story.slice(0).state, ReturnState::kClosed);
        }
        story.Parcel(EventType::kParcelDelivered, "R-1");
        story.Inspect("R-1", 1, 0);
        if (closed) story.Act("accept", About("R-1"));
        EXPECT_EQ(Of(story, "R-1").granted_minor, 3'333);
        EXPECT_EQ(story.subject().legs.size(), 1u);
        EXPECT_EQ(story.subject().lines[0].granted_units, 1);
    }
}

TEST(Currencies, WithoutAndWithThreeDecimals) {
    for (const auto& [currency, first, second] :
         {std::tuple{"JPY", "33", "34"}, std::tuple{"KWD", "0.033", "0.034"}}) {
        Story story;
        Place(story, {currency, 3, 100, 9, 0});
        story.Request("R-1", 1);
        story.Inspect("R-1", 1, 0);
        story.Request("R-2", 1);
        story.Inspect("R-2", 1, 0);
        EXPECT_EQ(FormatMinor(story.leg(0).amount_minor, currency), first);
        EXPECT_EQ(FormatMinor(story.leg(1).amount_minor, currency), second);
        const Command* command = story.Waiting("refund.create");
        ASSERT_NE(command, nullptr);
        EXPECT_EQ(command->body["currency"].AsString(), currency);
        EXPECT_EQ(command->body["amount_minor"].AsInt().value(), 33);
    }
}

// Voided before anything left: what had its place on it waits for a person, and is seen.
TEST(VoidedPayments, CarryNothing) {
    Story story;
    Place(story);
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    ASSERT_EQ(story.leg(0).state, RefundState::kReady);
    EventData voided;
    voided.currency = "EUR";
    voided.tender = TenderFact{"t1", "card", "psp", "pi_1", 0};
    story.Say(EventType::kOrderCaptured, voided);
    EXPECT_EQ(story.last().verdict, Verdict::kMoved);
    EXPECT_THAT(story.last().reason, HasSubstr("nothing can be paid back on it"));
    EXPECT_EQ(story.States("R-1"), (States{"ACCEPTED", "HELD 3333"}));
    EXPECT_EQ(story.leg(0).held_for, "capacity");
    EXPECT_EQ(story.Waiting("refund.create"), nullptr);
    EXPECT_EQ(story.subject().tickets.size(), 1u);
    EventData told;
    told.amount_minor = 3'333;
    told.currency = "EUR";
    told.their_reference = "re_9";
    told.tender_id = "t1";
    story.Say(EventType::kRefundSettled, told);
    EXPECT_EQ(story.leg(0).state, RefundState::kOverpaid) << "paid on a voided payment: flagged";
}

TEST(VoidedPayments, AreNotBelievedOnceMoneyIsUnderWay) {
    Story story;
    Place(story);
    story.Request("R-1", 1);
    story.Inspect("R-1", 1, 0);
    ASSERT_TRUE(story.Start("refund.create"));
    EventData voided;
    voided.currency = "EUR";
    voided.tender = TenderFact{"t1", "card", "psp", "pi_1", 0};
    EXPECT_EQ(story.Say(EventType::kOrderCaptured, voided).verdict, Verdict::kRefused);
    EXPECT_EQ(story.leg(0).state, RefundState::kSubmitting);
}

}  // namespace
}  // namespace returns::workflows
