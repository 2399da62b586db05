// The HTTP API and the pages: routes each request, asks who is calling, reads or submits, answers.
// Reads are answered at once; whatever changes a case goes through the engine's door and is
// answered after it has committed. Nothing here waits. One thread, the lane's.
#pragma once

#include "gateway/backups.h"
#include "gateway/callback_keep.h"
#include "gateway/callback_reader.h"
#include "gateway/connections.h"
#include "gateway/connector_reload.h"
#include "gateway/dispatcher.h"
#include "gateway/engine.h"
#include "gateway/fetched_keys.h"
#include "gateway/histogram.h"
#include "gateway/http_door.h"
#include "gateway/intake.h"
#include "gateway/keys.h"
#include "gateway/poller.h"
#include "gateway/ports.h"
#include "gateway/publisher.h"
#include "gateway/reconciliation.h"
#include "gateway/settings.h"
#include "gateway/stall_board.h"
#include "gateway/switches.h"
#include "gateway/timers.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace returns::gateway {

class AnchorSender;
class FileDrops;
class MoneyDays;

// What requests are answered from; all of it outlives the Api.
struct ApiParts {
    Engine& engine;
    Connections& connections;
    Clock& clock;
    const Settings& settings;
    // Figures for /metrics and /readyz; left out where there is no such part.
    Dispatcher* dispatcher = nullptr;
    Switches* switches = nullptr;
    const Poller* poller = nullptr;
    const Intake* intake = nullptr;
    const Publisher* publisher = nullptr;  // where there is a bus
    const Timers* timers = nullptr;
    MoneyDays* money = nullptr;
    const AnchorSender* anchors = nullptr;  // where they are sent anywhere
    const FileDrops* drops = nullptr;       // where folders are watched
    Reconciliation* reconciliation = nullptr;
    Backups* backups = nullptr;
    ConnectorReload* reload = nullptr;
    CallbackKeep* keep = nullptr;
    FetchedKeys* fetched_keys = nullptr;  // without it, no key is known
    std::function<StoreFigures()> store = nullptr;
    std::function<std::int64_t()> mappings_stopped = nullptr;  // by the watchdog
    Instant started_at = kNoTime;                              // real time
    std::function<DoorCounters()> door = nullptr;
    std::function<std::int64_t()> callbacks_queued = nullptr;    // for threads that read them
    std::function<std::string()> bus_trouble = nullptr;          // "" while the bus is well
    std::function<std::int64_t()> partitions_stopped = nullptr;  // left out without a bus
    std::function<std::int64_t()> bus_errors = nullptr;          // since the start
    // Until when partners' certificates are valid, by host, as calls have seen them.
    std::function<std::map<std::string, Instant>()> certificates = nullptr;
    // The real time, which signatures carry, where `clock` runs fast for a demonstration.
    std::function<Instant()> wall = nullptr;
    // The settings as their file and secrets say by now; left out where there is no file.
    std::function<Result<Settings>()> reread = nullptr;
    // Unguessable bytes for sessions and for the ids of requests that bring none.
    std::function<std::string(std::size_t)> random_bytes = SystemRandomBytes;
};

struct ApiCounters {
    std::int64_t requests = 0, problems = 0, not_signed_in = 0, forbidden = 0, turned_away = 0;
    std::int64_t callbacks = 0, callbacks_unknown = 0, callbacks_forged = 0, callbacks_stale = 0,
                 callbacks_without_certificate = 0, callbacks_unmapped = 0, callbacks_repeated = 0,
                 callbacks_unknown_key = 0, callbacks_without_keys = 0;
    std::int64_t callback_trials = 0;  // dry runs, and what came with a test key
    // Of our own form: bodies that are no message, batches too long, messages with a fault.
    std::int64_t own_unreadable = 0, own_too_many = 0, own_faults = 0;
    std::map<int, std::int64_t> answers;                  // by status
    std::map<std::string, std::int64_t> callbacks_moved;  // events of them, by connection
};

class Api {
public:
    explicit Api(ApiParts parts);
    ~Api();
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    // Answers exactly once, now or after the commit. Never throws. `read`: a callback that a twin
    // of callback_reader() has read on another thread; without it the lane reads it.
    void Handle(DoorRequest request, DoorReplyFunction reply,
                std::optional<CallbackRead> read = std::nullopt);
    const CallbackReader& callback_reader() const;

    // Spare time: finds the cases that stood still when the program started. False when done.
    bool Step();
    // After connectors have changed: cases that wait for a code are looked at again, in Step.
    void LookAtWaiting();
    // From now on /readyz says no.
    void Drain();

    const ApiCounters& counters() const;
    // Method and pattern of every address there is, the pages' too, "{}" standing for one segment.
    static std::vector<std::pair<std::string_view, std::string_view>> Addresses();

private:
    class Core;
    std::unique_ptr<Core> core_;
};

}  // namespace returns::gateway
