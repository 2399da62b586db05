// Callbacks as they came, kept for some days in files beside the database, so that a new mapping
// can be rehearsed on them. Not part of any promise: a line that is lost is one less to rehearse
// with. They are personal, like other raw input, and go when that goes. One thread, the lane's.
#pragma once

#include "connectors/http.h"
#include "gateway/settings.h"
#include "schemas/result.h"
#include "schemas/time.h"

#include <cstdint>
#include <fstream>
#include <set>
#include <string>
#include <vector>

namespace returns::gateway {

struct KeptCallback {
    std::string connection, id;
    Instant at = kNoTime;  // when it came
    connectors::HttpHeaders headers;
    std::string body;
};

// The folder for a database's callbacks.
std::string KeepFolder(const std::string& database);

class CallbackKeep {
public:
    // A file a day, at most `mib` each, none older than `days`. 0 MiB: keeps nothing.
    CallbackKeep(std::string folder, std::int64_t mib, std::int64_t days);

    // `surroundings` as callback_reader.h gives them.
    void Keep(const std::string& connection, const std::string& id, Instant at,
              const std::string& surroundings, const std::string& body);
    // Once a day, whether callbacks come or not, and also where none are kept any more.
    void ForgetOld(Instant now);
    std::int64_t not_kept() const { return not_kept_; }  // the day's file was full, or failed

private:
    bool Open(Instant at);

    const std::string folder_;
    const std::int64_t bytes_max_, days_;
    std::string day_;
    std::chrono::sys_days forgot_on_{};
    std::ofstream file_;
    std::int64_t bytes_ = 0;  // of the day's file
    std::int64_t not_kept_ = 0;
};

// Those of these connections since then, in the order they came. Lines that were cut are passed
// over; a folder that is not there holds none.
Result<std::vector<KeptCallback>> ReadKept(const std::string& folder,
                                           const std::set<std::string>& connections, Instant since);

}  // namespace returns::gateway
