// Where replies wait for the door's thread, and what wakes it. Lives as long as anybody may still
// reply, also beyond the door. Take and Heard: the door's thread; all else: any thread.
#pragma once

#include "gateway/http_door.h"

#include <cstdint>
#include <mutex>
#include <vector>

namespace returns::gateway {

class Descriptor {  // closes it
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

private:
    const int number_;
};

class DoorInbox {
public:
    struct Entry {
        std::uint64_t connection, request;
        DoorReply reply;
    };

    DoorInbox();
    int descriptor() const { return wake_.number(); }  // readable when somebody woke the door

    void Put(Entry entry);
    void Ring();   // wakes the door without an entry
    void Close();  // what comes from now on is dropped
    // Where there is nothing, whoever comes next wakes the door; else it has to look again.
    std::vector<Entry> Take();
    void Heard();

private:
    void Wake();

    std::mutex mutex_;
    std::vector<Entry> entries_;
    bool asleep_ = true, closed_ = false;
    const Descriptor wake_;
};

}  // namespace returns::gateway
