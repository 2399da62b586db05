// What arrives at a door, for a program that asks for it one after the other: requests wait here,
// with their reply functions, until somebody takes them. For command lines, never for the lane.
// Put and Ring: any thread; Wait: one.
#pragma once

#include "gateway/http_door.h"
#include "schemas/time.h"

#include <memory>
#include <vector>

namespace returns::gateway {

class DoorQueue {
public:
    struct Waiting {
        DoorRequest request;
        DoorReplyFunction reply;
    };

    DoorQueue();
    ~DoorQueue();
    void Put(Waiting waiting);
    void Ring();  // ends a Wait that has nothing to give
    // Everything that came, as soon as something has or the bell rang; nothing after `patience`.
    std::vector<Waiting> Wait(Millis patience);

private:
    class Core;
    std::unique_ptr<Core> core_;
};

}  // namespace returns::gateway
