#include "gateway/http_door_queue.h"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace returns::gateway {

class DoorQueue::Core {
public:
    void Put(Waiting waiting) {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(waiting));
        changed_.notify_one();
    }
    void Ring() {
        const std::lock_guard lock(mutex_);
        rung_ = true;
        changed_.notify_one();
    }
    std::vector<Waiting> Wait(Millis patience) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, patience, [&] { return rung_ || !waiting_.empty(); });
        rung_ = false;
        return std::exchange(waiting_, {});
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Waiting> waiting_;
    bool rung_ = false;
};

DoorQueue::DoorQueue() : core_(std::make_unique<Core>()) {}
DoorQueue::~DoorQueue() = default;
void DoorQueue::Put(Waiting waiting) { core_->Put(std::move(waiting)); }
void DoorQueue::Ring() { core_->Ring(); }
std::vector<DoorQueue::Waiting> DoorQueue::Wait(Millis patience) { return core_->Wait(patience); }

}  // namespace returns::gateway
