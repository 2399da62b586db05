// The simulated outside world in one piece: broker, shop, 3PL, payment provider and desk, and the
// door through which a demonstration or a test starts the story and reads the books.
// Methods: any thread.
#pragma once

#include "tests/sandbox/broker.h"
#include "tests/sandbox/clockwork.h"
#include "tests/sandbox/courier.h"
#include "tests/sandbox/desk.h"
#include "tests/sandbox/faults.h"
#include "tests/sandbox/logistics.h"
#include "tests/sandbox/provider.h"
#include "tests/sandbox/shop.h"
#include "tests/sandbox/web.h"

#include <cstdint>
#include <string>

namespace returns::sandbox {

struct SandboxOptions {
    std::int64_t seed = 1, returns = 24, speed = 1, port = 0;
    std::string gateway;  // where callbacks go; also given with the story
    RealBroker kafka;
};

class Sandbox {
public:
    explicit Sandbox(const SandboxOptions& options);  // throws when the port is taken
    ~Sandbox();
    std::string Address() const;  // "http://127.0.0.1:4711"
    std::string Bootstrap() const { return broker_.bootstrap(); }
    Json Ready() const;  // addresses and keys, for settings
    void Stop();

private:
    WebAnswer Serve(const WebRequest& request);
    WebAnswer ServeFaults(const WebRequest& request);
    WebAnswer StartStory(const WebRequest& request);
    Status ReadStory(const Json& story);
    Json Progress();
    Json Books() const;

    SandboxOptions options_;
    Clockwork clockwork_;
    Courier courier_;
    Faults faults_;
    Provider provider_;
    Logistics logistics_;
    Desk desk_;
    Broker broker_;
    Shop shop_;
    bool playing_ = false;
    Web web_;  // last: it serves all of the above
};

}  // namespace returns::sandbox
