// What certification finds wrong with callbacks, from what arrived and when.
#include "gateway/certify_judge.h"

#include "gateway/certify_evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway::certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr Instant kNow{std::chrono::hours(480000)};

// A verified callback about return R-1 that came `after` the first and was answered at once.
Delivery Came(const std::string& id, EventType type, Millis after = Millis(0), int answered = 202) {
    Delivery delivery;
    delivery.request.body = "{\"reference\":\"R-1\",\"as\":\"" + id + "\"}";
    delivery.reading.verification.verdict = connectors::Verdict::kVerified;
    delivery.reading.verification.signed_at = kNow;
    delivery.reading.id = id;
    delivery.arrived = kNow;
    delivery.arrived_at = delivery.answered_at = after;
    delivery.answered = answered;
    Envelope event;
    event.type = type;
    event.source_id = id;
    event.occurred_at = kNow;
    event.data.our_reference = "R-1";
    delivery.reading.events.push_back(event);
    return delivery;
}

Delivery Inspected(const std::string& id, int accepted, int rejected, Millis earlier = Millis(0),
                   const std::string& mismatch = "") {
    Delivery delivery = Came(id, EventType::kReturnInspected);
    Envelope& event = delivery.reading.events.front();
    event.occurred_at = kNow - earlier;
    EventLine line;
    line.id = "1";
    line.accepted = accepted;
    line.rejected = rejected;
    line.mismatch = mismatch;
    event.data.lines.push_back(line);
    return delivery;
}

TEST(CertifyJudge, ClocksMayDifferByAMinute) {
    for (const auto& [off, good] : std::vector<std::pair<int, bool>>{
             {0, true}, {60, true}, {-60, true}, {61, false}, {-61, false}, {280, false}}) {
        Delivery one = Came("a", EventType::kParcelDelivered);
        one.reading.verification.signed_at = kNow + std::chrono::seconds(off);
        EXPECT_EQ(FaultOfClock({one}).empty(), good) << off;
    }
    EXPECT_THAT(FaultOfClock({}), HasSubstr("no callback"));
}

TEST(CertifyJudge, APartTellsWhatThereIsByThen) {
    const Announced three{"R-1", 3};
    const Millis minute = std::chrono::minutes(1);
    EXPECT_EQ(FaultOfParts({Inspected("a", 1, 0, minute), Inspected("b", 3, 0)}, three), "");
    EXPECT_EQ(FaultOfParts({Inspected("a", 1, 0, minute), Inspected("b", 2, 1)}, three), "");
    // Order is by what happened, not by arrival.
    EXPECT_EQ(FaultOfParts({Inspected("b", 3, 0), Inspected("a", 1, 0, minute)}, three), "");
    EXPECT_THAT(FaultOfParts({Inspected("a", 1, 0, minute), Inspected("b", 2, 0)}, three),
                HasSubstr("what was added, not what there is"));
    EXPECT_THAT(FaultOfParts({Inspected("a", 3, 0)}, three), HasSubstr("one message came"));
    EXPECT_THAT(FaultOfParts({Inspected("a", 1, 0, minute), Inspected("b", 4, 0)}, three),
                HasSubstr("they tell 4"));
    EXPECT_THAT(FaultOfParts({Came("a", EventType::kReturnOpened)}, three),
                HasSubstr("nothing told 'return.inspected'; what came told return.opened"));
}

TEST(CertifyJudge, ContentsAreToldAsTheyAre) {
    EXPECT_EQ(FaultOfContents({Inspected("a", 0, 0, Millis(0), "empty")}, 0, "empty"), "");
    EXPECT_THAT(FaultOfContents({Inspected("a", 0, 3)}, 0, "wrong_item"), HasSubstr("wrong_item"));
    EXPECT_THAT(FaultOfContents({Inspected("a", 3, 0, Millis(0), "short")}, 2, "short"),
                HasSubstr("3 are told as accepted, where 2"));
}

TEST(CertifyJudge, TimesTellWhatHappenedWhen) {
    Delivery late = Came("a", EventType::kParcelDelivered);
    EXPECT_THAT(FaultOfLateTimes({late}), HasSubstr("when the message was sent"));
    late.reading.events.front().occurred_at = kNow - std::chrono::hours(1);
    EXPECT_EQ(FaultOfLateTimes({late}), "");
    Delivery opened = Came("b", EventType::kReturnOpened);
    EXPECT_EQ(FaultOfOrder({opened, late}), "");
    opened.reading.events.front().occurred_at = kNow - std::chrono::hours(2);
    EXPECT_THAT(FaultOfOrder({opened, late}), HasSubstr("before it arrived"));
}

TEST(CertifyJudge, ARepeatKeepsItsId) {
    const EventType type = EventType::kParcelDelivered;
    bool repeated = false;
    EXPECT_EQ(FaultOfRepeat({Came("a", type), Came("a", type)}, repeated), "");
    EXPECT_TRUE(repeated);
    EXPECT_EQ(FaultOfRepeat({Came("a", type)}, repeated), "");
    EXPECT_FALSE(repeated);
    EXPECT_THAT(FaultOfRepeat({Came("a", type), Came("b", type)}, repeated),
                HasSubstr("as 'a' and again as 'b'"));
}

