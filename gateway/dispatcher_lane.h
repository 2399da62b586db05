// The inside of the dispatcher: one connection's commands, in the order they may go, and its
// limits. One thread, the lane's.
#pragma once

#include "gateway/dispatcher.h"

#include <algorithm>

namespace returns::gateway {

struct Dispatcher::Lane {
    Connection* connection = nullptr;
    std::map<CaseKey, std::map<std::int64_t, Command>> commands;    // unfinished, by case
    std::map<CaseKey, std::map<std::int64_t, Millis>> known_since;  // monotonic, of `commands`
    std::map<CaseKey, Instant> ready_at;                            // cases whose first may go
    std::set<std::pair<Instant, CaseKey>> ready;
    std::set<CaseKey> starting;
    std::size_t in_flight = 0;
    std::int64_t tokens_milli = 0;  // thousandths of an attempt
    Instant tokens_at = kNoTime;
    std::int64_t failures = 0;  // in a row
    Instant open_until = kNoTime;
    bool trial = false;   // half open: one attempt decides
    std::string trouble;  // the last failure's reason; "" when the last call was heard
    std::string day;
    Instant day_began = kNoTime;  // of `day`, where it has been looked at since the start
    std::map<std::string, std::int64_t> day_spent_minor;  // by currency
    DispatchCounters counts;
    std::map<std::pair<std::string, std::string>, std::int64_t> reasons;  // as in ConnectionView
    std::map<std::string, std::int64_t> kept_back;
    Histogram attempts;
    ConnectionMode ordered_for = ConnectionMode::kObserve;  // what `ready` was made under

    void Order(const CaseKey& key, Instant earliest = kNoTime) {
        if (auto known = ready_at.find(key); known != ready_at.end()) {
            ready.erase({known->second, key});
            ready_at.erase(known);
        }
        const Command* next = Next(key);
        if (next == nullptr || starting.count(key) != 0) return;
        const Instant at = std::max(next->not_before, earliest);
        ready_at[key] = at;
        ready.insert({at, key});
    }

    // After each change of a case's commands.
    void NoteAges(const CaseKey& key, Millis now) {
        const auto found = commands.find(key);
        if (found == commands.end()) {
            known_since.erase(key);
            return;
        }
        auto& ages = known_since[key];
        std::erase_if(ages, [&](const auto& age) { return found->second.count(age.first) == 0; });
        for (const auto& [number, command] : found->second) ages.try_emplace(number, now);
    }

    void OrderAll() {
        ordered_for = connection->settings.mode;
        for (const auto& [key, unfinished] : commands) Order(key);
    }

    // The oldest command that may go: none while one is in flight. One in doubt lets younger ones
    // pass, since the look-up that clears it up is among them.
    const Command* Next(const CaseKey& key) const {
        const auto found = commands.find(key);
        if (found == commands.end()) return nullptr;
        const Command* next = nullptr;
        for (const auto& [number, command] : found->second) {
            if (command.state == CommandState::kInFlight) return nullptr;
            if (command.state == CommandState::kWaiting && next == nullptr) next = &command;
        }
        return next;
    }

    void Refill(Instant now) {
        const std::int64_t most = connection->settings.burst * 1000;
        if (tokens_at == kNoTime) tokens_milli = most;
        const std::int64_t passed = tokens_at == kNoTime ? 0 : (now - tokens_at).count();
        if (passed <= 0 && tokens_at != kNoTime) return;
        // rate per minute * milliseconds / 60000 * 1000 thousandths
        tokens_milli =
            std::min(most, tokens_milli + connection->settings.rate_per_minute *
                                              std::min<std::int64_t>(passed, 600'000) / 60);
        tokens_at = now;
    }
};

inline bool MaySend(const Connection& connection) {
    return !connection.stopped && connection.settings.mode != ConnectionMode::kObserve;
}

// The name under which a connection's spending of the day is kept.
inline std::string SpentName(const std::string& connection) { return "spent:" + connection; }

}  // namespace returns::gateway
