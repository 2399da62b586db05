// The composition root: builds everything from the settings and runs it until told to stop. The
// lane is the thread that calls Run; the only others are the adapters' own and the watchdog.
#pragma once

#include "gateway/settings.h"
#include "schemas/result.h"

#include <functional>
#include <memory>
#include <string>

namespace returns::gateway {

class App {
public:
    // Opens the database, loads definitions and connectors, listens. Reaches for no partner and
    // no broker: those may come later.
    // `reread` gives the settings as they are by now, for keys that are changed while it runs.
    using Reread = std::function<Result<Settings>()>;
    static Result<std::unique_ptr<App>> Open(const Settings& settings, Reread reread = nullptr);
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    int port() const;

    // Until SIGTERM or SIGINT: then takes nothing new, finishes what is under way, commits,
    // closes; within drain_seconds. Gives the exit code. A second signal ends at once, which is
    // safe since every step is durable.
    int Run();

private:
    class Core;
    explicit App(std::unique_ptr<Core> core);
    std::unique_ptr<Core> core_;
};

}  // namespace returns::gateway
