#include "gateway/tokens.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr int kTimeoutMs = 10'000;
constexpr Millis kRenewMax = std::chrono::minutes(5);    // before the end; less for short lives
constexpr Millis kMarginMax = std::chrono::seconds(30);  // a call takes its time to get there
constexpr Millis kWait = std::chrono::seconds(1);        // after a failure; doubles
constexpr int kDoublingsMax = 6;
constexpr Millis kRefusedWait = std::chrono::minutes(1);
constexpr Millis kRetryAfterMax = std::chrono::minutes(15);

}  // namespace

bool Tokens::Ready(const Connection& connection) {
    if (!connection.connector->NeedsToken()) return true;
    Entry& entry = entries_[connection.settings.name];
    entry.connection = &connection;
    const Millis now = clock_.Monotonic();
    const bool good = entry.serial != 0 && now < entry.ends_at;
    const bool due = !good || now >= entry.renew_at;
    if (due && entry.asking == 0 && now >= entry.not_before) Ask(entry);
    return entry.serial != 0 && now < entry.ends_at;
}

const std::string& Tokens::Of(const std::string& connection) const {
    static const std::string none;
    const auto found = entries_.find(connection);
    return found == entries_.end() ? none : found->second.token;
}

std::int64_t Tokens::SerialOf(const std::string& connection) const {
    const auto found = entries_.find(connection);
    return found == entries_.end() ? 0 : found->second.serial;
}

TokenCounters Tokens::Counters(const std::string& connection) const {
    const auto found = entries_.find(connection);
    return found == entries_.end() ? TokenCounters() : found->second.counts;
}

void Tokens::Accepted(const std::string& connection, std::int64_t serial) {
    const auto found = entries_.find(connection);
    if (found == entries_.end() || found->second.serial != serial) return;
    found->second.accepted = true;
    found->second.discarded = 0;
}

bool Tokens::Discard(const std::string& connection, std::int64_t serial) {
    const auto found = entries_.find(connection);
    if (found == entries_.end()) return false;
    Entry& entry = found->second;
    if (entry.serial != serial) return true;
    const bool had_worked = entry.accepted;
    entry.token.clear();
    entry.serial = 0;
    entry.accepted = false;
    ++entry.counts.discarded;
    return had_worked || entry.discarded++ == 0;
}

void Tokens::Ask(Entry& entry) {
    const ConnectionSettings& settings = entry.connection->settings;
    auto asked =
        connectors::AskForToken(entry.connection->connector->manifest(), settings.settings);
    if (!asked.ok()) {
        connectors::TokenAnswer answer;
        answer.reason = "credentials";
        answer.detail = asked.error().text;
        Failed(entry, answer);
        return;
    }
    HttpCall call;
    call.id = entry.asking = next_call_--;
    call.base_url = asked->base_url.empty() ? settings.base_url : asked->base_url;
    call.request = std::move(asked->request);
    call.request.total_timeout_ms = kTimeoutMs;
    entry.asked_at = clock_.Monotonic();
    http_.Submit(std::move(call));
}

bool Tokens::Take(const HttpCompletion& completion) {
    if (completion.id >= 0) return false;
    for (auto& [name, entry] : entries_) {
        if (entry.asking != completion.id) continue;
        entry.asking = 0;
        auto answer = connectors::ReadToken(entry.connection->connector->manifest(),
                                            completion.result, clock_.Now());
        if (answer.token.empty()) {
            Failed(entry, answer);
            return true;
        }
        // Its life began when it was made, which is after it was asked for.
        entry.ends_at =
            entry.asked_at + answer.lifetime - std::min(answer.lifetime / 10, kMarginMax);
        entry.renew_at =
            entry.asked_at + answer.lifetime - std::min(answer.lifetime / 5, kRenewMax);
        entry.token = std::move(answer.token);
        entry.serial = ++last_serial_;
        entry.accepted = false;
        entry.failures = 0;
        ++entry.counts.fetched;
        return true;
    }
    return true;  // of a question nobody waits for any more
}

void Tokens::Failed(Entry& entry, const connectors::TokenAnswer& answer) {
    const bool refused = answer.reason == "credentials";
    ++(refused ? entry.counts.refused : entry.counts.failed);
    Millis wait = refused ? kRefusedWait : kWait * (1 << std::min(entry.failures, kDoublingsMax));
    if (answer.retry_after) wait = std::max(wait, std::min(*answer.retry_after, kRetryAfterMax));
    ++entry.failures;
    const auto jitter = static_cast<std::int64_t>(random_.Next() %
                                                  static_cast<std::uint64_t>(wait.count() / 4 + 1));
    const Millis now = clock_.Monotonic();
    entry.not_before = now + wait + Millis(jitter);
    if (entry.serial != 0 && now < entry.ends_at) return;  // the one there is still good
    connectors::Outcome outcome;
    outcome.kind = connectors::OutcomeKind::kNotDone;
    outcome.reason = answer.reason;
    outcome.detail = answer.detail;
    if (troubled_) troubled_(entry.connection->settings.name, outcome);
}

}  // namespace returns::gateway
