// What is wrong with callbacks as they came. Each function says it in one sentence, "" when nothing
// is. Deliveries are of one return, oldest first, unless stated. Pure; any thread.
#pragma once

#include "gateway/certify.h"

#include <string>

namespace returns::gateway::certify {

// The announced return that the deliveries are about.
struct Announced {
    std::string reference;
    int quantity = 0;
};

// Whether it speaks of that return: by its events, else by our reference in the body.
bool IsAbout(const Delivery& delivery, const std::string& reference,
             const std::string& their_reference);
// Whether both carry the same message, whatever id they give it.
bool IsSameMessage(const Delivery& a, const Delivery& b);

std::string FaultOfSignatures(const Deliveries& deliveries);  // all that came
std::string FaultOfClock(const Deliveries& deliveries);
// A message that was asked for twice. `repeated` says whether it came twice at all.
std::string FaultOfRepeat(const Deliveries& deliveries, bool& repeated);
std::string FaultOfLateTimes(const Deliveries& deliveries);
std::string FaultOfOrder(const Deliveries& deliveries);
std::string FaultOfParts(const Deliveries& deliveries, const Announced& announced);
// What was found in a parcel that was not as announced.
std::string FaultOfContents(const Deliveries& deliveries, int accepted,
                            const std::string& mismatch);
// After `failures` deliveries that we answered with an error, or not at all: the message comes
// again, the last time not sooner than `pause` after our answer.
std::string FaultOfRetries(const Deliveries& deliveries, int failures, Millis pause);
// Of all deliveries of the run: none came again that we had taken.
std::string FaultOfNeedlessRetries(const Deliveries& deliveries);

}  // namespace returns::gateway::certify
