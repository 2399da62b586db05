#include "workflows/explain.h"

#include "schemas/money.h"
#include "tests/workflows/situations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace returns::workflows {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr Audience kAudiences[] = {Audience::kCustomer, Audience::kAgent, Audience::kOperator};
constexpr Channel kChannels[] = {Channel::kPage, Channel::kSms, Channel::kVoice, Channel::kAgent};

const World& TheWorld() {
    static const World world;
    return world;
}

std::string Word(const Case& subject) { return StatusWord(subject, "R-17", TheWorld().book); }
Explanation Told(const Case& subject, Audience audience = Audience::kCustomer) {
    return Explain(subject, "R-17", audience, TheWorld().book);
}
std::string Said(const Case& subject, Channel channel) {
    return Say(subject, "R-17", channel, TheWorld().book);
}

std::vector<Case> EverySituation() {
    std::vector<Case> all;
    for (int goods = 0; goods < kReturnStates; ++goods) {
        all.push_back(Situation(static_cast<ReturnState>(goods)));
        for (int money = 0; money < kRefundStates; ++money) {
            all.push_back(
                Situation(static_cast<ReturnState>(goods), static_cast<RefundState>(money)));
        }
    }
    return all;
}

std::string Label(const Case& subject) {
    std::string label(Name(subject.slices[0].state));
    if (!subject.legs.empty()) label += " and " + std::string(Name(subject.legs[0].state));
    return label;
}

// Nothing of a pattern may be left over, nor a gap where a fact was missing.
void ExpectReadable(const std::string& text) {
    EXPECT_THAT(text, Not(AnyOf(HasSubstr("{"), HasSubstr("}"), HasSubstr("["), HasSubstr("]"),
                                HasSubstr("  "), HasSubstr(" ."), HasSubstr(" ,"))));
}

TEST(Explain, GivesEveryOpenCaseAnOwnerANextDateAndASentence) {
    for (const Case& subject : EverySituation()) {
        SCOPED_TRACE(Label(subject));
        EXPECT_NE(Word(subject), "");
        for (const Audience audience : kAudiences) {
            const Explanation told = Told(subject, audience);
            EXPECT_NE(told.headline, "");
            EXPECT_NE(told.owner, "");
            EXPECT_EQ(told.next_at != kNever, IsOpen(subject));
            EXPECT_GE(told.next_at, At("2026-03-11T12:00:00Z"));
            if (audience != Audience::kOperator) {
                ExpectReadable(told.headline + told.why_not + told.next + told.action);
            }
            if (audience != Audience::kCustomer && IsOpen(subject)) {
                EXPECT_NE(told.next, "");
            }
        }
        for (const Channel channel : kChannels) {
            EXPECT_NE(Said(subject, channel), "");
            ExpectReadable(Said(subject, channel));
        }
    }
}

TEST(Explain, SaysWhyNotUntilTheMoneyIsDone) {
    for (const Case& subject : EverySituation()) {
        if (subject.legs.empty()) continue;
        SCOPED_TRACE(Label(subject));
        const RefundState money = subject.legs[0].state;
        const bool done = money == RefundState::kSettled || money == RefundState::kCovered ||
                          money == RefundState::kOverpaid || money == RefundState::kClosed;
        for (const Audience audience : kAudiences) {
            const std::string why_not = Told(subject, audience).why_not;
            if (done) {
                EXPECT_EQ(why_not, "");
            }
            if (!done && money != RefundState::kCancelled) {
                EXPECT_NE(why_not, "");
            }
        }
    }
}

// Words that claim the money is there may only be said once it is.
TEST(Explain, NeverClaimsMoneyThatNobodyConfirmed) {
    for (const Case& subject : EverySituation()) {
        if (!subject.legs.empty() && subject.legs[0].state >= RefundState::kSettled) continue;
        SCOPED_TRACE(Label(subject));
        for (const Channel channel : kChannels) {
            EXPECT_THAT(Said(subject, channel),
                        Not(AnyOf(HasSubstr("have paid"), HasSubstr("Paid back"),
                                  HasSubstr("in your favour"))));
        }
    }
}

struct Step {
    ReturnState goods;
    std::optional<RefundState> money;
    const char* word;
};

class StatusWords : public ::testing::TestWithParam<Step> {};

TEST_P(StatusWords, FollowWhatHoldsTheReturnUp) {
    const Step& step = GetParam();
    const Case subject = step.money ? Situation(step.goods, *step.money) : Situation(step.goods);
    EXPECT_EQ(Word(subject), step.word) << Label(subject);
}

