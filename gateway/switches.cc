#include "gateway/switches.h"

#include "gateway/callback_keys.h"

#include <algorithm>
#include <optional>

namespace returns::gateway {
namespace {

constexpr int kPage = 1000;
constexpr std::size_t kReasonBytesMax = 500;

std::optional<ConnectionMode> ModeOf(std::string_view word) {
    for (const ConnectionMode mode :
         {ConnectionMode::kObserve, ConnectionMode::kAsk, ConnectionMode::kAct})
        if (Name(mode) == word) return mode;
    return std::nullopt;
}

std::string YesNo(bool value) { return value ? "yes" : "no"; }

// Calls `use` for every row there is, oldest first.
template <class Use>
Status ForEachRow(Archive& archive, Use use) {
    std::int64_t after = 0;
    while (true) {
        ASSIGN_OR_RETURN(const std::vector<SwitchRow> rows, archive.Switches(after, kPage));
        for (const SwitchRow& row : rows) use(row);
        if (static_cast<int>(rows.size()) < kPage) return {};
        after = rows.back().id;
    }
}

}  // namespace

Switches::Switches(Engine& engine, Clock& clock, Connections& connections)
    : engine_(engine), clock_(clock), connections_(connections) {
    for (const Connection& each : connections_.all())
        settings_mode_[each.settings.name] = Name(each.settings.mode);
}

Status Switches::Recover(Archive& archive) {
    std::map<std::string, std::string> known;  // the mode the last row left, by connection
    std::map<std::string, std::string> keys;   // the same of callback keys, where they were set
    RETURN_IF_ERROR(ForEachRow(archive, [&](const SwitchRow& row) {
        Connection* connection = connections_.Find(row.connection);
        if (connection == nullptr) return;  // left the settings
        if (row.what == "stopped") connection->stopped = row.after == "yes";
        if (row.what == "callback_keys") keys[row.connection] = row.after;
        if (row.what != "mode") return;
        known[row.connection] = row.after;
        const std::string& now = settings_mode_[row.connection];
        const auto mode = ModeOf(row.settings_mode == now ? row.after : now);
        if (mode) connection->settings.mode = *mode;
    }));
    for (const Connection& each : connections_.all()) {
        SwitchRow row{.connection = each.settings.name, .what = "mode"};
        row.before = known[row.connection];
        row.after = Name(each.settings.mode);
        if (row.before == row.after) continue;
        row.by = "settings";
        row.reason = row.before.empty() ? "first start" : "the settings say so now";
        row.settings_mode = settings_mode_[row.connection];
        row.at = clock_.Now();
        engine_.Note(std::move(row));
    }
    for (const auto& [name, before] : keys) {
        const std::string after = Joined(KeyMarks(*connections_.Find(name)));
        if (before != after)
            engine_.Note(SwitchRow{.connection = name,
                                   .what = "callback_keys",
                                   .before = before,
                                   .after = after,
                                   .by = "settings",
                                   .reason = "the settings say so now",
                                   .settings_mode = settings_mode_[name],
                                   .at = clock_.Now()});
    }
    return {};
}

Result<Connection*> Switches::Checked(const std::string& connection, const std::string& by,
                                      const std::string& reason) {
    Connection* found = connections_.Find(connection);
    if (found == nullptr)
        return Error{Code::kNotFound, "no connection is called '" + connection.substr(0, 64) + "'"};
    if (by.empty()) return Invalid("who wants it has to be known");
    if (reason.empty() || reason.size() > kReasonBytesMax)
        return Invalid(
            "reason is missing, or longer than 500 bytes: say why, for those who ask later");
    return found;
}

Status Switches::Commit(SwitchRow row) {
    row.at = clock_.Now();
    row.settings_mode = settings_mode_[row.connection];
    engine_.Note(std::move(row));
    engine_.Step();
    if (engine_.failed()) return Error{Code::kUnavailable, "not stored: " + engine_.failure()};
    return {};
}

Status Switches::SetMode(const std::string& connection, const std::string& mode,
                         const std::string& by, const std::string& reason) {
    ASSIGN_OR_RETURN(Connection * found, Checked(connection, by, reason));
    const auto wanted = ModeOf(mode);
    if (!wanted) return Invalid("mode is one of observe, ask, act");
    if (found->settings.mode == *wanted) return {};
    SwitchRow row{.connection = connection, .what = "mode", .by = by, .reason = reason};
    row.before = Name(found->settings.mode);
    row.after = mode;
    RETURN_IF_ERROR(Commit(std::move(row)));
    found->settings.mode = *wanted;
    return {};
}

Status Switches::SetStopped(const std::string& connection, bool stopped, const std::string& by,
                            const std::string& reason) {
    ASSIGN_OR_RETURN(Connection * found, Checked(connection, by, reason));
    if (found->stopped == stopped) return {};
    SwitchRow row{.connection = connection, .what = "stopped", .by = by, .reason = reason};
    row.before = YesNo(found->stopped);
    row.after = YesNo(stopped);
    if (stopped) found->stopped = true;
    RETURN_IF_ERROR(Commit(std::move(row)));
    found->stopped = stopped;
    return {};
}

Status Switches::SetKeys(const std::string& connection, const Settings& fresh,
                         const std::string& by, const std::string& reason) {
    ASSIGN_OR_RETURN(Connection * found, Checked(connection, by, reason));
    ASSIGN_OR_RETURN(auto keys, NewKeys(*found, fresh));
    SwitchRow row{.connection = connection, .what = "callback_keys", .by = by, .reason = reason};
    row.before = Joined(KeyMarks(*found));
    row.after = Joined(KeyMarks(*found, *keys));
    if (row.before == row.after) return {};
    RETURN_IF_ERROR(Commit(std::move(row)));
    Take(*found, std::move(keys));
    return {};
}

Result<std::vector<SwitchRow>> Switches::History(const std::string& connection) const {
    std::vector<SwitchRow> rows;
    RETURN_IF_ERROR(ForEachRow(engine_.archive(), [&](const SwitchRow& row) {
        if (row.connection == connection) rows.push_back(row);
    }));
    std::reverse(rows.begin(), rows.end());
    return rows;
}

}  // namespace returns::gateway
