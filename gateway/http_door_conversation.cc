#include "gateway/http_door_conversation.h"

#include <Poco/Net/IPAddress.h>
#include <Poco/String.h>

#include <algorithm>
#include <utility>

namespace returns::gateway {
namespace {

DoorReply Refusal(int status, std::string code, std::string detail) {
    return ProblemReply({.status = status, .code = std::move(code), .detail = std::move(detail)});
}

// Each proxy adds its own caller's address at the end. So what the last one says is believed, and
// as long as that is a proxy of ours again, what stands before it; all else is hearsay.
std::string CallerOf(const DoorOptions& options, const std::string& peer,
                     const connectors::HttpHeaders& headers) {
    if (!IsProxy(options, peer)) return peer;
    std::string told;
    for (const auto& [name, value] : headers)
        if (Poco::icompare(name, "X-Forwarded-For") == 0) told += "," + value;
    std::string caller = peer;
    while (IsProxy(options, caller) && !told.empty()) {
        const std::size_t comma = told.rfind(',');
        const std::size_t from = told.find_first_not_of(" \t", comma + 1);
        std::string last = from == std::string::npos ? "" : told.substr(from);
        last.erase(last.find_last_not_of(" \t") + 1);
        told.erase(comma);
        Poco::Net::IPAddress address;
        if (!Poco::Net::IPAddress::tryParse(last, address)) break;
        caller = address.toString();
    }
    return caller;
}

// Beyond the door's memory for requests, those of everyday size are still taken.
constexpr std::size_t kSmallBytes = 16 << 10;

// A long request or answer leaves no memory behind on a connection that idles.
void GiveBack(std::string& text) {
    if (text.empty() && text.capacity() > kSmallBytes) std::string().swap(text);
}

DoorReply Draining() { return Unavailable("draining", "this gateway is stopping; send it again"); }

}  // namespace

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

std::string WriteReply(const DoorState& state, const DoorReply& reply, bool with_body, bool close) {
    AnswerHead head{reply.status, reply.headers, close ? "close" : "keep-alive"};
    head.headers.emplace_back("Date", state.date);
    return WriteAnswer(head, reply.body, with_body);
}

bool IsProxy(const DoorOptions& options, const std::string& peer) {
    return std::find(options.proxies.begin(), options.proxies.end(), peer) != options.proxies.end();
}

Conversation::Conversation(DoorState& state, std::string peer, SteadyTime now)
    : state_(state), peer_(std::move(peer)) {
    Enter(Stage::kIdle, state_.options.idle_timeout_ms, now);
}

Conversation::~Conversation() {
    LeaveFlight();
    state_.held_bytes -= held_;
}

void Conversation::Enter(Stage stage, int timeout_ms, SteadyTime now) {
    stage_ = stage;
    deadline_ = now + std::chrono::milliseconds(timeout_ms);
}

void Conversation::LeaveFlight() {
    if (std::exchange(in_flight_, false)) --state_.in_flight;
}

void Conversation::Account() {
    GiveBack(buffer_);
    GiveBack(out_);
    const auto held =
        static_cast<std::int64_t>(buffer_.size() + chunks_.size() + out_.size() + asked_);
    state_.held_bytes += held - std::exchange(held_, held);
}

bool Conversation::HasRoomFor(std::size_t bytes) const {
    return buffer_.size() + chunks_.size() + bytes <= kSmallBytes ||
           state_.held_bytes + static_cast<std::int64_t>(bytes) <= state_.options.held_bytes_max;
}

bool Conversation::wants_bytes() const {
    return stage_ == Stage::kIdle || stage_ == Stage::kHead || stage_ == Stage::kBody ||
           stage_ == Stage::kChunks || stage_ == Stage::kLingering;
}

void Conversation::Refuse(const DoorReply& reply, SteadyTime now) {
    Refuse(reply, now, state_.counts.refused_requests);
}

void Conversation::Received(std::string_view bytes, SteadyTime now) {
    if (stage_ == Stage::kLingering) return;
    if (!HasRoomFor(bytes.size())) {
        return Refuse(Unavailable("busy", "too many large requests are under way"), now,
                      state_.counts.refused_memory);
    }
    buffer_.append(bytes);
    Advance(now);
    Account();
}

void Conversation::Ended() {
    if (wants_bytes()) stage_ = Stage::kOver;
}

// Goes as far as what has arrived allows.
void Conversation::Advance(SteadyTime now) {
    if (stage_ == Stage::kIdle && !buffer_.empty()) {
        head_ = {};
        request_ = {};
        line_ = 0;
        Enter(Stage::kHead, state_.options.read_timeout_ms, now);
    }
    if (stage_ == Stage::kHead && !ReadHead(now)) return;
    if (stage_ == Stage::kBody && !ReadBody(now)) return;
    if (stage_ == Stage::kChunks && !ReadChunks(now)) return;
}

bool Conversation::ReadHead(SteadyTime now) {
    const WireLimits limits;
    const std::size_t rest = FindHeadEnd(std::string_view(buffer_).substr(line_));
    if (rest == 0) {
        line_ = buffer_.rfind('\n') + 1;
        if (buffer_.size() > limits.head_bytes_max)
            Refuse(Refusal(431, "header_too_long", "the header is too long"), now);
        return false;
    }
    const std::size_t end = line_ + rest;
    const auto bad = ReadRequestHead(std::string_view(buffer_).substr(0, end), limits, head_);
    buffer_.erase(0, end);
    auto refusal = bad ? Refusal(bad->status, bad->code, bad->text) : CheckHead();
    if (refusal) {
        Refuse(*refusal, now);
        return false;
    }
    // The request's deadline stays: it is for the whole of it.
    stage_ = head_.end == BodyEnd::kChunked ? Stage::kChunks : Stage::kBody;
    if (stage_ == Stage::kChunks) chunks_ = ChunkReader(BodyLimit());
    if (head_.end != BodyEnd::kNone && head_.expects_continue && buffer_.empty())
        out_ += "HTTP/1.1 100 Continue\r\n\r\n";
    return true;
}

// What can be decided before the body.
std::optional<DoorReply> Conversation::CheckHead() {
    if (state_.draining) return Draining();
    const std::size_t mark = std::min(head_.target.find('?'), head_.target.size());
    request_.method = head_.method == "HEAD" ? "GET" : head_.method;
    request_.path = head_.target.substr(0, mark);
    request_.query = head_.target.substr(std::min(mark + 1, head_.target.size()));
    request_.via_proxy = IsProxy(state_.options, peer_);
    request_.peer = CallerOf(state_.options, peer_, head_.headers);
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

bool Conversation::ReadBody(SteadyTime now) {
    const auto length = static_cast<std::size_t>(head_.length);
    if (buffer_.size() < length) return false;
    std::string rest = buffer_.substr(length);
    buffer_.resize(length);
    request_.body = std::exchange(buffer_, std::move(rest));
    Ask(now);
    return true;
}

bool Conversation::ReadChunks(SteadyTime now) {
    std::size_t taken = 0;
    const ChunkReader::State state = chunks_.Feed(buffer_, taken);
    buffer_.erase(0, taken);
    if (state == ChunkReader::State::kMore) return false;
    if (state == ChunkReader::State::kTooLong) {
        Refuse(TooLarge(), now);
    } else if (state == ChunkReader::State::kBroken) {
        Refuse(Refusal(400, "bad_chunk", "the body's chunks are ill-formed"), now);
    } else {
        request_.body = chunks_.TakeBody();
        Ask(now);
    }
    return true;
}

void Conversation::Ask(SteadyTime now) {
    ++requests_;
    close_ = requests_ >= state_.options.requests_per_connection_max || !head_.keep_alive ||
             head_.end == BodyEnd::kChunked;
    in_flight_ = true;
    ++state_.in_flight;
    // Read after the count: once draining is set and the count is zero, nothing is asked any more.
    if (state_.draining) {
        ++state_.counts.refused_requests;
        Answer(Draining(), true, now);
        return;
    }
    ++number_;
    request_ready_ = true;
    asked_ = request_.body.size();
    Enter(Stage::kAsked, state_.options.reply_timeout_ms, now);
}

std::optional<DoorRequest> Conversation::TakeRequest() {
    if (!std::exchange(request_ready_, false)) return std::nullopt;
    return std::move(request_);
}

void Conversation::Replied(std::uint64_t number, DoorReply reply, SteadyTime now) {
    if (stage_ != Stage::kAsked || number != number_) return;
    const bool good = reply.status >= 200 && reply.status <= 599;
    Answer(good ? reply : ProblemReply(ProblemOf(Error{})), close_ || state_.draining, now);
}

void Conversation::Answer(const DoorReply& reply, bool close, SteadyTime now) {
    close_ = close;
    asked_ = 0;
    out_.erase(0, sent_);
    sent_ = 0;
    out_ += WriteReply(state_, reply, head_.method != "HEAD", close);
    Enter(Stage::kAnswering, state_.options.write_timeout_ms, now);
    Account();
}

// What is refused ends the connection: no leftover byte is ever read as a request.
void Conversation::Refuse(const DoorReply& reply, SteadyTime now,
                          std::atomic<std::int64_t>& count) {
    ++count;
    buffer_.clear();
    chunks_ = ChunkReader(0);
    if (state_.options.refused && !request_.path.empty()) {
        request_.refused = reply.status;
        state_.options.refused(std::exchange(request_, {}));
    }
    Answer(reply, true, now);
}

void Conversation::Sent(std::size_t bytes, SteadyTime now) {
    sent_ += bytes;
    if (sent_ < out_.size()) return;
    out_.clear();
    sent_ = 0;
    if (stage_ != Stage::kAnswering) return Account();
    LeaveFlight();
    if (stopping_) {
        stage_ = Stage::kOver;
    } else if (close_) {
        buffer_.clear();
        Enter(Stage::kLingering, state_.options.linger_timeout_ms, now);
    } else {
        Enter(Stage::kIdle, state_.options.idle_timeout_ms, now);
        Advance(now);
    }
    Account();
}

void Conversation::Expire(SteadyTime now) {
    if (now < deadline_) return;
    switch (stage_) {
        case Stage::kHead:
        case Stage::kBody:
        case Stage::kChunks:
            return Refuse(Refusal(408, "request_timeout", "the request did not arrive in time"),
                          now, state_.counts.read_timeouts);
        case Stage::kAsked:
            ++state_.counts.reply_timeouts;
            return Answer(Unavailable("reply_timeout",
                                      "no answer in time; what was sent may still take effect, "
                                      "send it again"),
                          close_ || state_.draining, now);
        case Stage::kAnswering:
            ++state_.counts.write_timeouts;
            break;
        case Stage::kIdle:
        case Stage::kLingering:
        case Stage::kOver:
            break;
    }
    stage_ = Stage::kOver;
}

void Conversation::Stop(SteadyTime now) {
    stopping_ = true;
    if (stage_ == Stage::kAsked) return Answer(Draining(), true, now);
    if (stage_ != Stage::kAnswering) stage_ = Stage::kOver;
}

std::int64_t Conversation::BodyLimit() const {
    const DoorOptions& options = state_.options;
    for (const auto& [prefix, limit] : options.body_limits)
        if (request_.path.compare(0, prefix.size(), prefix) == 0)
            return std::min(limit, options.body_bytes_max);
    return options.body_bytes_max;
}

DoorReply Conversation::TooLarge() const {
    return Refusal(
        413, "body_too_large",
        "the body is longer than the " + std::to_string(BodyLimit()) + " bytes taken here");
}

}  // namespace returns::gateway
