// Callers who mean no good, and some who do: thousands of connections that say nothing or drip a
// byte at a time, from as many loopback addresses as it takes, and a few that ask at a steady pace
// and measure. Each on threads of its own; methods: the thread that made it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace returns::live {

struct CrowdSize {
    int idle = 0, drips = 0;
    int per_address = 60;  // connections from one address
};

// Keeps that many connections open: what the other side ends is opened anew at once.
class Crowd {
public:
    Crowd(int port, CrowdSize size);
    ~Crowd();
    Crowd(const Crowd&) = delete;
    Crowd& operator=(const Crowd&) = delete;

    int open() const { return open_; }                 // at this moment
    std::int64_t ended() const { return ended_; }      // by the other side, so far
    std::int64_t refused() const { return refused_; }  // with "too many connections"

private:
    struct Member;
    void Run();
    bool Join(Member& member);
    void Leave(Member& member);
    void Drip(Member& member);

    const int port_;
    const CrowdSize size_;
    std::atomic<bool> over_{false};
    std::atomic<int> open_{0};
    std::atomic<std::int64_t> ended_{0}, refused_{0};
    int epoll_ = -1;
    std::vector<std::unique_ptr<Member>> members_;
    std::thread thread_;
};

struct Pace {
    int callers = 4;
    int per_second = 200;  // of all together
    std::chrono::seconds time{5};
};

struct Measured {
    std::vector<double> ms;  // from when it was due to the whole answer, sorted
    std::int64_t unanswered = 0, refused = 0;
    double Percentile(double p) const;
};

// Sends these requests in turn on kept connections, each due at a fixed time whether or not the one
// before is answered, so that a stall is felt by all that were due meanwhile.
Measured Call(int port, const std::vector<std::string>& requests, Pace pace);

}  // namespace returns::live
