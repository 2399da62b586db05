#include "gateway/http_door_inbox.h"

#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace returns::gateway {

Descriptor::~Descriptor() {
    if (number_ >= 0) close(number_);
}

DoorInbox::DoorInbox() : wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

void DoorInbox::Put(Entry entry) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    entries_.push_back(std::move(entry));
    Wake();
}

void DoorInbox::Ring() {
    const std::lock_guard lock(mutex_);
    Wake();
}

void DoorInbox::Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    entries_.clear();
}

std::vector<DoorInbox::Entry> DoorInbox::Take() {
    const std::lock_guard lock(mutex_);
    asleep_ = entries_.empty();
    return std::exchange(entries_, {});
}

void DoorInbox::Heard() {
    eventfd_t rings = 0;
    eventfd_read(wake_.number(), &rings);
}

// One write for all replies that come until the door looks again.
void DoorInbox::Wake() {
    if (std::exchange(asleep_, false)) eventfd_write(wake_.number(), 1);
}

}  // namespace returns::gateway
