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
    std::size_t in_flight = 0, asking = 0;  // calls; of these, without a command
    std::int64_t tokens_milli = 0;          // thousandths of an attempt
    Instant tokens_at = kNoTime;
    // Calls a second they allow, in thousandths, by operation, as their answers tell.
    std::map<std::string, std::int64_t> told_milli;
    Instant quiet_until = kNoTime;  // they asked to be left alone so long
    std::int64_t failures = 0;      // in a row
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

    // Thousandths of a call a minute that may start: what they told last counts where it is less.
    std::int64_t RateMilli() const {
        std::int64_t rate = connection->settings.rate_per_minute * 1000;
        for (const auto& [operation, milli] : told_milli)
            if (rate == 0 || milli * 60 < rate) rate = milli * 60;
        return rate;
    }

    std::int64_t Burst() const {
        const std::int64_t theirs = connection->connector->manifest().rates.burst;
        const std::int64_t ours = connection->settings.burst;
        if (told_milli.empty() || theirs == 0) return std::max<std::int64_t>(ours, 1);
        return ours == 0 ? theirs : std::min(ours, theirs);
    }

    void Refill(Instant now) {
        const std::int64_t most = Burst() * 1000;
        if (tokens_at == kNoTime) tokens_milli = most;
        const std::int64_t passed = tokens_at == kNoTime ? 0 : (now - tokens_at).count();
        if (passed <= 0 && tokens_at != kNoTime) return;
        const std::int64_t more = RateMilli() * std::min<std::int64_t>(passed, 600'000) / 60'000;
        // Less than a thousandth is not thrown away: it is counted from then on.
        if (more == 0 && tokens_at != kNoTime) return;
        tokens_milli = std::min(most, tokens_milli + more);
        tokens_at = now;
    }

    // What an answer's headers told of how much is allowed.
    void NoteRates(const std::string& operation, const connectors::Outcome& outcome, Instant now) {
        constexpr Millis kQuietMax = std::chrono::minutes(15);
        if (outcome.limit_milli) told_milli[operation] = *outcome.limit_milli;
        if (outcome.remaining) {
            Refill(now);
            tokens_milli = std::min(tokens_milli, *outcome.remaining * 1000);
        }
        if (outcome.reason == "rate_limited" && outcome.retry_after)
            quiet_until = now + std::min(*outcome.retry_after, kQuietMax);
    }
};

inline bool MaySend(const Connection& connection) {
    return !connection.stopped && connection.settings.mode != ConnectionMode::kObserve;
}

// The name under which a connection's spending of the day is kept.
inline std::string SpentName(const std::string& connection) { return "spent:" + connection; }

}  // namespace returns::gateway