using R = ReturnState;
using F = RefundState;
INSTANTIATE_TEST_SUITE_P(
    Goods, StatusWords,
    ::testing::Values(Step{R::kRequested, {}, "requested"}, Step{R::kInReview, {}, "requested"},
                      Step{R::kAuthorised, {}, "send_it"}, Step{R::kInTransit, {}, "on_its_way"},
                      Step{R::kAtPartner, {}, "arrived"}, Step{R::kInspecting, {}, "checking"},
                      Step{R::kException, {}, "our_fault"}, Step{R::kLost, {}, "our_fault"},
                      Step{R::kRejected, {}, "need_you"}, Step{R::kReturning, {}, "on_its_way"},
                      Step{R::kAccepted, {}, "approved"}, Step{R::kKept, {}, "approved"},
                      Step{R::kExpired, {}, "done"}, Step{R::kDenied, {}, "done"},
                      Step{R::kClosed, {}, "done"}, Step{R::kInTransit, F::kNotDue, "on_its_way"}));
INSTANTIATE_TEST_SUITE_P(Money, StatusWords,
                         ::testing::Values(Step{R::kAccepted, F::kDue, "approved"},
                                           Step{R::kAccepted, F::kUnknown, "approved"},
                                           Step{R::kAccepted, F::kPending, "at_bank"},
                                           Step{R::kAccepted, F::kAlternative, "need_you"},
                                           Step{R::kAccepted, F::kSettled, "done"},
                                           Step{R::kAccepted, F::kContested, "our_fault"},
                                           Step{R::kClosed, F::kSettled, "done"},
                                           Step{R::kClosed, F::kDisputed, "our_fault"},
                                           // Paid in advance: the parcel is still the story.
                                           Step{R::kAuthorised, F::kSettled, "send_it"},
                                           Step{R::kInTransit, F::kAlternative, "need_you"},
                                           Step{R::kInTransit, F::kPending, "on_its_way"},
                                           Step{R::kExpired, F::kNotDue, "done"},
                                           Step{R::kExpired, F::kPending, "at_bank"}));

TEST(StatusWord, IsThatOfTheLeastAdvancedSlice) {
    Case subject = Situation(ReturnState::kAccepted, RefundState::kSettled);
    Slice second = subject.slices[0];
    second.id = 3;
    second.state = ReturnState::kInTransit;
    subject.slices.push_back(second);
    EXPECT_EQ(Word(subject), "on_its_way");
    subject.slices[1].state = ReturnState::kRejected;
    EXPECT_EQ(Word(subject), "need_you");
    subject.slices[1].state = ReturnState::kCancelled;
    EXPECT_EQ(Word(subject), "done");
    subject.slices[1].return_id = "R-18";
    subject.slices[1].state = ReturnState::kRequested;
    EXPECT_EQ(Word(subject), "done") << "another return must not speak for this one";
}

TEST(StatusWord, IsOurFaultWhenItStalledOrIsFrozen) {
    Case subject = Situation(ReturnState::kAccepted, RefundState::kReady);
    subject.legs[0].stalled_at = subject.recorded_at;
    EXPECT_EQ(Word(subject), "our_fault");
    subject = Situation(ReturnState::kInTransit);
    subject.quarantine = "money is not conserved";
    EXPECT_EQ(Word(subject), "our_fault");
    subject = Situation(ReturnState::kClosed, RefundState::kClosed);
    subject.quarantine = "money is not conserved";
    subject.slices[0].due_at = subject.legs[0].due_at = kNever;
    EXPECT_EQ(Word(subject), "our_fault");
    EXPECT_EQ(Told(subject).next_at, At("2026-03-01T16:00:00Z")) << "recorded plus ticket_recheck";
    EXPECT_EQ(Told(subject).owner, "us");
}

TEST(Explain, KnowsWhatItDoesNotKnow) {
    const Case subject = Situation(ReturnState::kInTransit);
    const Explanation told = Explain(subject, "R-99", Audience::kCustomer, TheWorld().book);
    EXPECT_EQ(StatusWord(subject, "R-99", TheWorld().book), "");
    EXPECT_EQ(told.headline, "We cannot find this return.");
    EXPECT_EQ(told.next_at, kNever);
    EXPECT_EQ(Say(subject, "R-99", Channel::kSms, TheWorld().book), "We cannot find this return.");
}

TEST(Explain, TellsThatAShellWaitsForItsOrder) {
    Case shell;
    shell.key = {"main", "1001"};
    shell.recorded_at = At("2026-03-01T12:00:00Z");
    shell.order_due_at = At("2026-03-03T12:00:00Z");
    const Explanation told = Told(shell);
    EXPECT_EQ(Word(shell), "requested");
    EXPECT_THAT(told.headline, HasSubstr("waiting for the details of your order"));
    EXPECT_EQ(told.owner, "us");
    EXPECT_EQ(told.next_at, shell.order_due_at);
    EXPECT_NE(told.why_not, "");
}

