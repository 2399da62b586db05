// Connectors changed while the gateway runs: loaded and tested beside the lane, put in place
// between two steps of it, or refused with the reason while the old ones go on. One thread, the
// lane's, but for the work it hands out.
#pragma once

#include "gateway/connections.h"
#include "gateway/settings.h"
#include "workflows/rules.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace returns::gateway {

struct ReloadEnd {
    bool good = false;
    std::vector<std::string> changed;  // connectors now in force in a new version
    std::string why;                   // not good: what stood in the way, and what to do
};

class ConnectorReload {
public:
    struct Ports {
        Connections::ReadFolder read_folder;
        connectors::TestWatch watch;
        // Runs the work on another thread, and says once it has ended. Nothing starts before the
        // last has ended.
        std::function<void(std::function<void()> work)> start;
        std::function<bool()> ended;
        // Runs the change while no other thread reads a connector, then makes twins anew.
        std::function<void(const std::function<void()>& change)> swap;
        // After a change: what waited for a code that is asked for no more may go on.
        std::function<void()> changed = nullptr;
    };
    struct Counters {
        std::int64_t changed = 0, unchanged = 0, refused = 0;
    };
    using Done = std::function<void(const ReloadEnd&)>;

    ConnectorReload(const Settings& settings, Connections& connections, workflows::Rulebook& book,
                    Ports ports);

    // Whoever asks while a reload is under way gets the next one's end. `done` may be empty.
    void Ask(Done done);
    // False when there was nothing to do.
    bool Step();
    const Counters& counters() const { return counters_; }

private:
    ReloadEnd Finish(Result<Connections::Prepared> prepared);

    const Settings& settings_;
    Connections& connections_;
    workflows::Rulebook& book_;
    Ports ports_;
    std::vector<Done> asked_, serving_;
    bool running_ = false;
    std::optional<Result<Connections::Prepared>> prepared_;  // the work's, until it has ended
    Counters counters_;
};

}  // namespace returns::gateway
