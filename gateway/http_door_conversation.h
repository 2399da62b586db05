// One connection of the door, without its socket: bytes, replies and the time go in; whole
// requests, bytes to send and the next deadline come out. Touched by the door's thread alone;
// DoorState is shared by all conversations of a door.
#pragma once

#include "gateway/http_door.h"
#include "gateway/http_wire.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace returns::gateway {

using SteadyTime = std::chrono::steady_clock::time_point;

struct DoorCounts {
    std::atomic<std::int64_t> connections{0}, connections_open{0};
    std::atomic<std::int64_t> refused_total_cap{0}, refused_peer_cap{0}, accept_failures{0};
    std::atomic<std::int64_t> requests{0}, refused_requests{0}, refused_memory{0};
    std::atomic<std::int64_t> read_timeouts{0}, reply_timeouts{0}, write_timeouts{0}, failures{0};
};

struct DoorState {
    DoorOptions options;
    DoorAdmission admission;
    std::atomic<bool> draining{false};
    std::atomic<int> in_flight{0};
    DoorCounts counts;
    // The door's thread alone:
    std::int64_t held_bytes = 0;  // of all conversations: arrived, with the sink, to be sent
    std::string date;             // for answers
};

// An answer that asks to come again.
DoorReply Unavailable(std::string code, std::string detail);
std::string WriteReply(const DoorState& state, const DoorReply& reply, bool with_body, bool close);

bool IsProxy(const DoorOptions& options, const std::string& peer);

class Conversation {
public:
    Conversation(DoorState& state, std::string peer, SteadyTime now);
    ~Conversation();
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    // What happened.
    void Received(std::string_view bytes, SteadyTime now);  // REQUIRES: wants_bytes()
    void Ended();                                           // the other side sends no more
    void Broke() { stage_ = Stage::kOver; }                 // nobody is there any more
    void Sent(std::size_t bytes, SteadyTime now);           // off the front of to_send()
    // The answer to the request of that number; to any other it is dropped.
    void Replied(std::uint64_t number, DoorReply reply, SteadyTime now);
    void Expire(SteadyTime now);  // what the deadline ends, if it has passed
    void Stop(SteadyTime now);    // answers what waits for a reply, ends everything else

    // What to do.
    bool wants_bytes() const;
    std::string_view to_send() const { return std::string_view(out_).substr(sent_); }
    bool sending_ended() const { return stage_ == Stage::kLingering; }  // nothing more to say
    bool over() const { return stage_ == Stage::kOver; }
    SteadyTime deadline() const { return deadline_; }
    std::optional<DoorRequest> TakeRequest();  // once for each, for the sink
    std::uint64_t number() const { return number_; }

private:
    enum class Stage : std::uint8_t {
        kIdle,  // nothing of a request yet
        kHead,  // a request arrives
        kBody,  // ... of known length
        kChunks,
        kAsked,      // with the sink
        kAnswering,  // its answer leaves
        kLingering,  // reads on, so that the last answer is not lost in a reset
        kOver,
    };

    void Advance(SteadyTime now);
    bool ReadHead(SteadyTime now);  // false: more bytes are needed, or the request is refused
    bool ReadBody(SteadyTime now);
    bool ReadChunks(SteadyTime now);
    std::optional<DoorReply> CheckHead();
    void Ask(SteadyTime now);
    void Answer(const DoorReply& reply, bool close, SteadyTime now);
    void Refuse(const DoorReply& reply, SteadyTime now);
    void Refuse(const DoorReply& reply, SteadyTime now, std::atomic<std::int64_t>& count);
    void Enter(Stage stage, int timeout_ms, SteadyTime now);
    void Account();
    void LeaveFlight();
    bool HasRoomFor(std::size_t bytes) const;
    std::int64_t BodyLimit() const;
    DoorReply TooLarge() const;

    DoorState& state_;
    const std::string peer_;
    Stage stage_ = Stage::kIdle;
    SteadyTime deadline_;
    std::string buffer_;        // arrived and not yet used
    std::size_t line_ = 0;      // where the head's last line starts: what is before holds no end
    std::string out_;           // to be sent
    std::size_t sent_ = 0;      // of it
    std::size_t asked_ = 0;     // bytes of the body with the sink
    std::int64_t held_ = 0;     // this conversation's part of held_bytes
    int requests_ = 0;          // so far
    std::uint64_t number_ = 0;  // of the request with the sink
    bool close_ = false, in_flight_ = false, stopping_ = false;
    RequestHead head_;
    DoorRequest request_;
    bool request_ready_ = false;
    ChunkReader chunks_{0};
};

}  // namespace returns::gateway
