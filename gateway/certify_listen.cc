// The cases that listen: the candidate tells, we judge what arrives and answer as gateways do on
// their bad days.
#include "gateway/certify_cases.h"

#include <algorithm>

namespace returns::gateway::certify {
namespace {

constexpr int kPieces = 3;
constexpr Millis kOutage{10000};
constexpr Millis kSecondPause{1000};  // a second try may come at once, a third may not
constexpr const char* kRetryAfter = "1";

// Text that serialisers write in more than one way.
constexpr const char* kOddText = R"(Gr\u00f6\u00dfe 42\/43, 614.40)";

Judgement Judge(const std::string& fault, const std::string& good) {
    return fault.empty() ? Passed(good) : Failed(fault);
}

// Announces a return, has the case's scenario played and gives what came of it.
struct Played {
    std::optional<Judgement> wrong;
    Announcement announcement;
    Deliveries deliveries;
};
Played PlayOne(Stage& stage, int quantity, std::size_t enough, Json more = Json::Object()) {
    Played played;
    played.announcement = stage.NewReturn(quantity);
    played.wrong = stage.Create(played.announcement);
    if (!played.wrong) played.wrong = stage.Play(played.announcement, std::move(more));
    if (!played.wrong) played.deliveries = stage.Collect(played.announcement, enough);
    return played;
}

bool Tells(const Deliveries& deliveries, EventType type) {
    return std::any_of(deliveries.begin(), deliveries.end(), [&](const Delivery& delivery) {
        return std::any_of(delivery.reading.events.begin(), delivery.reading.events.end(),
                           [&](const Envelope& event) { return event.type == type; });
    });
}

Judgement Contents(Stage& stage, int accepted, const std::string& mismatch,
                   const std::string& good) {
    Announcement made = stage.NewReturn(kPieces);
    if (auto wrong = stage.Create(made)) return *wrong;
    if (auto wrong = stage.Play(made)) return *wrong;
    const Deliveries told = stage.Collect(
        made, [](const Deliveries& mine) { return Tells(mine, EventType::kReturnInspected); });
    return Judge(FaultOfContents(told, accepted, mismatch), good);
}

// We fail on purpose and see whether the message comes again.
Judgement Retry(Stage& stage, Stage::Answers answers, Millis pause, const std::string& good) {
    Announcement made = stage.NewReturn();
    if (auto wrong = stage.Create(made)) return *wrong;
    const int failures = answers.failures;
    stage.AnswerWith(std::move(answers));
    if (auto wrong = stage.Play(made)) return *wrong;
    const Deliveries told = stage.Collect(made, static_cast<std::size_t>(failures) + 1);
    return Judge(FaultOfRetries(told, failures, pause), good);
}

}  // namespace

Judgement SignatureRight(Stage& stage) {
    if (!stage.connector().manifest().callbacks->recipe.authenticates())
        return Failed("their callbacks carry nothing that proves who sent them");
    const Played played = PlayOne(stage, 1, 1);
    if (played.wrong) return *played.wrong;
    for (const Delivery& delivery : played.deliveries)
        if (!delivery.reading.unmapped.empty())
            return Failed("the callback is theirs, but cannot be read: " +
                          delivery.reading.unmapped);
    return Judge(FaultOfSignatures(played.deliveries), "the signature is right");
}

Judgement SignatureOverRawBytes(Stage& stage) {
    if (!stage.connector().manifest().callbacks->recipe.signs_body())
        return NotTested("their callbacks carry a credential, no signature over the body");
    const Played played = PlayOne(stage, 1, 1, Json::Object({{"text", Json::String(kOddText)}}));
    if (played.wrong) return *played.wrong;
    if (const std::string fault = FaultOfSignatures(played.deliveries); !fault.empty())
        return Failed(fault);
    for (const Delivery& delivery : played.deliveries)
        if (delivery.request.body.find("614.4") != std::string::npos)
            return Passed("the signature is right over odd bytes as well");
    return NotTested("the odd text did not come in the message");
}

Judgement ClockRight(Stage& stage) {
    if (!stage.connector().manifest().callbacks->recipe.has_time())
        return NotTested("their signatures carry no time");
    const Played played = PlayOne(stage, 1, 1);
    if (played.wrong) return *played.wrong;
    return Judge(FaultOfClock(played.deliveries), "their clock is within a minute of ours");
}

Judgement ForgeryAndReplayRefused(Stage& stage) {
    const Played played = PlayOne(stage, 1, 1);
    if (played.wrong) return *played.wrong;
    if (const std::string fault = FaultOfSignatures(played.deliveries); !fault.empty())
        return Failed(fault);
    Delivery one = played.deliveries.front();
    const auto day_later = one.arrived + std::chrono::hours(24);
    if (stage.Verify(one, stage.settings(), day_later).verdict == connectors::Verdict::kVerified)
        return Failed(
            "the same bytes would be believed tomorrow: nothing signed says when they "
            "were sent");
    one.request.body += " ";
    if (stage.Verify(one, stage.settings(), one.arrived).verdict == connectors::Verdict::kVerified)
        return Failed("a body with one byte added is believed as well");
    return Passed("changed bytes are refused, and so are the same bytes a day later");
}

Judgement KeyRotation(Stage& stage) {
    const std::string name = stage.connector().manifest().callbacks->keys;
    const Json& keys = stage.settings()[name];
    if (keys.Items().size() < 2)
        return NotTested("the settings have one callback key: give '" + name + "' a list of two");
    const Played played = PlayOne(stage, 1, 1);
    if (played.wrong) return *played.wrong;
    if (const std::string fault = FaultOfSignatures(played.deliveries); !fault.empty())
        return Failed(fault);
    Json only_new = stage.settings();
    only_new.Set(name, keys.Items()[1]);
    for (const Delivery& delivery : played.deliveries)
        if (stage.Verify(delivery, only_new, delivery.arrived).verdict !=
            connectors::Verdict::kVerified)
            return Failed("after the change the old key signs on");
    return Passed("the new key signs, while both are accepted");
}

Judgement LateTimes(Stage& stage) {
    const Played played = PlayOne(stage, 1, 1);
    if (played.wrong) return *played.wrong;
    return Judge(FaultOfLateTimes(played.deliveries), "a late message tells when it happened");
}

Judgement Reordered(Stage& stage) {
    Announcement made = stage.NewReturn();
    if (auto wrong = stage.Create(made)) return *wrong;
    if (auto wrong = stage.Play(made)) return *wrong;
    const Deliveries told = stage.Collect(made, [](const Deliveries& mine) {
        return Tells(mine, EventType::kParcelDelivered) && Tells(mine, EventType::kReturnOpened);
    });
    return Judge(FaultOfOrder(told), "the times told put disordered messages in order");
}

Judgement PartialCounts(Stage& stage) {
    const Played played = PlayOne(stage, kPieces, 2);
    if (played.wrong) return *played.wrong;
    return Judge(FaultOfParts(played.deliveries, played.announcement),
                 "each message tells what there is by then");
}

Judgement ShortParcel(Stage& stage) {
    return Contents(stage, kPieces - 1, "short", "what is missing is told");
}
Judgement EmptyBox(Stage& stage) {
    return Contents(stage, 0, "empty", "an empty box is told as one");
}
Judgement WrongItem(Stage& stage) {
    return Contents(stage, 0, "wrong_item", "another article is told as one");
}

Judgement RepeatSameId(Stage& stage) {
    const Played played = PlayOne(stage, 1, 2);
    if (played.wrong) return *played.wrong;
    bool repeated = false;
    const std::string fault = FaultOfRepeat(played.deliveries, repeated);
    if (!fault.empty()) return Failed(fault);
    if (!repeated) return NotTested("the message came once only");
    return Passed("the repeat has the id of the first");
}

Judgement RetryAfterRateLimit(Stage& stage) {
    return Retry(stage, {.failures = 1, .status = 429, .retry_after = kRetryAfter},
                 std::chrono::seconds(1), "it comes again, not sooner than asked");
}
Judgement RetryAfterServerError(Stage& stage) {
    return Retry(stage, {.failures = 2, .status = 500}, stage.Scaled(kSecondPause),
                 "it comes again, and takes its time");
}
Judgement RetryAfterSlowAnswer(Stage& stage) {
    return Retry(stage, {.failures = 1, .hold = true}, Millis(0),
                 "it comes again when our answer does not come");
}

// First they are turned away, so that we know they have tried; then nobody is there.
Judgement RetryAfterOutage(Stage& stage) {
    Announcement made = stage.NewReturn();
    if (auto wrong = stage.Create(made)) return *wrong;
    if (const Status turning = stage.OpenDoor(true); !turning.ok())
        return NotTested(turning.error().text);
    const auto not_played = stage.Play(made);
    const bool tried = !not_played && stage.AwaitTry();
    stage.ShutDoor();
    if (tried) stage.Rest(stage.Scaled(kOutage));
    if (const Status opened = stage.OpenDoor(); !opened.ok())
        return NotTested("our door could not be opened again: " + opened.error().text);
    if (not_played) return *not_played;
    if (!tried) return Failed("no callback about the return was tried");
    if (!stage.Collect(made, 1).empty()) return Passed("it comes when we are back");
    return Failed("what happened while nobody answered at our address is never told");
}

Judgement NoNeedlessRetry(Stage& stage) {
    Announcement made = stage.NewReturn();
    if (auto wrong = stage.Create(made)) return *wrong;
    if (auto wrong = stage.Play(made)) return *wrong;
    if (stage.Collect(made, 1).empty()) return Failed("no callback about the return arrived");
    stage.Rest(std::max(stage.Scaled(std::chrono::seconds(30)), Millis(300)));
    // Over the whole run, but for what we had asked to come twice.
    Deliveries unasked;
    for (const Delivery& delivery : stage.all())
        if (delivery.during != "repeat-same-id") unasked.push_back(delivery);
    return Judge(FaultOfNeedlessRetries(unasked), "what we have taken does not come again");
}

}  // namespace returns::gateway::certify
