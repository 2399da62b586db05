#include "tests/sandbox/candidate.h"

#include "connectors/crypto.h"
#include "gateway/system_clock.h"

#include <algorithm>
#include <utility>

namespace returns::sandbox {
namespace {

constexpr int kTriesMax = 8;
constexpr int kOurPatienceMs = 1000;  // for an answer to a callback
constexpr std::chrono::milliseconds kFirstPause{5000};
constexpr auto kHour = std::chrono::hours(1);

Json Text(const std::string& value) { return Json::String(value); }

WebAnswer Problem(int status, const std::string& why) {
    return JsonAnswer(status, Json::Object({{"error", Text(why)}}));
}

Instant Now() { return gateway::SystemClock::Wall(); }

std::int64_t Quantity(const Json& wish) {
    const auto quantity = wish["quantity"].AsInt();
    return quantity.ok() ? *quantity : 1;
}

Json Line(const Json& wish, std::int64_t accepted, std::int64_t rejected,
          const std::string& mismatch = "") {
    return Json::Array({Json::Object({{"sku", wish["lines"].Items().at(0)["sku"]},
                                      {"accepted", Json::Int(accepted)},
                                      {"rejected", Json::Int(rejected)},
                                      {"mismatch", Text(mismatch)}})});
}

}  // namespace

Candidate::Candidate(CandidateFaults faults)
    : faults_(faults),
      client_(gateway::HttpClientAdapter::Make({.workers = 1},
                                               [this] {
                                                   const std::lock_guard lock(mutex_);
                                                   changed_.notify_all();
                                               })
                  .value()),
      thread_([this] { Run(); }),
      web_(0, mutex_, [this](const WebRequest& request) { return Serve(request); }) {}

Candidate::~Candidate() {
    web_.Stop();
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_all();
    }
    thread_.join();
}

std::string Candidate::url() const { return "http://127.0.0.1:" + std::to_string(web_.port()); }

WebAnswer Candidate::Serve(const WebRequest& request) {
    if (request.path == "/control/outstanding")
        return JsonAnswer(200, Json::Object({{"deliveries", Json::Int(static_cast<std::int64_t>(
                                                                queue_.size() + under_way_))}}));
    if (request.path == "/control/play") {
        const auto wish = ParseJson(request.body);
        return wish.ok() ? Play(*wish) : Problem(400, "not JSON");
    }
    if (!faults_.takes_any_token &&
        request.Header("Authorization") != std::string("Bearer ") + kCandidateToken)
        return Problem(401, "unknown token");
    if (request.path == "/ping") return JsonAnswer(200, Json::Object());
    if (request.path == "/returns" && request.method == "POST") return Create(request);
    if (request.path == "/returns") return Find(request.Query("reference"));
    const std::string_view path = request.path;
    constexpr std::string_view kFront = "/returns/", kBack = "/cancel";
    if (path.starts_with(kFront) && path.ends_with(kBack))
        return Cancel(
            std::string(path.substr(kFront.size(), path.size() - kFront.size() - kBack.size())));
    return Problem(404, "no such address");
}

WebAnswer Candidate::Create(const WebRequest& request) {
    const std::string manner = std::exchange(next_answer_, "");
    if (manner == "answer-429") {
        WebAnswer answer = Problem(429, "too many calls");
        if (!faults_.sloppy) answer.headers.emplace_back("Retry-After", "2");
        return answer;
    }
    if (manner == "answer-500") return Problem(500, "something broke");
    const auto body = ParseJson(request.body);
    if (!body.ok()) return Problem(400, body.error().text);
    const std::string reference = (*body)["reference"].AsString();
    for (const Json& line : (*body)["lines"].Items()) {
        const auto quantity = line["quantity"].AsInt();
        if (!faults_.sloppy && (!quantity.ok() || *quantity < 1))
            return Problem(422, "a quantity is below 1");
    }
    if (faults_.sloppy && body->Members().size() > 3) return Problem(400, "an unknown member");
    if (reference.empty() || (*body)["lines"].Items().empty())
        return Problem(422, "reference and lines are needed");
    if (faults_.doubles_returns)
        returns_.push_back({"rt-" + std::to_string(returns_.size() + 1), reference, "announced"});
    const Return& made = faults_.doubles_returns ? returns_.back() : Of(reference);
    WebAnswer answer =
        JsonAnswer(201, Json::Object({{"id", Text(made.id)}, {"status", Text(made.status)}}));
    if (manner == "answer-slow") answer.delay = Millis(slow_ms_);
    return answer;
}