TEST(Explain, TellsTheCustomerTheFacts) {
    Case subject = Situation(ReturnState::kInTransit);
    subject.returns[0].tracking = "1Z999";
    EXPECT_EQ(Told(subject).headline, "Your parcel is on its way to us (tracking 1Z999).");
    EXPECT_EQ(Told(subject).next,
              "If nobody has seen your parcel by 11 March 2026 (UTC), we ask the carrier.");

    subject = Situation(ReturnState::kAccepted, RefundState::kPending);
    subject.legs[0].their_reference = "re_1";
    EXPECT_EQ(Told(subject).headline,
              "Your refund of 12.99 EUR was sent to your bank, usually there by 12 March 2026 "
              "(UTC) (reference re_1).");

    subject = Situation(ReturnState::kException);
    subject.tickets = {{.id = 5, .return_id = "R-17", .their_reference = "INC-7"}};
    EXPECT_EQ(Told(subject).headline,
              "Something about your return does not fit together and we are sorting it out, ticket "
              "INC-7, next word by 11 March 2026 (UTC).");
    subject.tickets[0].state = TicketState::kResolved;
    EXPECT_THAT(Told(subject).headline, Not(HasSubstr("INC-7")));
}

TEST(Explain, SaysOnceThatItTakesTooLong) {
    Case subject = Situation(ReturnState::kAccepted, RefundState::kReady);
    subject.legs[0].stalled_at = subject.recorded_at;
    subject.tickets = {{.id = 5, .return_id = "R-17", .their_reference = "INC-7"}};
    EXPECT_EQ(Told(subject).headline,
              "Your refund is approved: 12.99 EUR. It is taking longer than it should and we are "
              "on it, ticket INC-7, next word by 12 March 2026 (UTC).");
    subject = Situation(ReturnState::kLost);
    subject.slices[0].stalled_at = subject.recorded_at;
    EXPECT_THAT(Told(subject).headline, Not(HasSubstr("taking longer")));
}

TEST(Explain, AddsUpTheLegsOfOneState) {
    Case subject = Situation(ReturnState::kAccepted, RefundState::kPending);
    Leg second = subject.legs[0];
    second.id = 3;
    second.amount_minor = 1;
    subject.legs.push_back(second);
    EXPECT_THAT(Told(subject).headline, HasSubstr("13.00 EUR"));
    subject.legs[1].state = RefundState::kSettled;
    EXPECT_THAT(Told(subject).headline, HasSubstr("12.99 EUR"));
}

TEST(Explain, NamesTheShopWhereTheShopPays) {
    Case subject = Situation(ReturnState::kAccepted, RefundState::kPending);
    EXPECT_EQ(Told(subject).owner, "provider");
    subject.legs[0].executor = Executor::kShop;
    EXPECT_EQ(Told(subject).owner, "shop");
}

TEST(Explain, TellsTheAgentWhyWhoAndWhat) {
    Case subject = Situation(ReturnState::kException);
    subject.slices[0].cause = "wrong_item";
    const Explanation told = Told(subject, Audience::kAgent);
    EXPECT_EQ(told.owner, "agent");
    EXPECT_THAT(told.why_not, HasSubstr("another item arrived"));
    EXPECT_EQ(told.next, "On 11 March 2026 (UTC) the ticket is escalated.");
    EXPECT_THAT(told.action, StartsWith("Accept, accept less, reject"));
    subject.slices[0].cause = "Jane Doe called twice";  // free text stays out
    EXPECT_THAT(Told(subject, Audience::kAgent).why_not, Not(HasSubstr("Jane")));
}

TEST(Explain, TellsTheOperatorStateGuardsAndTimer) {
    Case subject = Situation(ReturnState::kAccepted, RefundState::kUnknown);
    subject.legs[0].key = "K1";
    subject.legs[0].attempts = 1;
    const Explanation told = Told(subject, Audience::kOperator);
    EXPECT_EQ(told.headline,
              "R-17: leg 2 (12.99 EUR) is UNKNOWN since 2026-03-01T12:00:00.000Z, tender T1, key "
              "K1, attempts 1.");
    EXPECT_THAT(told.why_not, HasSubstr("seen_paid"));
    EXPECT_THAT(told.why_not, HasSubstr("confirm_paid [key_dead], confirm_absent [key_dead] (a"));
    EXPECT_EQ(told.next, "2026-03-12T12:00:00.000Z: after look_up: stays [young_doubt], stays.");
    EXPECT_EQ(told.action, "confirm_paid, confirm_absent");
}

