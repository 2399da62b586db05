// The cases that call the candidate, as the gateway would through the same connector.
#include "gateway/certify_cases.h"

#include <algorithm>

namespace returns::gateway::certify {
namespace {

using connectors::Outcome;
using connectors::OutcomeKind;

constexpr int kOurDeadlineMs = 1500;  // of a call that they answer too late
constexpr int kManyLines = 200;

std::string Words(const Outcome& outcome) {
    std::string words(connectors::Name(outcome.kind));
    const std::string& word = outcome.kind == OutcomeKind::kDone ? outcome.answer : outcome.reason;
    if (!word.empty()) words += ": " + word;
    if (!outcome.detail.empty()) words += ", " + outcome.detail;
    return words;
}

bool IsDone(const Outcome& outcome) { return outcome.kind == OutcomeKind::kDone; }
bool IsRefused(const Outcome& outcome) { return outcome.kind == OutcomeKind::kRefused; }

// The look-up the gateway makes when it does not know: found, absent, or why neither.
struct Looked {
    bool found = false, absent = false;
    Outcome outcome;
};
Looked Look(Stage& stage, const Announcement& announcement) {
    Looked looked;
    looked.outcome = stage.Call("return.lookup", announcement.command).outcome;
    looked.found = IsDone(looked.outcome) && looked.outcome.answer != "absent";
    looked.absent = IsDone(looked.outcome) && looked.outcome.answer == "absent";
    return looked;
}

Judgement MustBeFound(Stage& stage, const Announcement& announcement, const std::string& when) {
    if ((stage.offers() & kLookup) == 0)
        return NotTested("the connector has no look-up by our reference");
    const Looked looked = Look(stage, announcement);
    if (looked.found)
        return Passed(when + ", the look-up finds it as '" + looked.outcome.their_reference + "'");
    return Failed(when + ", the look-up by our reference does not find it (" +
                  Words(looked.outcome) + ")");
}

// An answer from which a program can tell what happened.
Judgement MustBeDefinite(Stage& stage, const Announcement& announcement, const Called& called) {
    if (!called.trouble.empty())
        return NotTested("the connector cannot make this call: " + called.trouble);
    if (IsRefused(called.outcome)) return Passed("it is refused (" + Words(called.outcome) + ")");
    if (!IsDone(called.outcome))
        return Failed("it is neither taken nor refused (" + Words(called.outcome) + ")");
    if ((stage.offers() & kLookup) == 0) return Passed("it is taken");
    return MustBeFound(stage, announcement, "it is taken");
}

}  // namespace

Judgement CredentialsAccepted(Stage& stage) {
    if (stage.connector().FindOperation("check") == nullptr)
        return NotTested("the connector has no harmless call to try");
    const Called called = stage.Call("check", Json::Object());
    if (IsDone(called.outcome)) return Passed("the credentials are accepted");
    return Failed("the credentials are not accepted (" + Words(called.outcome) + ")");
}

Judgement CredentialsRefused(Stage& stage) {
    if (stage.connector().manifest().auth.type == connectors::Authentication::Type::kNone)
        return Failed("the API takes no credentials");
    Announcement made = stage.NewReturn();
    const Called called = stage.Call("return.create", made.command, {.wrong_secret = true});
    if (called.outcome.reason == "credentials") return Passed("a wrong secret is refused");
    if (IsDone(called.outcome)) return Failed("a return was announced with a wrong secret");
    return Failed("a wrong secret is not refused as one: 401 or 403 is expected (" +
                  Words(called.outcome) + ")");
}

Judgement CreateAndFind(Stage& stage) {
    Announcement made = stage.NewReturn(2);
    if (auto wrong = stage.Create(made)) return *wrong;
    if (made.their_reference.empty()) return Failed("the answer carries no reference of theirs");
    const Looked looked = Look(stage, made);
    if (looked.found && looked.outcome.their_reference != made.their_reference)
        return Failed("it was created as '" + made.their_reference + "' and is found as '" +
                      looked.outcome.their_reference + "'");
    return MustBeFound(stage, made, "after an ordinary announcement");
}

Judgement CreateWithCutAnswer(Stage& stage) {
    const Announcement made = stage.NewReturn();
    const Called called = stage.Call("return.create", made.command, {.cut_answer = true});
    if (IsRefused(called.outcome))
        return Failed("the return is refused (" + Words(called.outcome) + ")");
    return MustBeFound(stage, made, "after an announcement whose answer was cut");
}

Judgement CreateTwice(Stage& stage) {
    const Announcement made = stage.NewReturn();
    static_cast<void>(stage.Call("return.create", made.command, {.cut_answer = true}));
    const Called again = stage.Call("return.create", made.command);
    if (IsRefused(again.outcome))
        return Passed("the second announcement is refused (" + Words(again.outcome) + ")");
    if (!IsDone(again.outcome))
        return Failed("whether the second announcement was taken cannot be told (" +
                      Words(again.outcome) + ")");
    const Called third = stage.Call("return.create", made.command);
    const Looked looked = Look(stage, made);
    const std::string& second = again.outcome.their_reference;
    for (const std::string& other :
         {third.outcome.their_reference, looked.outcome.their_reference}) {
        if (!other.empty() && other != second)
            return Failed("one return of ours is with them as '" + second + "' and as '" + other +
                          "'");
    }
    return Passed("the same announcement, sent again, is the same return '" + second + "'");
}

Judgement CreateUnicode(Stage& stage) {
    const Announcement made = stage.NewReturn(1, "-\xC3\x9C\xC3\x9F\xE6\xBC\xA2\xF0\x9F\x91\x9F");
    return MustBeDefinite(stage, made, stage.Call("return.create", made.command));
}

Judgement CreateBig(Stage& stage) {
    Announcement made = stage.NewReturn();
    Json lines = Json::Array();
    const auto& skus = stage.options().skus;
    for (int at = 0; at < kManyLines; ++at) {
        lines.Append(
            Json::Object({{"id", Json::String(std::to_string(at + 1))},
                          {"sku", Json::String(skus[static_cast<std::size_t>(at) % skus.size()])},
                          {"quantity", Json::Int(1)},
                          {"reason", Json::String("certification")}}));
    }
    made.command.Set("lines", std::move(lines));
    return MustBeDefinite(stage, made, stage.Call("return.create", made.command));
}

Judgement CreateNonsense(Stage& stage) {
    const Announcement made = stage.NewReturn(0);
    const Called called = stage.Call("return.create", made.command);
    if (!called.trouble.empty())
        return NotTested("the connector does not send it: " + called.trouble);
    if (IsRefused(called.outcome)) return Passed("it is refused (" + Words(called.outcome) + ")");
    if (IsDone(called.outcome)) return Failed("a return of nothing is taken");
    return Failed("a return of nothing is not refused by 4xx (" + Words(called.outcome) + ")");
}

Judgement CreateUnknownField(Stage& stage) {
    const Announcement made = stage.NewReturn();
    const Called called = stage.Call("return.create", made.command, {.unknown_field = true});
    if (IsDone(called.outcome)) return Passed("a member they do not know is passed over");
    return Failed("a member they do not know makes the call fail (" + Words(called.outcome) + ")");
}

Judgement LookupAbsent(Stage& stage) {
    const Announcement never = stage.NewReturn();
    const Looked looked = Look(stage, never);
    if (looked.absent) return Passed("it is told as absent");
    if (looked.found) return Failed("a return nobody announced is found");
    return Failed("whether it is there cannot be told (" + Words(looked.outcome) + ")");
}

Judgement CancelBefore(Stage& stage) {
    Announcement made = stage.NewReturn();
    if (auto wrong = stage.Create(made)) return *wrong;
    const Called called = stage.Call("return.cancel", stage.CancelCommand(made));
    if (IsDone(called.outcome)) return Passed("a return that is not on its way is cancelled");
    return Failed("it cannot be cancelled (" + Words(called.outcome) + ")");
}

Judgement CancelTwice(Stage& stage) {
    Announcement made = stage.NewReturn();
    if (auto wrong = stage.Create(made)) return *wrong;
    static_cast<void>(stage.Call("return.cancel", stage.CancelCommand(made), {.cut_answer = true}));
    const Called again = stage.Call("return.cancel", stage.CancelCommand(made));
    if (IsDone(again.outcome) || IsRefused(again.outcome))
        return Passed("the second time is answered clearly (" + Words(again.outcome) + ")");
    return Failed("after a cut answer the second try tells nothing (" + Words(again.outcome) + ")");
}

Judgement CancelUnknown(Stage& stage) {
    Announcement never = stage.NewReturn();
    never.their_reference = "404404404";
    const Called called = stage.Call("return.cancel", stage.CancelCommand(never));
    if (IsRefused(called.outcome)) return Passed("it is refused (" + Words(called.outcome) + ")");
    if (IsDone(called.outcome)) return Failed("a return that never was is cancelled");
    return Failed("a return that never was is not refused by 4xx (" + Words(called.outcome) + ")");
}

Judgement CancelAfterArrival(Stage& stage) {
    Announcement made = stage.NewReturn();
    if (auto wrong = stage.Create(made)) return *wrong;
    if (auto wrong = stage.Play(made)) return *wrong;
    if ((stage.offers() & kListening) != 0) stage.Collect(made, 1);
    const Called called = stage.Call("return.cancel", stage.CancelCommand(made));
    if (IsRefused(called.outcome)) return Passed("it is refused (" + Words(called.outcome) + ")");
    if (IsDone(called.outcome)) return Failed("a return whose parcel has arrived is cancelled");
    return Failed("it is neither done nor refused (" + Words(called.outcome) + ")");
}

Judgement CancelRace(Stage& stage) {
    if (stage.options().control_url.empty())
        return NotTested("nobody is quick enough by hand: it needs --control");
    Announcement made = stage.NewReturn();
    if (auto wrong = stage.Create(made)) return *wrong;
    if (auto wrong = stage.Play(made)) return *wrong;
    const Called called = stage.Call("return.cancel", stage.CancelCommand(made));
    if (!IsDone(called.outcome) && !IsRefused(called.outcome))
        return Failed("who won cannot be told (" + Words(called.outcome) + ")");
    const Deliveries told = stage.Collect(made, [](const Deliveries& mine) {
        return std::any_of(mine.begin(), mine.end(), [](const Delivery& delivery) {
            return std::any_of(
                delivery.reading.events.begin(), delivery.reading.events.end(),
                [](const Envelope& event) { return event.type == EventType::kParcelDelivered; });
        });
    });
    bool arrived = false;
    for (const Delivery& delivery : told)
        for (const Envelope& event : delivery.reading.events)
            arrived = arrived || event.type == EventType::kParcelDelivered;
    if (IsDone(called.outcome) && arrived)
        return Failed("they cancelled it, and tell its arrival as well");
    if (IsRefused(called.outcome) && !arrived)
        return Failed("they refused to cancel it since it has arrived, and never tell its arrival");
    return Passed(arrived ? "the arrival won, and both sides know" : "the cancelling won");
}

Judgement TheirRateLimit(Stage& stage) {
    Announcement made = stage.NewReturn();
    if (auto wrong = stage.Play(made)) return *wrong;
    const Called called = stage.Call("return.create", made.command);
    if (called.result.answer.status != 429)
        return NotTested("the next call was not answered 429 (" + Words(called.outcome) + ")");
    if (called.outcome.kind != OutcomeKind::kNotDone)
        return Failed("their 429 does not mean that nothing was done (" + Words(called.outcome) +
                      ")");
    if (!called.outcome.retry_after)
        return Failed("their 429 does not say when to come again (Retry-After)");
    return Passed("their 429 says to come again in " +
                  std::to_string(called.outcome.retry_after->count() / 1000) + " s");
}

Judgement TheirServerError(Stage& stage) {
    Announcement made = stage.NewReturn();
    if (auto wrong = stage.Play(made)) return *wrong;
    const Called called = stage.Call("return.create", made.command);
    if (called.result.answer.status < 500)
        return NotTested("the next call was not answered 500 (" + Words(called.outcome) + ")");
    const Looked looked = Look(stage, made);
    if (looked.found) return Passed("after their 500 the look-up shows that it was done");
    if (!looked.absent)
        return Failed("after their 500 nothing tells whether it was done (" +
                      Words(looked.outcome) + ")");
    const Called again = stage.Call("return.create", made.command);
    if (IsDone(again.outcome)) return MustBeFound(stage, made, "after their 500 and a second try");
    return Failed("after their 500 the second try fails (" + Words(again.outcome) + ")");
}

Judgement TheirSlowAnswer(Stage& stage) {
    Announcement made = stage.NewReturn();
    const std::int64_t slow_ms = kOurDeadlineMs + 500;
    const Json more = Json::Object({{"slow_ms", Json::Int(slow_ms)}});
    if (auto wrong = stage.Play(made, more)) return *wrong;
    const Called called =
        stage.Call("return.create", made.command, {.deadline_ms = kOurDeadlineMs});
    if (called.result.failure != connectors::TransportFailure::kMaybeSent)
        return NotTested("the next call was not answered late (" + Words(called.outcome) + ")");
    stage.Rest(Millis(slow_ms));
    return MustBeFound(stage, made, "after an answer that came too late");
}

Judgement LabelExpires(Stage& stage) {
    Announcement made = stage.NewReturn();
    if (auto wrong = stage.Create(made)) return *wrong;
    const std::string before = Look(stage, made).outcome.status;
    if (auto wrong = stage.Play(made)) return *wrong;
    const bool listening = (stage.offers() & kListening) != 0;
    if (listening && !stage.Collect(made, 1).empty()) return Passed("a callback tells of it");
    const std::string after = Look(stage, made).outcome.status;
    if (after != before)
        return Passed("the look-up told '" + before + "' and now tells '" + after + "'");
    return Failed("neither a callback nor the look-up tells that the label has expired");
}

}  // namespace returns::gateway::certify