Candidate::Return& Candidate::Of(const std::string& reference) {
    for (Return& known : returns_)
        if (known.reference == reference) return known;
    returns_.push_back({"rt-" + std::to_string(returns_.size() + 1), reference, "announced"});
    return returns_.back();
}

WebAnswer Candidate::Find(const std::string& reference) const {
    Json items = Json::Array();
    for (const Return& known : returns_)
        if (known.reference == reference && !faults_.finds_nothing)
            items.Append(Json::Object({{"id", Text(known.id)}, {"status", Text(known.status)}}));
    if (faults_.sloppy && items.Items().empty())
        items.Append(Json::Object({{"id", Text("rt-any")}, {"status", Text("announced")}}));
    return JsonAnswer(200, Json::Object({{"items", std::move(items)}}));
}

WebAnswer Candidate::Cancel(const std::string& id) {
    if (faults_.sloppy) return JsonAnswer(200, Json::Object());
    for (Return& known : returns_) {
        if (known.id != id) continue;
        if (known.status == "arrived") return Problem(409, "its parcel has arrived");
        known.status = "cancelled";
        return JsonAnswer(200, Json::Object());
    }
    return Problem(404, "no such return");
}

WebAnswer Candidate::Play(const Json& wish) {
    const std::string scenario = wish["scenario"].AsString();
    const auto hurry = wish["hurry"].AsInt(), slow = wish["slow_ms"].AsInt();
    hurry_ = hurry.ok() ? std::max<std::int64_t>(1, *hurry) : 1;
    if (scenario.starts_with("answer-")) {
        next_answer_ = scenario;
        slow_ms_ = slow.ok() ? *slow : 0;
        return JsonAnswer(202, Json::Object());
    }
    if (PlayParcel(scenario, wish) || PlayInspection(scenario, wish))
        return JsonAnswer(202, Json::Object());
    return Problem(404, "no such scenario");
}

bool Candidate::PlayParcel(const std::string& scenario, const Json& wish) {
    const std::string arrived = "parcel.delivered";
    const Instant now = Now();
    if (scenario == "label-expired") {
        if (faults_.sloppy) return true;
        Of(wish["reference"].AsString()).status = "label_expired";
        Send(wish, Tell(wish, "partner.unknown_status", now));
        return true;
    }
    if (scenario == "reordered") {
        Send(wish, Tell(wish, "return.opened", now - kHour));
        Send(wish, Tell(wish, arrived, now - 2 * kHour));
        return true;
    }
    std::string body = Tell(wish, arrived, scenario == "late" ? now - kHour : now);
    if (scenario == "odd-bytes") {
        body.pop_back();
        body += R"(, "weight": 614.40, "note":")" + wish["text"].AsString() + "\"}";
    } else if (scenario == "rotate-key") {
        key_ = faults_.sloppy ? 0 : 1;
    } else if (scenario == "repeat") {
        const std::string id = "msg-r" + std::to_string(++messages_);
        Send(wish, body, id);
        Send(wish, body, faults_.new_ids_for_repeats ? id + "-again" : id);
        return true;
    } else if (scenario != "arrive" && scenario != "late") {
        return false;
    }
    Of(wish["reference"].AsString()).status = "arrived";
    Send(wish, body);
    return true;
}

bool Candidate::PlayInspection(const std::string& scenario, const Json& wish) {
    const std::int64_t quantity = Quantity(wish);
    const Instant now = Now();
    const auto inspected = [&](Instant at, Json lines) {
        Send(wish, Tell(wish, "return.inspected", at, std::move(lines)));
    };
    if (scenario == "partial") {
        const std::int64_t then = faults_.tells_differences ? quantity - 1 : quantity;
        inspected(now - std::chrono::minutes(1), Line(wish, 1, 0));
        inspected(now, Line(wish, then, 0));
    } else if (scenario == "short") {
        inspected(now, Line(wish, quantity - 1, 0, "short"));
    } else if (scenario == "empty") {
        inspected(now, Line(wish, 0, 0, faults_.calls_boxes_short ? "short" : "empty"));
    } else if (scenario == "wrong-item") {
        inspected(now, Line(wish, 0, quantity, "wrong_item"));
    } else {
        return false;
    }
    return true;
}

