// Delivers signed callbacks to the gateway: late, twice and until taken, as partners do. Threads of
// its own; methods: any thread.
#pragma once

#include "connectors/http.h"
#include "schemas/json.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace returns::sandbox {

struct Callback {
    std::string connection;  // the gateway's name for it: /v1/callbacks/{connection}
    std::string body;
    // The headers of one try; `seconds` is the real time, as receivers compare it with theirs.
    std::function<connectors::HttpHeaders(std::int64_t seconds)> sign;
    int tries = 0;
};

class Courier {
public:
    Courier();
    ~Courier();
    Courier(const Courier&) = delete;
    Courier& operator=(const Courier&) = delete;

    // "http://127.0.0.1:8080"; "" holds everything back until there is one.
    void SetGateway(std::string url);
    void Send(Callback callback, std::chrono::milliseconds real_delay);
    void Stop();
    bool idle();
    Json Counts();  // accepted, refused by status, given up, waiting

private:
    using Time = std::chrono::steady_clock::time_point;
    void Run();
    int Post(const std::string& gateway, const Callback& callback) const;  // 0: no answer
    void Settle(Callback callback, int status);

    std::mutex mutex_;
    std::condition_variable changed_;
    std::multimap<Time, Callback> queue_;
    std::map<std::string, std::int64_t> counts_;
    std::string gateway_;
    int running_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace returns::sandbox
