// Between the door's thread, those that read callbacks beside the lane, and the lane. Part of the
// composition root; all of it any thread.
#pragma once

#include "gateway/callback_reader.h"
#include "gateway/http_client.h"
#include "gateway/http_door.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace returns::gateway {

// A request on its way from the door to the lane.
struct Arrival {
    DoorRequest request;
    DoorReplyFunction reply;
    std::optional<CallbackRead> read;
};

// Until when partners' certificates are valid. Workers note, the lane reads.
class CertificateEnds {
public:
    void Note(const HttpTrace& trace) {
        if (trace.certificate_until == kNoTime) return;
        const std::lock_guard<std::mutex> lock(mutex_);
        ends_[trace.host] = trace.certificate_until;
    }
    std::map<std::string, Instant> Read() const {
        const std::lock_guard<std::mutex> lock(mutex_);
        return ends_;
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, Instant> ends_;  // by host: no more than there are connections
};

// What other threads leave for the lane.
class Mailbox {
public:
    void Post(Arrival arrival) {
        const std::lock_guard<std::mutex> lock(mutex_);
        requests_.push_back(std::move(arrival));
        wake_.notify_one();
    }
    void Wake() {
        const std::lock_guard<std::mutex> lock(mutex_);
        woken_ = true;
        wake_.notify_one();
    }
    auto Take() {
        const std::lock_guard<std::mutex> lock(mutex_);
        return std::exchange(requests_, {});
    }
    void Wait(Millis at_most) {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait_for(lock, at_most, [this] { return woken_ || !requests_.empty(); });
        woken_ = false;
    }

private:
    std::mutex mutex_;
    std::condition_variable wake_;
    bool woken_ = false;
    std::vector<Arrival> requests_;
};

// Reads callbacks beside the lane: checking and mapping one needs no case, and takes longer than
// deciding on it. At most as many wait here as the door has connections.
class Readers {
public:
    Readers(std::vector<CallbackReader>& readers, Mailbox& mailbox) : mailbox_(mailbox) {
        for (CallbackReader& reader : readers)
            threads_.emplace_back([this, &reader] { Work(reader); });
    }
    ~Readers() {
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            done_ = true;
        }
        wake_.notify_all();
        for (std::thread& thread : threads_) thread.join();
    }
    void Post(Arrival arrival) {
        const std::lock_guard<std::mutex> lock(mutex_);
        waiting_.push_back(std::move(arrival));
        wake_.notify_one();
    }
    void UseKeys(std::shared_ptr<const KeySets> keys) {
        const std::lock_guard<std::mutex> lock(mutex_);
        keys_ = std::move(keys);
    }
    std::int64_t waiting() {
        const std::lock_guard<std::mutex> lock(mutex_);
        return static_cast<std::int64_t>(waiting_.size());
    }
    // Runs it while none of them reads; what comes meanwhile waits.
    void WhileQuiet(const std::function<void()>& change) {
        std::unique_lock<std::mutex> lock(mutex_);
        held_ = true;
        quiet_.wait(lock, [this] { return busy_ == 0; });
        change();
        held_ = false;
        wake_.notify_all();
    }

private:
    void Work(CallbackReader& reader) {
        std::unique_lock<std::mutex> lock(mutex_);
        for (;;) {
            wake_.wait(lock, [this] { return done_ || (!held_ && !waiting_.empty()); });
            if (done_) return;
            Arrival arrival = std::move(waiting_.front());
            waiting_.pop_front();
            ++busy_;
            reader.UseKeys(keys_);
            lock.unlock();
            arrival.read = reader.Read(arrival.request);
            mailbox_.Post(std::move(arrival));
            lock.lock();
            if (--busy_ == 0) quiet_.notify_all();
        }
    }

    Mailbox& mailbox_;
    std::mutex mutex_;
    std::condition_variable wake_, quiet_;
    bool done_ = false, held_ = false;
    int busy_ = 0;  // reading right now
    std::deque<Arrival> waiting_;
    std::shared_ptr<const KeySets> keys_;
    std::vector<std::thread> threads_;
};

}  // namespace returns::gateway
