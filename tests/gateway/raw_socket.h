// Plain TCP for tests, byte by byte: a client that says what it likes and a server that follows a
// script. Every wait ends by an event or after kPatience, which fails the test.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace returns::gateway {

inline constexpr int kPatienceMs = 20000;

class RawSocket {
public:
    explicit RawSocket(int descriptor) : descriptor_(descriptor) {}
    static RawSocket Connect(int port);
    RawSocket(RawSocket&& other) noexcept;
    RawSocket& operator=(RawSocket&&) = delete;
    ~RawSocket();

    bool Send(std::string_view bytes);  // false: the other side has gone
    void EndSending();
    void Close();
    // Everything up to the other side's end; what came so far when it does not end in time.
    std::string ReadToEnd();
    std::string ReadUntil(std::string_view mark);  // up to and with the mark, or what came
    bool EndsWithin(int ms);                       // the other side ends or has something to say
    int descriptor() const { return descriptor_; }

private:
    bool ReadSome(int ms);
    int descriptor_;
    std::string buffer_;
};

// Accepts connections on loopback, one after the other, and runs the script on each.
class RawServer {
public:
    using Script = std::function<void(RawSocket&)>;
    explicit RawServer(Script script);
    ~RawServer();
    int port() const { return port_; }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

private:
    int listener_, port_ = 0;
    Script script_;
    std::thread thread_;
};

int CountOf(std::string_view text, std::string_view part);
int StatusOf(std::string_view answer);  // 0 when it is none

}  // namespace returns::gateway
