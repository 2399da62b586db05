// How each connection works right now: as the settings say, or as somebody has set it since. A
// change is a row that has committed before it holds; only stopping holds at once. What was set
// while the program ran outlives a restart, until the settings themselves say another mode than
// they did then. One thread, the lane's.
#pragma once

#include "gateway/connections.h"
#include "gateway/engine.h"
#include "gateway/ports.h"

#include <map>
#include <string>
#include <vector>

namespace returns::gateway {

class Switches {
public:
    Switches(Engine& engine, Clock& clock, Connections& connections);

    // Once at start, before anything is sent.
    Status Recover(Archive& archive);
    // `by` and `reason` are asked of whoever does it. kNotFound: no such connection; kInvalid: what
    // is asked for makes no sense; kUnavailable: not stored, and so not done.
    Status SetMode(const std::string& connection, const std::string& mode, const std::string& by,
                   const std::string& reason);
    Status SetStopped(const std::string& connection, bool stopped, const std::string& by,
                      const std::string& reason);
    // Takes the callback keys that the settings say by now; `fresh` is what they say.
    Status SetKeys(const std::string& connection, const Settings& fresh, const std::string& by,
                   const std::string& reason);
    // What was set on that connection, newest first.
    Result<std::vector<SwitchRow>> History(const std::string& connection) const;

private:
    Result<Connection*> Checked(const std::string& connection, const std::string& by,
                                const std::string& reason);
    Status Commit(SwitchRow row);

    Engine& engine_;
    Clock& clock_;
    Connections& connections_;
    std::map<std::string, std::string> settings_mode_;  // what the settings say, by connection
};

}  // namespace returns::gateway
