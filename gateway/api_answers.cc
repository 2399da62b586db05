// How requests are answered: headers all answers share, JSON, versions, problems, receipts.
#include "connectors/crypto.h"
#include "gateway/api_core.h"
#include "gateway/log.h"
#include "gateway/submit.h"
#include "gateway/trace.h"

#include <algorithm>
#include <charconv>

namespace returns::gateway {
namespace {

std::string_view Trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::string_view TakeItem(std::string_view& list, char mark) {
    const std::size_t end = std::min(list.find(mark), list.size());
    const std::string_view item = Trim(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    return item;
}

// "text/html;q=0" wants it not.
bool IsRefused(std::string_view parameters) {
    while (!parameters.empty()) {
        const std::string_view one = TakeItem(parameters, ';');
        if (!one.starts_with("q=")) continue;
        const std::string_view weight = one.substr(2);
        return weight.find_first_not_of("0.") == std::string_view::npos;
    }
    return false;
}

bool Covers(std::string_view range, std::string_view type) {
    if (range == "*/*" || range == type) return true;
    return range.ends_with("/*") && type.starts_with(range.substr(0, range.size() - 1));
}

}  // namespace

std::string CaseTag(const Case& subject, Role role) {
    return '"' + std::to_string(subject.version) + '-' + std::string(Name(role)) + '"';
}

bool NamesTag(std::string_view list, std::string_view tag) {
    while (!list.empty()) {
        std::string_view item = TakeItem(list, ',');
        if (item.starts_with("W/")) item.remove_prefix(2);
        if (item == "*" || item == tag) return true;
    }
    return false;
}

std::optional<std::int64_t> VersionOfTag(std::string_view tag) {
    if (!tag.starts_with('"')) return std::nullopt;
    tag.remove_prefix(1);
    std::int64_t version = 0;
    const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), version);
    if (error != std::errc() || end == tag.data() + tag.size()) return std::nullopt;
    if (*end != '-' && *end != '"') return std::nullopt;
    return version;
}

bool Api::Core::Accepts(const ApiCallPtr& call, std::string_view type) {
    std::string_view accept = call->Header("Accept");
    if (Trim(accept).empty()) return true;
    bool any = false;
    while (!accept.empty()) {
        std::string_view item = TakeItem(accept, ',');
        const std::string_view range = TakeItem(item, ';');
        if (range == type && IsRefused(item)) return false;
        any = any || (Covers(range, type) && !IsRefused(item));
    }
    return any;
}

// What went wrong here, at most a line a second; and what operators have changed.
void Api::Core::LogAnswer(const ApiCall& call, int status) {
    const bool change = call.request.method == "POST" && call.caller &&
                        call.caller->role == Role::kOperator && call.pattern != "/v1/events";
    if (status < 500 && !change) return;
    const Millis now = parts_.clock.Monotonic();
    if (status >= 500) {
        ++failures_;
        if (logged_failure_ && now - *logged_failure_ < std::chrono::seconds(1)) return;
        logged_failure_ = now;
    }
    // Where no route fits, the method too is whatever somebody sent.
    std::string what = call.pattern.empty() ? std::string("elsewhere")
                                            : call.request.method + " " + std::string(call.pattern);
    what += ": " + std::to_string(status);
    if (status >= 500) what += ", failures so far: " + std::to_string(failures_);
    Log(status >= 500 ? LogLevel::kWarn : LogLevel::kInfo, "http", what, TraceId(call.traceparent));
}

void Api::Core::Answer(const ApiCallPtr& call, DoorReply reply) {
    ++counters_.answers[reply.status];
    LogAnswer(*call, reply.status);
    auto& headers = reply.headers;
    if (connectors::FindHeader(headers, "Cache-Control").empty()) {
        headers.emplace_back("Cache-Control", "no-store");
    }
    headers.emplace_back("X-Content-Type-Options", "nosniff");
    headers.emplace_back("traceparent", call->traceparent);
    if (call->reply) std::exchange(call->reply, nullptr)(std::move(reply));
}

void Api::Core::AnswerJson(const ApiCallPtr& call, int status, const Json& body) {
    DoorReply reply;
    reply.status = status;
    reply.headers.emplace_back("Content-Type", "application/json");
    reply.body = WriteJson(body);
    Answer(call, std::move(reply));
}

void Api::Core::AnswerText(const ApiCallPtr& call, std::string_view type, std::string text) {
    DoorReply reply;
    reply.headers.emplace_back("Content-Type", std::string(type));
    reply.body = std::move(text);
    Answer(call, std::move(reply));
}

void Api::Core::AnswerCase(const ApiCallPtr& call, const Case& subject, const Json& body) {
    const std::string tag = CaseTag(subject, call->caller->role);
    DoorReply reply;
    // Kept by the caller alone and asked about each time: a version is cheap to compare.
    reply.headers = {
        {"ETag", tag}, {"Cache-Control", "private, no-store"}, {"Vary", "Authorization, Accept"}};
    if (NamesTag(call->Header("If-None-Match"), tag)) {
        reply.status = 304;
    } else {
        reply.headers.emplace_back("Content-Type", "application/json");
        reply.body = WriteJson(body);
    }
    Answer(call, std::move(reply));
}

void Api::Core::AnswerTagged(const ApiCallPtr& call, const Json& body) {
    DoorReply reply;
    reply.body = WriteJson(body);
    const std::string tag = '"' + connectors::Sha256Hex(reply.body).substr(0, 16) + '"';
    reply.headers = {
        {"ETag", tag}, {"Cache-Control", "private, no-store"}, {"Vary", "Authorization"}};
    if (NamesTag(call->Header("If-None-Match"), tag)) {
        reply.status = 304;
        reply.body.clear();
    } else {
        reply.headers.emplace_back("Content-Type", "application/json");
    }
    Answer(call, std::move(reply));
}

void Api::Core::AnswerProblem(const ApiCallPtr& call, Problem problem, int retry_after_s) {
    ++counters_.problems;
    problem.trace_id = TraceId(call->traceparent);
    const bool html = call->Header("Accept").find("text/html") != std::string_view::npos;
    DoorReply reply = html ? pages_.Trouble(problem) : ProblemReply(problem);
    if (retry_after_s > 0) reply.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
    Answer(call, std::move(reply));
}

void Api::Core::SubmitAll(const ApiCallPtr& call, std::vector<Input> inputs,
                          std::function<void(const ApiInputs&)> done) {
    SubmitEach(parts_.engine, std::move(inputs),
               [this, call, done = std::move(done)](std::vector<Receipt> receipts, bool all) {
                   if (!all) ++counters_.turned_away;
                   done({call, std::move(receipts), !all});
               });
}

}  // namespace returns::gateway