std::string Candidate::Tell(const Json& wish, const std::string& type, Instant at,
                            Json lines) const {
    if (faults_.sloppy) {
        at = Now();
        const Json exact = std::exchange(lines, Json());
        for (const Json& line : exact.Items()) {
            Json plain = line;
            plain.Set("mismatch", Text(""));
            lines.Append(std::move(plain));
        }
    }
    Json body = Json::Object({{"type", Text(type)},
                              {"reference", wish["reference"]},
                              {"return", wish["their_reference"]},
                              {"at", Text(FormatInstant(at))}});
    if (!lines.IsNull()) body.Set("lines", std::move(lines));
    return WriteJson(body);
}

void Candidate::Send(const Json& wish, std::string body, std::string id) {
    if (id.empty()) id = "msg-" + std::to_string(++messages_);
    queue_.emplace(std::chrono::steady_clock::now(),
                   Message{wish["callback_url"].AsString(), std::move(id), std::move(body)});
    changed_.notify_all();
}

void Candidate::Run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (queue_.empty()) {
            changed_.wait(lock);
        } else if (const SteadyTime due = queue_.begin()->first;
                   due > std::chrono::steady_clock::now()) {
            changed_.wait_until(lock, due);
        } else {
            Message message = std::move(queue_.extract(queue_.begin()).mapped());
            Deliver(lock, std::move(message));
        }
    }
}

void Candidate::Deliver(std::unique_lock<std::mutex>& lock, Message message) {
    ++message.tries;
    ++under_way_;
    connectors::HttpRequest request;
    request.method = "POST";
    const std::size_t path = message.url.find('/', std::string("http://").size());
    request.target = message.url.substr(path);
    request.headers = Sign(message);
    request.body = message.body;
    request.total_timeout_ms = kOurPatienceMs;
    client_->Submit({message.tries, message.url.substr(0, path), std::move(request)});
    std::vector<gateway::HttpCompletion> done;
    while ((done = client_->Take()).empty()) changed_.wait(lock);
    const connectors::HttpResult& result = done.front().result;
    const bool answered = result.failure == connectors::TransportFailure::kNone;
    Settle(std::move(message), answered ? result.answer.status : 0,
           connectors::FindHeader(result.answer.headers, "Retry-After"));
    --under_way_;
}

void Candidate::Settle(Message message, int status, std::string_view retry_after) {
    const bool taken = status >= 200 && status <= 299;
    const bool again = taken ? faults_.repeats_after_success && message.tries == 1
                             : (status < 400 || status == 429 || status >= 500) &&
                                   !faults_.never_retries && message.tries < kTriesMax;
    if (!again) return;
    auto pause = kFirstPause * (1 << (message.tries - 1)) / hurry_;
    if (taken) pause = std::chrono::milliseconds(1);
    if (const auto wanted = connectors::ParseRetryAfter(retry_after, Now()))
        pause = std::max(pause, *wanted);
    queue_.emplace(std::chrono::steady_clock::now() + pause, std::move(message));
}

// Standard Webhooks: the id stays the same over repeats, the time and so the signature do not.
connectors::HttpHeaders Candidate::Sign(const Message& message) const {
    std::string body = message.body;
    if (faults_.signs_rewritten_bodies) body = WriteJson(ParseJson(body).value());
    const std::string key = std::string(kCandidateKeys[key_]).substr(6);
    const std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(
                                     (Now() + faults_.clock_ahead).time_since_epoch())
                                     .count();
    const std::string time = std::to_string(seconds);
    const std::string mac = connectors::HmacSha256(connectors::DecodeBase64(key).value(),
                                                   message.id + "." + time + "." + body);
    return {{"Content-Type", "application/json"},
            {"webhook-id", message.id},
            {"webhook-timestamp", time},
            {"webhook-signature", "v1," + connectors::EncodeBase64(mac)}};
}

}  // namespace returns::sandbox
