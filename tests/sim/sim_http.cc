#include "tests/sim/sim_http.h"

#include "schemas/check.h"

#include <charconv>

namespace returns::sim {

using connectors::HttpAnswer;
using connectors::HttpResult;
using connectors::TransportFailure;

namespace {

std::string Decode(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%' || at + 2 >= text.size()) {
            out += text[at];
            continue;
        }
        int code = 0;
        std::from_chars(text.data() + at + 1, text.data() + at + 3, code, 16);
        out += static_cast<char>(code);
        at += 2;
    }
    return out;
}

HttpResult Answered(HttpAnswer answer) {
    HttpResult result;
    result.answer = std::move(answer);
    return result;
}

}  // namespace

HttpAnswer Answer(int status, const Json& body) {
    HttpAnswer answer;
    answer.status = status;
    answer.headers.emplace_back("Content-Type", "application/json");
    if (!body.IsNull()) answer.body = WriteJson(body);
    return answer;
}

std::map<std::string, std::string> ReadForm(std::string_view text) {
    std::map<std::string, std::string> form;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view member = text.substr(0, end);
        const std::size_t equals = std::min(member.find('='), member.size());
        form[Decode(member.substr(0, equals))] =
            equals < member.size() ? Decode(member.substr(equals + 1)) : "";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return form;
}

std::string PathOf(const connectors::HttpRequest& request) {
    return request.target.substr(0, request.target.find('?'));
}

std::map<std::string, std::string> QueryOf(const connectors::HttpRequest& request) {
    const std::size_t mark = request.target.find('?');
    return mark == request.target.npos
               ? std::map<std::string, std::string>()
               : ReadForm(std::string_view(request.target).substr(mark + 1));
}

void SimHttp::Finish(const HttpCall& call, Millis after, HttpResult result) {
    if (on_complete) on_complete(call, result);
    scene_.After(after, [id = call.id, result = std::move(result),
                         waiting = std::weak_ptr(done_)]() mutable {
        if (const auto done = waiting.lock()) done->push_back({id, std::move(result)});
    });
}

void SimHttp::Fail(const HttpCall& call, Millis after, TransportFailure failure) {
    HttpResult result;
    result.failure = failure;
    result.detail = failure == TransportFailure::kNotSent ? "connection refused" : "time-out";
    Finish(call, after, std::move(result));
}

// The faults in which nothing arrives; true when one happened.
bool SimHttp::Obstructed(const HttpCall& call) {
    const Millis deadline(call.request.total_timeout_ms);
    if (scene_.Strikes(Fault::kUnreachable)) {
        Fail(call, Millis(50), TransportFailure::kNotSent);
        return true;
    }
    if (scene_.Strikes(Fault::kRequestLost)) {
        Fail(call, deadline, TransportFailure::kMaybeSent);
        return true;
    }
    if (scene_.Strikes(Fault::kRateLimited)) {
        HttpAnswer answer = Answer(429, Json());
        answer.headers.emplace_back("Retry-After", "30");
        Finish(call, Millis(100), Answered(std::move(answer)));
        return true;
    }
    if (scene_.Strikes(Fault::kErrorBefore)) {
        Finish(call, Millis(200), Answered(Answer(500, Json())));
        return true;
    }
    return false;
}

void SimHttp::Submit(HttpCall call) {
    if (on_submit) on_submit(call);
    scene_.Trace("http " + call.base_url + " " + call.request.method + " " + call.request.target +
                 " " + call.request.body);
    if (!Obstructed(call)) Carry(call);
}

void SimHttp::Carry(const HttpCall& call) {
    Partner* partner = partners_.at(call.base_url);
    const Millis deadline(call.request.total_timeout_ms);
    if (partner->TakesLate() && scene_.Strikes(Fault::kRequestSlow)) {
        Fail(call, deadline, TransportFailure::kMaybeSent);
        scene_.After(scene_.chance.Span(deadline, 10 * kMinute),
                     [partner, request = call.request] { partner->Serve(request); });
        return;
    }
    const bool lost = scene_.Strikes(Fault::kAnswerLost);
    const bool cut = scene_.Strikes(Fault::kAnswerCut);
    const bool error = scene_.Strikes(Fault::kErrorAfter);
    const Millis there = scene_.chance.Span(Millis(1), Millis(2000));
    const Millis back = scene_.chance.Span(Millis(1), Millis(5000));
    scene_.After(there, [this, alive = std::weak_ptr(done_), partner, call, lost, cut, error, back,
                         deadline] {
        HttpAnswer answer = partner->Serve(call.request);
        if (alive.expired()) return;  // whoever asked is gone
        if (lost) {
            Fail(call, deadline, TransportFailure::kMaybeSent);
            return;
        }
        if (cut) {
            answer.complete = false;
            answer.body.resize(answer.body.size() / 2);
        }
        if (error) answer = Answer(500, Json());
        Finish(call, back, Answered(std::move(answer)));
    });
}

}  // namespace returns::sim