TEST(Say, JoinsPageAndChat) {
    Case subject = Situation(ReturnState::kAuthorised);
    EXPECT_EQ(Said(subject, Channel::kPage),
              "Your return is agreed, please send it by 11 March 2026 (UTC). The refund follows "
              "once your parcel is with us and checked. After 11 March 2026 (UTC) this return ends "
              "if nothing was sent. Keep the receipt of sending it.");
    subject.returns[0].legal_deadline = At("2026-03-15T00:00:00Z");
    const std::string chat = Said(subject, Channel::kAgent);
    EXPECT_THAT(chat, HasSubstr("Why not yet: The customer has not sent the parcel"));
    EXPECT_THAT(chat, HasSubstr("Who acts: the customer."));
    EXPECT_THAT(chat, HasSubstr("Next: On 11 March 2026 (UTC) the return expires."));
    EXPECT_THAT(chat, HasSubstr("You can: Send the label again"));
    EXPECT_THAT(chat, HasSubstr("Legal deadline: 15 March 2026 (UTC)."));
}

TEST(Say, SpellsAmountsAndDatesForTheEar) {
    const Case subject = Situation(ReturnState::kAccepted, RefundState::kPending);
    EXPECT_THAT(Said(subject, Channel::kVoice),
                StartsWith("Your refund of twelve euros and ninety-nine cents was sent to your "
                           "bank, usually there by the twelfth of March two thousand twenty-six, "
                           "universal time."));
}

TEST(Say, KeepsTheFactsThatFitIntoATextMessage) {
    Case subject = Situation(ReturnState::kAccepted, RefundState::kPending);
    subject.legs[0].their_reference = "re_1";
    EXPECT_EQ(Said(subject, Channel::kSms),
              "Your refund of 12.99 EUR was sent to your bank, usually there by 12 Mar 2026 UTC "
              "(reference re_1).");
    subject.legs[0].their_reference = std::string(128, 'x');
    EXPECT_EQ(Said(subject, Channel::kSms),
              "Your refund of 12.99 EUR was sent to your bank, usually there by 12 Mar 2026 UTC.");
    subject.legs[0].their_reference =
        "r\xc3\xa9"
        "f";
    EXPECT_THAT(Said(subject, Channel::kSms), Not(HasSubstr("reference")));
}

// Ids of any length and any bytes, in any situation.
Case AnyCase() {
    const auto goods = static_cast<ReturnState>(*rc::gen::inRange(0, kReturnStates));
    const auto money = static_cast<RefundState>(*rc::gen::inRange(0, kRefundStates));
    Case subject = Situation(goods, money);
    const auto id = [] {
        const auto size = *rc::gen::element(1, 8, 30, 128);
        return *rc::gen::container<std::string>(static_cast<std::size_t>(size),
                                                rc::gen::inRange<char>('!', '~'));
    };
    subject.currency = *rc::gen::element<std::string>("EUR", "JPY", "KWD", "SEK");
    subject.legs[0].amount_minor = *rc::gen::inRange<std::int64_t>(0, kMinorMax);
    subject.legs[0].their_reference = id();
    subject.returns[0].tracking = id();
    subject.tickets = {{.id = 5, .return_id = "R-17", .their_reference = id()}};
    if (*rc::gen::arbitrary<bool>()) subject.slices[0].stalled_at = subject.recorded_at;
    if (*rc::gen::arbitrary<bool>()) subject.legs[0].stalled_at = subject.recorded_at;
    if (*rc::gen::inRange(0, 4) == 0) subject.quarantine = "frozen";
    return subject;
}

RC_GTEST_PROP(Say, TextMessagesHaveAtMostOneHundredAndSixtyPlainCharacters, ()) {
    const std::string text = Said(AnyCase(), Channel::kSms);
    RC_ASSERT(!text.empty());
    RC_ASSERT(text.size() <= 160u);
    RC_ASSERT(std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; }));
}

RC_GTEST_PROP(Say, SpeechHasNoDigits, ()) {
    const std::string text = Said(AnyCase(), Channel::kVoice);
    RC_ASSERT(!text.empty());
    RC_ASSERT(std::none_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }));
}

RC_GTEST_PROP(Say, IsTheSameForTheSameCase, ()) {
    const Case subject = AnyCase();
    for (const Channel channel : kChannels) {
        RC_ASSERT(Said(subject, channel) == Said(subject, channel));
    }
}

}  // namespace
}  // namespace returns::workflows
