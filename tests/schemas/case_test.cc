#include "schemas/case.h"

#include "schemas/case_text.h"
#include "tests/schemas/random.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace returns {
namespace {

constexpr Instant kNoon{Millis(1'772'366'400'000)};

Case Placed() {
    Case subject;
    subject.key = {"main", "O-1"};
    subject.placed = true;
    return subject;
}

Slice SliceNamed(std::int64_t id) {
    Slice slice;
    slice.id = id;
    return slice;
}

TEST(CaseTest, NamesEveryState) {
    for (int i = 0; i < kReturnStates; ++i) {
        const auto state = static_cast<ReturnState>(i);
        EXPECT_EQ(FindReturnState(Name(state)), state);
    }
    for (int i = 0; i < kRefundStates; ++i) {
        const auto state = static_cast<RefundState>(i);
        EXPECT_EQ(FindRefundState(Name(state)), state);
    }
    EXPECT_EQ(Name(ReturnState::kInTransit), "IN_TRANSIT");
    EXPECT_EQ(Name(ReturnState::kClosed), "CLOSED");
    EXPECT_EQ(Name(RefundState::kNotDue), "NOT_DUE");
    EXPECT_EQ(Name(RefundState::kClosed), "CLOSED");
    EXPECT_FALSE(FindReturnState("in_transit").has_value());
    EXPECT_FALSE(FindRefundState("").has_value());
}

TEST(CaseTest, WakesAtTheEarliestDueMoment) {
    Case subject = Placed();
    EXPECT_EQ(NextWake(subject), kNever);
    subject.order_due_at = kNoon;  // a placed order waits for nothing
    EXPECT_EQ(NextWake(subject), kNever);
    subject.placed = false;
    EXPECT_EQ(NextWake(subject), kNoon);
    subject.slices = {SliceNamed(1), SliceNamed(2)};  // not set is not due
    EXPECT_EQ(NextWake(subject), kNoon);
    subject.slices[1].due_at = kNoon - Millis(1);
    EXPECT_EQ(NextWake(subject), kNoon - Millis(1));
    subject.legs.emplace_back().due_at = kNoon - Millis(2);
    EXPECT_EQ(NextWake(subject), kNoon - Millis(2));
    subject.commands.emplace_back().due_at = kNoon - Millis(3);
    EXPECT_EQ(NextWake(subject), kNoon - Millis(2)) << "a waiting command is not in flight";
    subject.commands[0].state = CommandState::kInFlight;
    EXPECT_EQ(NextWake(subject), kNoon - Millis(3));
    subject.quarantine = "broken";
    EXPECT_EQ(NextWake(subject), kNever);
}

TEST(CaseTest, LeavesDefaultsOut) {
    EXPECT_EQ(WriteJson(EncodeCase(Case())), "{}");
    Case subject = Placed();
    subject.slices = {SliceNamed(1)};
    subject.slices[0].due_at = kNever;
    subject.legs.emplace_back().state = RefundState::kSubmitting;
    subject.seen = {{UINT64_MAX, 7}};
    EXPECT_EQ(WriteJson(EncodeCase(subject)),
              R"({"key":{"shop":"main","order_id":"O-1"},"placed":true,)"
              R"("slices":[{"id":1,"due_at":"never"}],"legs":[{"state":"SUBMITTING"}],)"
              R"("seen":[[18446744073709551615,7]]})");
}

TEST(CaseTest, RefusesWhatItDoesNotKnow) {
    const std::pair<const char*, const char*> bad[] = {
        {"[]", "reading case: expected an object"},
        {R"({"surprise":1})", "reading case: surprise: a member this program does not know"},
        {R"({"slices":[{},{"state":"FLYING"}]})", "slices[1].state: not a state"},
        {R"({"slices":[{"quantity":4294967296}]})", "slices[0].quantity: out of range"},
        {R"({"legs":[{"executor":"bank"}]})", "legs[0].executor: not a state"},
        {R"({"version":"1"})", "version: expected a whole number"},
        {R"({"placed":1})", "placed: expected true or false"},
        {R"({"created_at":"2026"})", "created_at: expected a whole number"},
        {R"({"currency":1})", "currency: expected text"},
        {R"({"lines":{}})", "lines: expected a list"},
        {R"({"seen":[[-1,1]]})", "seen[0]: expected a fingerprint"},
        {R"({"held":[{"event":{"type":"x"}}]})", "held[0].event: reading event"}};
    for (const auto& [text, why] : bad) {
        const Result<Case> decoded = DecodeCase(ParseJson(text).value());
        ASSERT_FALSE(decoded.ok()) << text;
        EXPECT_NE(decoded.error().text.find(why), std::string::npos) << decoded.error().text;
    }
}

TEST(CaseTest, TellsOnlyWhatChanged) {
    Case before = Placed();
    before.slices = {SliceNamed(1), SliceNamed(2), SliceNamed(3)};
    before.disputes = {{"t", "d-1", 100}, {"t", "d-2", 100}};
    before.seen = {{1, 1}};
    Case after = before;
    EXPECT_EQ(WriteJson(Diff(before, after)), "{}");
    after.version = 9;
    after.placed = false;
    after.slices.erase(after.slices.begin());
    after.slices[1].state = ReturnState::kLost;
    after.slices.push_back(SliceNamed(4));
    after.disputes.erase(after.disputes.begin());
    after.seen.push_back({2, 2});
    after.chain = "abc";
    EXPECT_EQ(WriteJson(Diff(before, after)),
              R"({"version":9,"placed":false,"disputes":{"gone":[["t","d-1"]]},)"
              R"("slices":{"gone":[1],"set":[{"id":3,"state":"LOST"},{"id":4}]}})");
}

TEST(CaseTest, RefusesAChangeThatDoesNotFit) {
    for (const char* text : {"[]", R"({"surprise":1})", R"({"seen":[]})", R"({"chain":"x"})",
                             R"({"held":{"keep":1}})", R"({"held":{"keep":-1}})", R"({"held":{}})",
                             R"({"slices":{"set":[{"id":"1"}]}})", R"({"version":null})"}) {
        Case subject = Placed();
        EXPECT_FALSE(Apply(subject, ParseJson(text).value()).ok()) << text;
    }
}

// Every member of every struct, when it alone differs, is written and told.
template <class Owner>
void ExpectEveryMemberTold() {
    ForEachField<Owner>([](const auto& field) {
        Owner subject;
        using Member = std::remove_reference_t<decltype(subject.*field.member)>;
        while (subject == Owner()) subject.*field.member = Random<Member>();
        std::string text;
        case_json::Write(subject, text);
        const Json tree = ParseJson(text).value();
        RC_ASSERT(tree.Members().size() == 1u);
        RC_ASSERT(tree.Members()[0].first == field.name);
        Owner decoded;
        JsonCursor cursor(text);
        RC_ASSERT(case_json::Read(cursor, Place(), decoded).ok());
        RC_ASSERT(cursor.AtEnd());
        RC_ASSERT(decoded == subject);
    });
}

RC_GTEST_PROP(CaseProperty, EveryMemberIsTold, ()) {
    ExpectEveryMemberTold<OrderLine>();
    ExpectEveryMemberTold<Tender>();
    ExpectEveryMemberTold<Dispute>();
    ExpectEveryMemberTold<Return>();
    ExpectEveryMemberTold<Slice>();
    ExpectEveryMemberTold<Leg>();
    ExpectEveryMemberTold<Command>();
    ExpectEveryMemberTold<Ticket>();
    ExpectEveryMemberTold<Case>();
}

RC_GTEST_PROP(CaseProperty, DecodingGivesWhatWasEncoded, ()) {
    const Case subject = Random<Case>();
    const std::string text = WriteJson(EncodeCase(subject));
    const Result<Case> decoded = DecodeCase(ParseJson(text).value());
    RC_ASSERT(decoded.ok());
    RC_ASSERT(*decoded == subject);
    RC_ASSERT(WriteJson(EncodeCase(*decoded)) == text);
    RC_ASSERT(ReadCase(text).value() == subject);
}

// Whatever is cut off or out of place in stored text is told, never understood as less.
RC_GTEST_PROP(CaseProperty, DamagedTextIsRefused, ()) {
    std::string text;
    AppendCase(Random<Case>(), text);
    const auto at = static_cast<std::size_t>(Below(static_cast<int>(text.size())));
    RC_ASSERT(!ReadCase(text.substr(0, at)).ok());
    RC_ASSERT(!ReadCase(text + "}").ok());
    text[at] = *rc::gen::element('{', '}', '[', ']', '"', ',', ':', '\\', ' ', '\x01', '7', 'u');
    const Result<Case> read = ReadCase(text);
    if (!read.ok()) return;
    std::string again;
    AppendCase(*read, again);
    RC_ASSERT(ReadCase(again).value() == *read);
}

// Keeps, drops, changes, swaps and adds elements.
template <class T>
void Disturb(std::vector<T>& list) {
    std::erase_if(list, [](const T&) { return Below(4) == 0; });
    for (T& element : list) {
        if (Below(3) == 0) element = Random<T>();
    }
    if (list.size() > 1 && Below(2) == 0) std::swap(list.front(), list.back());
    while (Below(3) == 0) {
        const int at = Below(static_cast<int>(list.size()) + 1);
        list.insert(list.begin() + at, Random<T>());
    }
}

RC_GTEST_PROP(CaseProperty, ApplyingTheDifferenceGivesTheOther, ()) {
    const Case before = Random<Case>();
    Case after = before;
    ForEachField<Case>([&](const auto& field) {
        using Member = std::remove_reference_t<decltype(after.*field.member)>;
        if constexpr (IsVector<Member>::value) {
            Disturb(after.*field.member);
        } else if (Below(2) == 0) {
            after.*field.member = Random<Member>();
        }
    });
    after.seen = before.seen;
    after.chain = before.chain;
    // Through text, as a journal keeps it.
    const Json diff = ParseJson(WriteJson(Diff(before, after))).value();
    Case replayed = before;
    RC_ASSERT(Apply(replayed, diff).ok());
    RC_ASSERT(replayed == after);
    RC_ASSERT(Diff(replayed, after) == Json::Object());
}

}  // namespace
}  // namespace returns
