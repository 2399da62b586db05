// One connection of the door: request after request over a stream of bytes, each checked, handed
// on, answered. On the connection's own thread; DoorState is shared by all of them.
#pragma once

#include "gateway/http_door.h"
#include "gateway/http_wire.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace returns::gateway {

using SteadyTime = std::chrono::steady_clock::time_point;
SteadyTime After(std::int64_t ms);

enum class ReadEnd : std::uint8_t { kBytes, kClosed, kTimeout };

// A connection's bytes. May throw whatever its library throws: that ends the conversation.
class DoorStream {
public:
    virtual ~DoorStream() = default;
    virtual ReadEnd ReadSome(SteadyTime deadline, std::string& buffer) = 0;  // appends
    virtual bool WriteAll(SteadyTime deadline, std::string_view bytes) = 0;
    virtual void EndSending() = 0;
};

struct DoorCounts {
    std::atomic<std::int64_t> connections{0}, refused_total_cap{0}, refused_peer_cap{0};
    std::atomic<std::int64_t> requests{0}, refused_requests{0}, read_timeouts{0};
    std::atomic<std::int64_t> reply_timeouts{0}, failures{0};
};

struct DoorState {
    DoorOptions options;
    DoorAdmission admission;
    std::atomic<bool> draining{false}, stopping{false};
    std::atomic<int> in_flight{0};
    DoorCounts counts;
};

// An answer that asks to come again, and the one while the door drains.
DoorReply Unavailable(std::string code, std::string detail);
DoorReply Draining();
std::string WriteReply(const DoorReply& reply, bool with_body, bool close);

bool IsProxy(const DoorOptions& options, const std::string& peer);

class Conversation {
public:
    // `ask` brings the answer to a checked request and does not throw.
    using Asking = std::function<DoorReply(DoorRequest)>;
    Conversation(DoorState& state, DoorStream& stream, std::string peer, Asking ask)
        : state_(state), stream_(stream), peer_(std::move(peer)), ask_(std::move(ask)) {}

    void Serve();  // until the connection ends

private:
    bool ServeOne(bool last);
    bool AnswerRequest(bool close);
    std::optional<DoorReply> ReadHead(SteadyTime deadline, bool& gone);
    std::optional<DoorReply> CheckHead();
    std::optional<DoorReply> ReadBody(SteadyTime deadline, bool& gone);
    std::optional<DoorReply> ReadChunks(SteadyTime deadline, bool& gone);
    std::optional<DoorReply> ReadMore(SteadyTime deadline, bool& gone);
    bool Write(const DoorReply& reply, bool close);
    void Linger();
    std::int64_t BodyLimit() const;
    DoorReply TooLarge() const;

    DoorState& state_;
    DoorStream& stream_;
    const std::string peer_;
    const Asking ask_;
    std::string buffer_;  // arrived and not yet used
    RequestHead head_;
    DoorRequest request_;
};

}  // namespace returns::gateway
