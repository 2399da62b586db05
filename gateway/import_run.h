// Takes a file of past orders through the engine's door, whole orders at a time: an order's events
// share one transaction, so that no crash leaves goods accepted without the refund that was paid
// for them. Preview and apply are the same run, over a copy of the database or the database itself.
// One thread, the lane's.
#pragma once

#include "gateway/engine.h"
#include "gateway/import_file.h"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace returns::gateway {

enum class ImportKind : std::uint8_t { kOrder, kCapture, kReturn, kRefund };
inline constexpr std::size_t kImportKinds = 4;

struct ImportCount {
    std::int64_t fresh = 0, known = 0;
    std::int64_t fresh_minor = 0, known_minor = 0;  // what they are worth; returns: nothing
};

struct ImportTally {
    std::map<std::string, std::array<ImportCount, kImportKinds>> by_currency;
    std::int64_t events_fresh = 0, events_known = 0, events_ignored = 0;
    std::int64_t orders_done = 0, orders_refused = 0, faults = 0;
    std::int64_t refunds_without_goods = 0;
};

// A command the run left in the outbox: what partners will be asked for when the gateway runs.
struct ImportCommand {
    std::string operation, connection, currency;
    std::int64_t amount_minor = 0;
};

class ImportRun {
public:
    // The engine takes as many inputs at once as an order may have events: see ImportLane.
    ImportRun(Engine& engine, const ImportFile& file, std::string shop, std::size_t faults_max);

    // The next orders, one commit. False when there are no more, or the store has failed.
    bool Step();

    const ImportTally& tally() const { return tally_; }
    const std::vector<ImportFault>& faults() const { return faults_; }    // the first of them
    const std::vector<std::size_t>& refused() const { return refused_; }  // places of orders
    const std::map<std::pair<CaseKey, std::int64_t>, ImportCommand>& commands() const {
        return commands_;
    }

private:
    struct Sent {
        std::size_t order = 0;
        ImportedEvent told;
        Receipt receipt;
    };
    void Take(std::size_t order);  // refused orders leave nothing behind
    Status Fits(const std::string& order_id, const ImportReading& reading);
    Status FitsAlone(const Envelope& event);
    Input InputFor(Envelope event, std::size_t sent);
    void Judge(Sent& sent);
    void Count(const Sent& sent, bool fresh);
    void Note(std::size_t order, ImportFault fault);
    void NoteCommands();

    Engine& engine_;
    const ImportFile& file_;
    const std::string shop_;
    const std::size_t faults_max_;
    std::size_t next_ = 0;  // order
    std::vector<Sent> sent_;
    ImportTally tally_;
    std::vector<ImportFault> faults_;
    std::vector<std::size_t> refused_;
    std::map<std::pair<CaseKey, std::int64_t>, ImportCommand> commands_;
};

// The lane's sizes for a run: whole orders, however long, fit one step.
EngineOptions ImportLane(EngineOptions options);

}  // namespace returns::gateway
