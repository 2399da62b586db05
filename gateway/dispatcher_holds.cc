// What keeps a command from leaving: the connection's mode, a person's word still missing, caps on
// money. And how that is shown.
#include "gateway/dispatcher_lane.h"
#include "workflows/routes.h"

#include <chrono>

namespace returns::gateway {
namespace {

bool Pays(const Command& command) {
    return command.amount_minor > 0 && command.operation == "refund.create";
}

int Approvals(const Command& command) {
    return static_cast<int>(!command.approved_by.empty()) +
           static_cast<int>(!command.seconded_by.empty());
}

}  // namespace

std::string_view Name(Hold hold) {
    constexpr std::string_view kNames[] = {"",         "observe",     "stopped",
                                           "approval", "call_cap",    "daily_cap",
                                           "currency", "catching_up", "code"};
    return kNames[static_cast<std::size_t>(hold)];
}

int ApprovalsNeeded(const ConnectionSettings& settings, const Command& command) {
    const bool large = Pays(command) && settings.approve_above_minor > 0 &&
                       command.amount_minor > settings.approve_above_minor;
    return static_cast<int>(settings.mode == ConnectionMode::kAsk) + static_cast<int>(large);
}

// With the word a restore asks for.
int Dispatcher::Needed(const ConnectionSettings& settings, const Command& command) const {
    const bool confirm = command.confirm && engine_.book().restore.open;
    return std::max(static_cast<int>(confirm), ApprovalsNeeded(settings, command));
}

Hold Dispatcher::HoldOf(Lane& lane, const Command& command) {
    const ConnectionSettings& settings = lane.connection->settings;
    if (lane.connection->stopped) return Hold::kStopped;
    if (settings.mode == ConnectionMode::kObserve) return Hold::kObserve;
    const bool money = Pays(command) || command.operation == "shop.refund_requested";
    if (money && catching_up_ && catching_up_()) return Hold::kCatchingUp;
    return CapOrApproval(lane, command, Needed(settings, command));
}

// A day is looked up once: asked of every command that waits, its name would take longest.
void Dispatcher::BeginDay(Lane& lane) const {
    const Instant day = std::chrono::floor<std::chrono::days>(clock_.Now());
    if (lane.day_began == day) return;
    lane.day_began = day;
    const std::string today = FormatDate(day);
    if (lane.day == today) return;
    lane.day = today;
    lane.day_spent_minor.clear();
}

Hold Dispatcher::CapOrApproval(Lane& lane, const Command& command, int needed) {
    const ConnectionSettings& settings = lane.connection->settings;
    if (!workflows::MissingIn(command, engine_.book()).empty()) return Hold::kCode;
    if (Pays(command)) {
        BeginDay(lane);
        const std::string& currency = command.body["currency"].AsString();
        if (!settings.cap_currency.empty() && currency != settings.cap_currency)
            return Hold::kCurrency;
        if (command.amount_minor > settings.call_cap_minor) return Hold::kCallCap;
        // A repeat under the same key moves no further money.
        const bool within =
            command.attempts > 0 ||
            lane.day_spent_minor[currency] + command.amount_minor <= settings.daily_cap_minor;
        if (!within) return Hold::kDailyCap;
    }
    return Approvals(command) < needed ? Hold::kApproval : Hold::kNone;
}

// Tables have changed since the case was decided: it is decided again, so that somebody is told.
void Dispatcher::LookAtCase(const CaseKey& key) {
    const auto known = engine_.Read(key);
    if (!known.ok() || *known == nullptr || !workflows::ParkingIsOld(**known, engine_.book()))
        return;
    Submit(LookAgain(key, clock_.Now()));
}

// Goes with the commit of the attempt's start: a restart knows what the day has cost.
void Dispatcher::Spend(Lane& lane, const Command& command, std::int64_t minor) {
    if (!Pays(command)) return;
    lane.day_spent_minor[command.body["currency"].AsString()] += minor;
    Json spent = Json::Object({{"day", Json::String(lane.day)}});
    for (const auto& [currency, sum] : lane.day_spent_minor) spent.Set(currency, Json::Int(sum));
    engine_.Note(SpentName(lane.connection->settings.name), WriteJson(spent));
}

Status Dispatcher::ReadSpent(Lane& lane, const std::string& text) {
    ASSIGN_OR_RETURN(const Json spent, ParseJson(text));
    for (const auto& [name, value] : spent.Members()) {
        if (name == "day") {
            lane.day = value.AsString();
            continue;
        }
        ASSIGN_OR_RETURN(lane.day_spent_minor[name], value.AsInt());
    }
    return {};
}

std::map<std::string, std::string> Dispatcher::Resting() const {
    std::map<std::string, std::string> resting;
    for (const auto& [name, lane] : lanes_)
        if (lane->open_until != kNoTime) resting[name] = lane->trouble;
    return resting;
}

std::vector<Dispatcher::ConnectionView> Dispatcher::View() {
    std::vector<ConnectionView> views;
    for (const auto& [name, lane] : lanes_) {
        ConnectionView view;
        view.name = name;
        view.mode = Name(lane->connection->settings.mode);
        view.stopped = lane->connection->stopped;
        view.breaker = lane->open_until == kNoTime       ? "closed"
                       : lane->open_until > clock_.Now() ? "open"
                                                         : "half_open";
        view.trouble = lane->trouble;
        // Thousands may wait where nothing is sent: they are counted without a look at each.
        const bool still = !MaySend(*lane->connection) && lane->in_flight == 0;
        if (still && !lane->ready.empty())
            view.held[std::string(
                Name(lane->connection->stopped ? Hold::kStopped : Hold::kObserve))] =
                static_cast<std::int64_t>(lane->ready.size());
        for (const auto& [key, commands] : lane->commands) {
            view.waiting += commands.size();
            for (const auto& [number, command] : commands) {
                if (!engine_.book().restore.open) break;
                view.lists += command.operation == "refund.list";
                view.confirmations += command.confirm && command.approved_by.empty();
            }
            if (still) continue;
            const Command* next = lane->Next(key);
            const Hold hold = next == nullptr ? Hold::kNone : HoldOf(*lane, *next);
            if (hold != Hold::kNone) {
                ++view.held[std::string(Name(hold))];
                continue;
            }
            for (const auto& [number, since] : lane->known_since.at(key))
                view.oldest = std::max(view.oldest, clock_.Monotonic() - since);
        }
        view.in_flight = lane->in_flight;
        view.counts = lane->counts;
        view.reasons = lane->reasons;
        view.kept_back = lane->kept_back;
        view.attempts = lane->attempts;
        view.tokens = tokens_.Counters(name);
        if (lane->day == FormatDate(clock_.Now())) view.spent_minor = lane->day_spent_minor;
        views.push_back(std::move(view));
    }
    return views;
}

void Dispatcher::AddWaiting(Lane& lane, const CaseKey& key, std::vector<WaitingCommand>& all) {
    const auto found = lane.commands.find(key);
    if (found == lane.commands.end()) return;
    for (const auto& [number, command] : found->second) {
        if (command.state != CommandState::kWaiting) continue;
        WaitingCommand waiting{&found->first, &command, HoldOf(lane, command)};
        waiting.approvals_missing = Needed(lane.connection->settings, command) - Approvals(command);
        waiting.resting = lane.open_until != kNoTime;
        all.push_back(waiting);
    }
}

std::vector<Dispatcher::WaitingCommand> Dispatcher::Waiting(const std::string& connection) {
    std::vector<WaitingCommand> all;
    const auto lane = lanes_.find(connection);
    if (lane == lanes_.end()) return all;
    for (const auto& [key, commands] : lane->second->commands) AddWaiting(*lane->second, key, all);
    return all;
}

std::vector<Dispatcher::WaitingCommand> Dispatcher::WaitingOf(const CaseKey& key) {
    std::vector<WaitingCommand> all;
    for (const auto& [name, lane] : lanes_) AddWaiting(*lane, key, all);
    return all;
}

std::vector<Dispatcher::WaitingCommand> Dispatcher::WouldGo(const std::string& connection,
                                                            ConnectionMode mode) {
    std::vector<WaitingCommand> all = Waiting(connection);
    if (all.empty() || mode == ConnectionMode::kObserve) return {};
    Lane& lane = *lanes_.find(connection)->second;
    ConnectionSettings settings = lane.connection->settings;
    settings.mode = mode;
    std::map<std::string, std::int64_t> left_minor;  // of the day's cap, by currency
    std::erase_if(all, [&](const WaitingCommand& each) {
        const Command& command = *each.command;
        const int needed = Needed(settings, command);
        if (CapOrApproval(lane, command, needed) != Hold::kNone) return true;
        if (!Pays(command) || command.attempts > 0) return false;
        const std::string& currency = command.body["currency"].AsString();
        const auto left =
            left_minor
                .try_emplace(currency, settings.daily_cap_minor - lane.day_spent_minor[currency])
                .first;
        if (left->second < command.amount_minor) return true;
        left->second -= command.amount_minor;
        return false;
    });
    return all;
}

}  // namespace returns::gateway
