// A logistics partner that wants a contract: its API, its signed callbacks with retries, and the
// control address that certification plays scenarios through (connectors/CERTIFY.md). Without
// faults it does everything right. Speaks logistics/candidate, see tests/sandbox/candidate/.
#pragma once

#include "connectors/http.h"
#include "gateway/http_client.h"
#include "schemas/json.h"
#include "schemas/time.h"
#include "tests/sandbox/web.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace returns::sandbox {

inline constexpr const char* kCandidateToken = "candidate-token-27";
inline constexpr const char* kCandidateKeys[] = {"whsec_Y2FuZGlkYXRlLWtleS1vZi1vbGQ=",
                                                 "whsec_Y2FuZGlkYXRlLWtleS1vZi1uZXc="};

struct CandidateFaults {
    bool doubles_returns = false;  // the same announcement again is another return
    bool takes_any_token = false;
    bool signs_rewritten_bodies = false;  // JSON read and written anew, not the bytes sent
    bool tells_differences = false;       // what a part added, not what there is in all
    bool new_ids_for_repeats = false;
    bool never_retries = false;
    bool repeats_after_success = false;
    bool calls_boxes_short = false;  // an empty one too
    bool finds_nothing = false;      // its look-up
    // 429 without a time; takes nonsense, refuses members it does not know, cancels and finds
    // anything; silent about labels that end and about what is wrong in a box; tells when it sends,
    // not when it happened; never changes its key.
    bool sloppy = false;
    Millis clock_ahead{0};
};

class Candidate {
public:
    explicit Candidate(CandidateFaults faults = {});
    ~Candidate();
    std::string url() const;
    std::string control_url() const { return url() + "/control"; }

private:
    using SteadyTime = std::chrono::steady_clock::time_point;
    struct Return {
        std::string id, reference, status;
    };
    struct Message {
        std::string url, id, body;
        int tries = 0;
    };

    WebAnswer Serve(const WebRequest& request);
    WebAnswer Create(const WebRequest& request);
    WebAnswer Cancel(const std::string& id);
    WebAnswer Find(const std::string& reference) const;
    WebAnswer Play(const Json& wish);
    bool PlayParcel(const std::string& scenario, const Json& wish);
    bool PlayInspection(const std::string& scenario, const Json& wish);
    Return& Of(const std::string& reference);

    std::string Tell(const Json& wish, const std::string& type, Instant at,
                     Json lines = Json()) const;  // the body
    void Send(const Json& wish, std::string body, std::string id = "");
    void Run();
    void Deliver(std::unique_lock<std::mutex>& lock, Message message);
    void Settle(Message message, int status, std::string_view retry_after);
    connectors::HttpHeaders Sign(const Message& message) const;

    const CandidateFaults faults_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Return> returns_;
    std::multimap<SteadyTime, Message> queue_;
    std::string next_answer_;  // scenario of the next announcement
    std::int64_t slow_ms_ = 0, hurry_ = 1;
    int messages_ = 0, under_way_ = 0, key_ = 0;
    bool stopping_ = false;
    std::unique_ptr<gateway::HttpClientAdapter> client_;
    std::thread thread_;
    Web web_;
};

}  // namespace returns::sandbox
