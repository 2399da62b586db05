#include "tests/sandbox/courier.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>

#include <algorithm>

namespace returns::sandbox {

namespace {

constexpr int kThreads = 4;
constexpr int kTriesMax = 40;
constexpr auto kFirstPause = std::chrono::milliseconds(100);
constexpr auto kLongestPause = std::chrono::milliseconds(3000);

std::chrono::milliseconds PauseAfter(int tries) {
    constexpr int kDoublings = 5;
    return std::min(kLongestPause, kFirstPause * (1 << std::min(tries, kDoublings)));
}

}  // namespace

Courier::Courier() {
    for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this] { Run(); });
}

Courier::~Courier() { Stop(); }

void Courier::SetGateway(std::string url) {
    {
        const std::lock_guard lock(mutex_);
        gateway_ = std::move(url);
    }
    changed_.notify_all();
}

void Courier::Send(Callback callback, std::chrono::milliseconds real_delay) {
    {
        const std::lock_guard lock(mutex_);
        queue_.emplace(std::chrono::steady_clock::now() + real_delay, std::move(callback));
    }
    changed_.notify_all();
}

void Courier::Stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
}

bool Courier::idle() {
    const std::lock_guard lock(mutex_);
    return queue_.empty() && running_ == 0;
}

Json Courier::Counts() {
    const std::lock_guard lock(mutex_);
    Json counts = Json::Object();
    for (const auto& [name, count] : counts_) counts.Set(name, Json::Int(count));
    counts.Set("waiting", Json::Int(static_cast<std::int64_t>(queue_.size()) + running_));
    return counts;
}

void Courier::Run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (queue_.empty() || gateway_.empty()) {
            changed_.wait(lock);
            continue;
        }
        const auto first = queue_.begin();
        if (first->first > std::chrono::steady_clock::now()) {
            const Time due = first->first;
            changed_.wait_until(lock, due);
            continue;
        }
        Callback callback = std::move(first->second);
        queue_.erase(first);
        ++running_;
        const std::string gateway = gateway_;
        lock.unlock();
        const int status = Post(gateway, callback);
        lock.lock();
        --running_;
        Settle(std::move(callback), status);
    }
}

// REQUIRES: mutex_ held.
void Courier::Settle(Callback callback, int status) {
    constexpr int kOk = 200, kRedirect = 300;
    if (status >= kOk && status < kRedirect) {
        ++counts_["accepted"];
        return;
    }
    ++counts_[status == 0 ? "no_answer" : "refused_" + std::to_string(status)];
    if (++callback.tries >= kTriesMax) {
        ++counts_["given_up"];
        return;
    }
    const auto pause = PauseAfter(callback.tries);
    queue_.emplace(std::chrono::steady_clock::now() + pause, std::move(callback));
    changed_.notify_all();
}

int Courier::Post(const std::string& gateway, const Callback& callback) const {
    try {
        const Poco::URI uri(gateway);
        Poco::Net::HTTPClientSession session(uri.getHost(), uri.getPort());
        constexpr int kTimeoutSeconds = 15;
        session.setTimeout(Poco::Timespan(kTimeoutSeconds, 0));
        Poco::Net::HTTPRequest request(Poco::Net::HTTPRequest::HTTP_POST,
                                       "/v1/callbacks/" + callback.connection,
                                       Poco::Net::HTTPRequest::HTTP_1_1);
        request.setContentType("application/json");
        request.setContentLength64(static_cast<Poco::Int64>(callback.body.size()));
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
            std::chrono::system_clock::now().time_since_epoch());
        for (const auto& [name, value] : callback.sign(seconds.count())) request.set(name, value);
        session.sendRequest(request) << callback.body;
        Poco::Net::HTTPResponse response;
        std::string text;
        Poco::StreamCopier::copyToString(session.receiveResponse(response), text);
        return response.getStatus();
    } catch (const Poco::Exception&) {
        return 0;
    }
}

}  // namespace returns::sandbox
