#include "gateway/http_door_conversation.h"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/String.h>
#include <Poco/Timestamp.h>

#include <algorithm>
#include <utility>

namespace returns::gateway {
namespace {

DoorReply Refuse(int status, std::string code, std::string detail) {
    return ProblemReply({.status = status, .code = std::move(code), .detail = std::move(detail)});
}

// A proxy adds its own caller's address as the last one of the last field; what stands before it
// is hearsay.
std::string CallerOf(const std::string& peer, const connectors::HttpHeaders& headers) {
    std::string_view reported;
    for (const auto& [name, value] : headers)
        if (Poco::icompare(name, "X-Forwarded-For") == 0) reported = value;
    reported.remove_prefix(std::min(reported.rfind(',') + 1, reported.size()));
    while (!reported.empty() && reported.front() == ' ') reported.remove_prefix(1);
    Poco::Net::IPAddress address;
    return Poco::Net::IPAddress::tryParse(std::string(reported), address) ? address.toString()
                                                                          : peer;
}

// One request with the sink, until its answer is written or the connection broke.
class InFlightCount {
public:
    explicit InFlightCount(std::atomic<int>& count) : count_(count) { ++count_; }
    ~InFlightCount() { Done(); }
    void Done() {
        if (!std::exchange(done_, true)) --count_;
    }

private:
    std::atomic<int>& count_;
    bool done_ = false;
};

}  // namespace

SteadyTime After(std::int64_t ms) {
    return std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
}

DoorReply ProblemReply(const Problem& problem) {
    return DoorReply{.status = problem.status,
                     .headers = {{"Content-Type", std::string(kProblemType)}},
                     .body = WriteProblem(problem)};
}

DoorReply Unavailable(std::string code, std::string detail) {
    DoorReply reply = ProblemReply(
        {.status = 503, .code = std::move(code), .detail = std::move(detail), .retryable = true});
    reply.headers.emplace_back("Retry-After", "1");
    return reply;
}

DoorReply Draining() { return Unavailable("draining", "this gateway is stopping; send it again"); }

std::string WriteReply(const DoorReply& reply, bool with_body, bool close) {
    AnswerHead head{reply.status, reply.headers, close ? "close" : "keep-alive"};
    head.headers.emplace_back("Date", Poco::DateTimeFormatter::format(
                                          Poco::Timestamp(), Poco::DateTimeFormat::HTTP_FORMAT));
    return WriteAnswer(head, reply.body, with_body);
}

bool IsProxy(const DoorOptions& options, const std::string& peer) {
    return std::find(options.proxies.begin(), options.proxies.end(), peer) != options.proxies.end();
}

void Conversation::Serve() {
    for (int n = 1; ServeOne(n >= state_.options.requests_per_connection_max); ++n) {
    }
}

// Serves the next request; false when the connection ends here.
bool Conversation::ServeOne(bool last) {
    if (state_.stopping) return false;
    if (buffer_.empty() &&
        stream_.ReadSome(After(state_.options.idle_timeout_ms), buffer_) != ReadEnd::kBytes)
        return false;
    const SteadyTime deadline = After(state_.options.read_timeout_ms);
    head_ = {};
    request_ = {};
    bool gone = false;
    auto refusal = ReadHead(deadline, gone);
    if (!refusal && !gone) refusal = CheckHead();
    if (!refusal && !gone) refusal = ReadBody(deadline, gone);
    if (gone) return false;
    if (refusal) {
        ++state_.counts.refused_requests;
        if (Write(*refusal, true)) Linger();
        return false;
    }
    return AnswerRequest(last || !head_.keep_alive || head_.end == BodyEnd::kChunked);
}

bool Conversation::AnswerRequest(bool close) {
    InFlightCount counted(state_.in_flight);
    // Read after the count: once draining is set and the count is zero, nothing is asked any more.
    const bool accepted = !state_.draining;
    const DoorReply reply = accepted ? ask_(std::move(request_)) : Draining();
    const bool ending = close || state_.draining;
    const bool written = Write(reply, ending);
    counted.Done();
    if (written && ending) Linger();
    return written && !ending;
}

bool Conversation::Write(const DoorReply& reply, bool close) {
    return stream_.WriteAll(After(state_.options.write_timeout_ms),
                            WriteReply(reply, head_.method != "HEAD", close));
}

std::optional<DoorReply> Conversation::ReadMore(SteadyTime deadline, bool& gone) {
    switch (stream_.ReadSome(deadline, buffer_)) {
        case ReadEnd::kBytes:
            return std::nullopt;
        case ReadEnd::kClosed:
            gone = true;
            return std::nullopt;
        case ReadEnd::kTimeout:
            break;
    }
    ++state_.counts.read_timeouts;
    return Refuse(408, "request_timeout", "the request did not arrive in time");
}

std::optional<DoorReply> Conversation::ReadHead(SteadyTime deadline, bool& gone) {
    const WireLimits limits;
    std::size_t end = 0;
    while ((end = FindHeadEnd(buffer_)) == 0) {
        if (buffer_.size() > limits.head_bytes_max)
            return Refuse(431, "header_too_long", "the header is too long");
        if (auto refusal = ReadMore(deadline, gone); refusal || gone) return refusal;
    }
    const auto bad = ReadRequestHead(std::string_view(buffer_).substr(0, end), limits, head_);
    if (bad) return Refuse(bad->status, bad->code, bad->text);
    buffer_.erase(0, end);
    return std::nullopt;
}

// What can be decided before the body.
std::optional<DoorReply> Conversation::CheckHead() {
    if (state_.draining) return Draining();
    const std::size_t mark = std::min(head_.target.find('?'), head_.target.size());
    request_.method = head_.method == "HEAD" ? "GET" : head_.method;
    request_.path = head_.target.substr(0, mark);
    request_.query = head_.target.substr(std::min(mark + 1, head_.target.size()));
    request_.peer = IsProxy(state_.options, peer_) ? CallerOf(peer_, head_.headers) : peer_;
    request_.headers = std::move(head_.headers);
    if (head_.length > BodyLimit()) return TooLarge();
    if (!state_.admission) return std::nullopt;
    try {
        return state_.admission(request_);
    } catch (...) {
        ++state_.counts.failures;
        return ProblemReply(ProblemOf(Error{}));
    }
}

std::optional<DoorReply> Conversation::ReadBody(SteadyTime deadline, bool& gone) {
    if (head_.end == BodyEnd::kNone) return std::nullopt;
    if (head_.expects_continue && buffer_.empty() &&
        !stream_.WriteAll(deadline, "HTTP/1.1 100 Continue\r\n\r\n")) {
        gone = true;
        return std::nullopt;
    }
    if (head_.end == BodyEnd::kChunked) return ReadChunks(deadline, gone);
    const auto length = static_cast<std::size_t>(head_.length);
    while (buffer_.size() < length)
        if (auto refusal = ReadMore(deadline, gone); refusal || gone) return refusal;
    request_.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return std::nullopt;
}

std::optional<DoorReply> Conversation::ReadChunks(SteadyTime deadline, bool& gone) {
    ChunkReader chunks(BodyLimit());
    for (;;) {
        std::size_t taken = 0;
        const ChunkReader::State state = chunks.Feed(buffer_, taken);
        buffer_.erase(0, taken);
        if (state == ChunkReader::State::kDone) break;
        if (state == ChunkReader::State::kTooLong) return TooLarge();
        if (state == ChunkReader::State::kBroken)
            return Refuse(400, "bad_chunk", "the body's chunks are ill-formed");
        if (auto refusal = ReadMore(deadline, gone); refusal || gone) return refusal;
    }
    request_.body = chunks.TakeBody();
    return std::nullopt;
}

// Says that nothing more will come and reads on for a moment: closing with unread bytes would
// reset the connection, and the answer with it.
void Conversation::Linger() {
    stream_.EndSending();
    const SteadyTime deadline = After(state_.options.linger_timeout_ms);
    do {
        buffer_.clear();
    } while (stream_.ReadSome(deadline, buffer_) == ReadEnd::kBytes);
}

std::int64_t Conversation::BodyLimit() const {
    const DoorOptions& options = state_.options;
    for (const auto& [prefix, limit] : options.body_limits)
        if (request_.path.compare(0, prefix.size(), prefix) == 0)
            return std::min(limit, options.body_bytes_max);
    return options.body_bytes_max;
}

DoorReply Conversation::TooLarge() const {
    return Refuse(
        413, "body_too_large",
        "the body is longer than the " + std::to_string(BodyLimit()) + " bytes taken here");
}

}  // namespace returns::gateway
