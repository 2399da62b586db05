// What can be known before the first return: whether everything the gateway leans on is there and
// accepts it. Each finding is a line with what to do about it. These functions wait for the
// network; for the command line, never for the lane.
#pragma once

#include "gateway/connections.h"
#include "gateway/settings.h"
#include "schemas/result.h"
#include "schemas/time.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace returns::gateway {

struct Finding {
    enum class Kind : std::uint8_t { kGood, kBad, kNote } kind = Kind::kGood;
    std::string what;  // "database", "connection psp"
    std::string text;  // what is the case; of what is bad also what to do
};
using Findings = std::vector<Finding>;
using Tell = std::function<void(const Finding&)>;

// A certificate that ends within this time is told of.
inline constexpr std::chrono::days kCertificateLeft{21};

// Why nothing can be written beside this database file; "" when it can. Does not wait.
std::string WhyNotWritable(const std::string& database);
// Nothing outside this machine is touched, and nothing here is changed.
void CheckDatabase(const Settings& settings, const Tell& tell);
// Whether anchors can be written where they should be kept.
void CheckAnchors(const Settings& settings, const Tell& tell);
void CheckClock(const Tell& tell);
// Topics, positions and the group, with a client of its own.
void CheckKafka(const KafkaSettings& kafka, const Tell& tell);
// One harmless call each, with its credentials; its certificate; what its clock says beside ours.
void CheckPartners(const Settings& settings, Connections& connections, const Tell& tell);
// Our own public address: a callback signed as the partner would, tried out without effect. Needs
// the gateway to run.
void CheckCallbacks(const Settings& settings, Connections& connections, const Tell& tell);

}  // namespace returns::gateway