TEST(CertifyJudge, RetriesComeAndTakeTheirTime) {
    const EventType type = EventType::kParcelDelivered;
    const Millis pause{1000};
    const Delivery first = Came("a", type, Millis(0), 500);
    const auto again = [&](int after, int answered = 202) {
        return Came("a", type, Millis(after), answered);
    };
    EXPECT_EQ(FaultOfRetries({first, again(1000)}, 1, pause), "");
    EXPECT_THAT(FaultOfRetries({first, again(900)}, 1, pause), HasSubstr("after 0.9 s"));
    EXPECT_THAT(FaultOfRetries({first}, 1, pause), HasSubstr("tried 1 time and then given up"));
    // The first pause may be none, the second may not.
    EXPECT_EQ(FaultOfRetries({first, again(1, 500), again(1001)}, 2, pause), "");
    EXPECT_THAT(FaultOfRetries({first, again(1, 500), again(2)}, 2, pause),
                Not(HasSubstr("tried")));
    EXPECT_NE(FaultOfRetries({first, again(1, 500), again(2)}, 2, pause), "");
    // Another message is no retry, one under a new id is.
    EXPECT_NE(FaultOfRetries({first, Came("b", EventType::kReturnOpened, pause)}, 1, pause), "");
    EXPECT_EQ(FaultOfRetries({first, Came("b", type, pause)}, 1, pause), "");
}

TEST(CertifyJudge, WhatWasTakenDoesNotComeAgain) {
    const EventType type = EventType::kParcelDelivered;
    const Delivery taken = Came("a", type), failed = Came("a", type, Millis(0), 500);
    const Delivery again = Came("a", type, Millis(5));
    EXPECT_EQ(FaultOfNeedlessRetries({failed, again}), "");
    EXPECT_EQ(FaultOfNeedlessRetries({taken, Came("b", EventType::kReturnOpened)}), "");
    EXPECT_THAT(FaultOfNeedlessRetries({taken, again}), HasSubstr("'a' came again"));
}

TEST(CertifyJudge, OneUnverifiedCallbackIsAFault) {
    Delivery forged = Came("a", EventType::kParcelDelivered);
    forged.reading = {};
    forged.reading.verification.verdict = connectors::Verdict::kForged;
    forged.reading.verification.sentence = "the signature does not match";
    EXPECT_THAT(FaultOfSignatures({Came("b", EventType::kParcelDelivered), forged}),
                HasSubstr("forged: the signature does not match"));
    EXPECT_TRUE(IsAbout(forged, "R-1", "")) << "by its body";
    EXPECT_FALSE(IsAbout(forged, "R-2", ""));
    EXPECT_THAT(FaultOfContents({forged}, 0, "empty"), HasSubstr("signature is not right"));
}

TEST(CertifyEvidence, HoldsNoSecretInAnyForm) {
    const auto manifest = connectors::ReadManifest(ParseJson(R"({
        "name": "logistics/x", "title": "X", "version": "1",
        "proven_on": "contract", "announces": "none",
        "auth": {"type": "header", "header": "X-Their-Key", "secret": "key"},
        "settings": {"key": {"secret": true, "sentence": "Key."},
                     "both": {"secret": true, "sentence": "Keys."},
                     "open": {"sentence": "Not secret."}},
        "operations": {"check": {"method": "GET", "path": "/"}}})")
                                                       .value());
    ASSERT_TRUE(manifest.ok()) << manifest.error().text;
    const Redaction redaction(*manifest, ParseJson(R"({"key": "p\"w/1", "both": ["abcd", "abc"],
                                                       "open": "shown"})")
                                             .value());
    connectors::HttpRequest request;
    request.method = "GET";
    request.target = "/a?token=p%22w%2F1&open=shown";
    request.headers = {{"X-Their-Key", "anything"}, {"Other", "abcd"}, {"Authorization", "x"}};
    request.body = R"({"key":"p\"w/1","note":"abc shown"})";
    const std::string shown = redaction.Of(request);
    EXPECT_THAT(shown, AllOf(Not(HasSubstr("w%2F1")), Not(HasSubstr("w/1")), Not(HasSubstr("abc")),
                             Not(HasSubstr("anything")), Not(HasSubstr("Authorization: x"))));
    EXPECT_THAT(shown, AllOf(HasSubstr("GET /a?token=[secret removed]&open=shown"),
                             HasSubstr("X-Their-Key: [secret removed]"), HasSubstr(" shown")));
    request.body = std::string(5000, 'y');
    EXPECT_LT(redaction.Of(request).size(), 1500U);
    request.body = "\xFF\x01 not text";
    EXPECT_TRUE(ParseJson(WriteJson(Json::String(redaction.Of(request)))).ok());
}

}  // namespace
}  // namespace returns::gateway::certify
