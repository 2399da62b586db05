// A stand-in for the gateway's door: takes callbacks and keeps them. Methods: any thread.
#pragma once

#include "tests/sandbox/web.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace returns::sandbox {

inline constexpr auto kPatience = std::chrono::seconds(30);

// Stands in for the gateway's door: keeps every callback, answers what it is told to.
class Door {
public:
    Door() : web_(0, mutex_, [this](const WebRequest& request) { return Take(request); }) {}
    ~Door() { web_.Stop(); }

    std::string Address() const { return "http://127.0.0.1:" + std::to_string(web_.port()); }
    void Answer(int status) {
        const std::lock_guard lock(mutex_);
        status_ = status;
    }
    bool Until(const std::function<bool(const std::vector<WebRequest>&)>& enough) {
        std::unique_lock lock(mutex_);
        return came_.wait_for(lock, kPatience, [&] { return enough(requests_); });
    }
    std::vector<WebRequest> All() {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

private:
    WebAnswer Take(const WebRequest& request) {
        requests_.push_back(request);
        came_.notify_all();
        return {status_, {}, ""};
    }

    std::mutex mutex_;
    std::condition_variable came_;
    std::vector<WebRequest> requests_;
    int status_ = 202;
    Web web_;
};

}  // namespace returns::sandbox
