// Scenarios, and the callbacks that come of them.
#include "gateway/certify_stage.h"

#include <algorithm>
#include <utility>

namespace returns::gateway::certify {
namespace {

constexpr Millis kGlance{100};
constexpr int kControlMs = 20000;
constexpr std::size_t kDeliveriesMax = 5000;

struct Scenario {
    const char* name;
    const char* instruction;  // to a person; {reference} and others are filled in
};
constexpr Scenario kScenarios[] = {
    {"arrive", "Let the parcel of return {reference} arrive now."},
    {"odd-bytes",
     "Let the parcel of return {reference} arrive, and let the message carry this text "
     "byte for byte as your serialiser writes it: {text}"},
    {"late",
     "Let the parcel of return {reference} have arrived one hour ago, and tell it only now."},
    {"reordered",
     "Let the parcel of return {reference} have arrived two hours ago and been opened one hour "
     "ago; send the message of the opening first, then that of the arrival."},
    {"partial",
     "Inspect return {reference} ({quantity} pieces) in two parts: one good piece, and send the "
     "message; then the other pieces, all good, and send the message."},
    {"short",
     "Inspect return {reference}: one piece less than the {quantity} announced is in the parcel, "
     "the others are good."},
    {"empty", "Inspect return {reference}: the box is empty."},
    {"wrong-item",
     "Inspect return {reference}: all {quantity} pieces in the parcel are another article."},
    {"repeat",
     "Let the parcel of return {reference} arrive, and send that message twice as if our answer "
     "to the first had been lost."},
    {"rotate-key",
     "Sign from now on with the second of the two callback keys, then let the parcel of return "
     "{reference} arrive."},
    {"label-expired",
     "Let the label of return {reference} expire without a parcel having been posted."},
    {"answer-429", "Answer our next call with 429, as you do when we call too often."},
    {"answer-500", "Answer our next call with 500, as you do when something breaks."},
    {"answer-slow", "Answer our next call only after {slow_ms} milliseconds."},
};

std::string Filled(std::string text, const Json& values) {
    for (const auto& [name, value] : values.Members()) {
        const std::string mark = "{" + name + "}";
        const std::size_t at = text.find(mark);
        if (at == std::string::npos) continue;
        text.replace(at, mark.size(), value.IsNumber() ? value.Literal() : value.AsString());
    }
    return text;
}

std::string InstructionOf(std::string_view scenario, const Json& values) {
    for (const Scenario& each : kScenarios)
        if (each.name == scenario) return Filled(each.instruction, values);
    return "Play '" + std::string(scenario) + "'.";
}

DoorReply Reply(int status, const std::string& word) {
    return {status,
            {{"Content-Type", "application/json"}},
            WriteJson(Json::Object({{"status", Json::String(word)}}))};
}

}  // namespace

std::optional<Judgement> Stage::Play(const Announcement& announcement, Json more) {
    more.Set("scenario", Json::String(row_->scenario));
    more.Set("reference", Json::String(announcement.reference));
    more.Set("their_reference", Json::String(announcement.their_reference));
    more.Set("quantity", Json::Int(announcement.quantity));
    more.Set("lines", announcement.command["lines"]);
    if (!options_.listen_host.empty()) more.Set("callback_url", Json::String(callback_url()));
    more.Set("hurry", Json::Int(options_.hurry));
    const std::string instruction = InstructionOf(row_->scenario, more);
    Note("asked", redaction_.Clean(instruction));
    if (options_.control_url.empty()) return AskPerson(instruction);
    connectors::HttpRequest request;
    request.method = "POST";
    request.target = "/play";
    request.headers = {{"Content-Type", "application/json"}};
    request.body = WriteJson(more);
    request.total_timeout_ms = kControlMs;
    const connectors::HttpResult result = Send(*client_, options_.control_url, request);
    if (result.failure != connectors::TransportFailure::kNone)
        return NotTested("the control address does not answer: " + result.detail);
    if (result.answer.status >= 200 && result.answer.status <= 299) return std::nullopt;
    return NotTested("the candidate does not play '" + std::string(row_->scenario) +
                     "': its control address answers " + std::to_string(result.answer.status));
}

// What comes of it shows where callbacks are waited for; elsewhere the person has to say so.
std::optional<Judgement> Stage::AskPerson(const std::string& instruction) {
    const bool shows = (row_->needs & kListening) != 0;
    options_.tell(instruction + (shows ? "" : " Then press Enter."));
    if (shows) return std::nullopt;
    const Millis end = clock_.Monotonic() + options_.wait;
    while (!options_.confirmed()) {
        if (clock_.Monotonic() >= end) return NotTested("nobody said that it was done");
        Pump(kGlance);
    }
    return std::nullopt;
}

DoorReply Stage::Answer(Delivery& delivery) {
    if (!delivery.verified()) return Reply(401, "refused");
    if (answers_.failures == 0 || !IsAbout(delivery, reference_, their_reference_))
        return Reply(202, "accepted");
    --answers_.failures;
    DoorReply reply = Reply(answers_.status, "try again");
    if (!answers_.retry_after.empty())
        reply.headers.emplace_back("Retry-After", answers_.retry_after);
    return reply;
}

void Stage::Take(DoorQueue::Waiting waiting) {
    const std::string path = "/v1/callbacks/candidate";
    if (waiting.request.path != path) return waiting.reply(Reply(404, "no such address"));
    if (waiting.request.method != "POST") return waiting.reply(Reply(405, "only POST"));
    if (!connector_.manifest().callbacks || deliveries_.size() >= kDeliveriesMax)
        return waiting.reply(Reply(503, "not taken"));
    Delivery delivery;
    delivery.arrived = SystemClock::Wall();
    delivery.arrived_at = clock_.Monotonic();
    delivery.during = row_ == nullptr ? "" : row_->name;
    const std::string url = callback_url();
    const connectors::SignedRequest request = {waiting.request.method, url, path,
                                               &waiting.request.headers, waiting.request.body};
    delivery.reading = connector_.ReadCallback(request, settings_, delivery.arrived);
    delivery.request = std::move(waiting.request);
    const bool hold = answers_.hold && answers_.failures > 0 && delivery.verified() &&
                      IsAbout(delivery, reference_, their_reference_);
    if (hold) {
        --answers_.failures;
        held_.push_back({deliveries_.size(), std::move(waiting.reply)});
    } else {
        DoorReply reply = Answer(delivery);
        delivery.answered = reply.status;
        waiting.reply(std::move(reply));
        delivery.answered_at = clock_.Monotonic();
    }
    deliveries_.push_back(std::move(delivery));
}

void Stage::Pump(Millis patience) {
    for (DoorQueue::Waiting& waiting : queue_.Wait(patience)) Take(std::move(waiting));
}

void Stage::LetGo() {
    for (Held& held : held_) held.reply(Reply(503, "too late"));
    held_.clear();
}

Deliveries Stage::Mine() const {
    Deliveries mine;
    for (std::size_t at = first_; at < deliveries_.size(); ++at)
        if (IsAbout(deliveries_[at], reference_, their_reference_)) mine.push_back(deliveries_[at]);
    return mine;
}

// What a sandbox may tell to save both sides the waiting: how many messages it still means to send.
bool Stage::NothingDue() {
    if (options_.control_url.empty() || !asks_what_is_due_) return false;
    connectors::HttpRequest request;
    request.method = "GET";
    request.target = "/outstanding";
    request.total_timeout_ms = kControlMs;
    const auto result = Send(*client_, options_.control_url, request);
    const auto body = ParseJson(result.answer.body);
    const auto due = body.ok() ? (*body)["deliveries"].AsInt() : body.error();
    asks_what_is_due_ = result.answer.status == 200 && due.ok();
    return asks_what_is_due_ && *due == 0;
}

Deliveries Stage::Collect(const Announcement& announcement,
                          const std::function<bool(const Deliveries&)>& enough) {
    reference_ = announcement.reference;
    their_reference_ = announcement.their_reference;
    const Millis end = clock_.Monotonic() + options_.wait;
    for (;;) {
        Pump(Millis(0));
        Deliveries mine = Mine();
        if (enough(mine) || clock_.Monotonic() >= end) return mine;
        if (NothingDue()) {
            Pump(Millis(0));
            return Mine();
        }
        Pump(kGlance);
    }
}

Deliveries Stage::Collect(const Announcement& announcement, std::size_t enough) {
    return Collect(announcement, [&](const Deliveries& mine) { return mine.size() >= enough; });
}

void Stage::Rest(Millis time) {
    const Millis end = clock_.Monotonic() + time;
    while (clock_.Monotonic() < end) {
        if (NothingDue()) return;
        Pump(std::min(kGlance, end - clock_.Monotonic()));
    }
}

void Stage::ShutDoor() {
    LetGo();
    door_.reset();
}

bool Stage::AwaitTry() {
    const Millis end = clock_.Monotonic() + options_.wait;
    for (;;) {
        const bool over = clock_.Monotonic() >= end || NothingDue();
        if (door_->Counters().refused_total_cap > 0) return true;
        if (over) return false;
        Pump(kGlance);
    }
}

}  // namespace returns::gateway::certify
