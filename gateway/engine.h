// The lane: the one door through which every event reaches a case. Takes what has arrived, finds
// cases, leaves out repeats, decides, and commits everything in one transaction; only then are the
// givers told. Never blocks beyond the store's own write. One thread; see app.cc.
#pragma once

#include "gateway/ports.h"
#include "workflows/decide.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace returns::gateway {

// What came of an input: the answer its giver gets, the first time and every time after.
struct Receipt {
    enum class Kind : std::uint8_t {
        kDecided,   // verdict says how
        kParked,    // stored; belongs to no case yet, or could not be mapped
        kConflict,  // this id was used before with another body
        kFailed,    // not stored: the store takes no more writes; ask again later
    };
    Kind kind = Kind::kFailed;
    bool repeated = false;  // said before: this is the stored answer
    workflows::Verdict verdict = workflows::Verdict::kIgnored;
    std::string reason;
    CaseKey key;
    std::string type;  // the canonical event's wire type
    std::string return_id;
    std::vector<workflows::Move> moves;
    std::int64_t seq = 0;  // journal row
};

struct Input {
    Envelope event;        // key.order_id "" where look-ups must find it
    std::string digest;    // hex sha256 of the bytes it came as; "" takes the event's own
    std::string unmapped;  // why it could not be mapped; event has the source
    // The bytes as they came, where nobody keeps them for us: stored when it could not be mapped,
    // or when its id was used before with another body.
    std::string raw;
    std::int64_t unpark = 0;                   // it had been parked under this id
    std::function<void(const Receipt&)> done;  // may be empty
};

struct EngineOptions {
    std::size_t queue_max = 10'000;
    std::size_t batch_max = 256;
    std::size_t cases_cached_max = 50'000;
    std::size_t dirty_max = 20'000;  // cases in memory newer than their snapshot
    std::string personal_secret;     // keys the digests of mail and phone
};

struct EngineCounters {
    std::int64_t decided = 0, moved = 0, ignored = 0, refused = 0, held = 0, quarantined = 0,
                 parked = 0, repeated = 0, conflicting = 0, commits = 0, retried = 0, failed = 0,
                 turned_away = 0;
};

class Engine {
public:
    Engine(Store& store, Archive& archive, Clock& clock, Random& random,
           const workflows::Rulebook& book, EngineOptions options);

    // False when the queue is full or the store has failed: nothing was taken.
    bool Submit(Input input);
    // Decides and commits up to batch_max inputs. False when there was nothing to do.
    bool Step();
    // Spare time: writes snapshots, lets cases leave memory. `all` for shutdown.
    void Rest(bool all = false);

    // The case as committed; nullptr when there is none. Valid until the next call.
    Result<const Case*> Read(const CaseKey& key);
    Result<std::vector<CaseKey>> Find(const Lookup& lookup) { return store_.Find(lookup); }
    Archive& archive() { return archive_; }
    const workflows::Rulebook& book() const { return book_; }
    // The look-up value for a mail address or phone number.
    std::string PersonalKey(const std::string& shop, std::string_view text) const;

    // Small facts that ride along with the next commit: consumed offsets, named cursors.
    void Note(TopicOffset offset);
    void Note(std::string name, std::string value);

    // Commands that are new, changed or gone since the last take.
    struct Outbox {
        std::vector<OutboxRow> put;
        std::vector<std::pair<CaseKey, std::int64_t>> remove;
    };
    Outbox TakeOutbox();

    // Called for every case a commit has changed, after it: for boards and gauges.
    void OnCommitted(std::function<void(const Case&)> listener) { listener_ = std::move(listener); }
    // Whether something was parked unmapped since the last call.
    bool TakeRejected() { return std::exchange(rejected_, false); }

    std::size_t queued() const { return queue_.size(); }
    bool failed() const { return failed_; }
    const std::string& failure() const { return failure_; }
    const EngineCounters& counters() const { return counters_; }

private:
    struct Cached {
        Case value;
        bool dirty = false;
        std::list<CaseKey>::iterator used;
    };
    struct Staged;  // one Step's work, engine.cc

    Result<const Case*> Current(const Staged& staged, const CaseKey& key);
    Result<bool> Place(Input& input);
    Result<bool> Repeats(const Staged& staged, const Case& before, const Input& input,
                         Receipt& receipt);
    void Protect(Staged& staged, Input& input, const Case& before);
    Status Take(Staged& staged, Input input);
    void DecideOne(Staged& staged, const Case& before, Input input);
    void Park(Staged& staged, Input input, std::string reason);
    void ParkConflict(Staged& staged, Input input, Receipt receipt);
    void Publish(Staged& staged);
    Status Redrive(const Staged& staged);
    void Keep(Case value);
    void Fail(const std::vector<Input>& taken, const Error& error);

    Store& store_;
    Archive& archive_;
    Clock& clock_;
    Random& random_;
    const workflows::Rulebook& book_;
    const EngineOptions options_;
    std::deque<Input> queue_;
    std::map<CaseKey, Cached> cases_;
    std::list<CaseKey> used_;  // most recent first
    std::set<CaseKey> dirty_;
    std::map<std::pair<std::string, std::int32_t>, std::int64_t> offsets_;
    std::map<std::string, std::string> meta_;
    Outbox outbox_;
    std::function<void(const Case&)> listener_;
    bool rejected_ = true;  // look once at start
    EngineCounters counters_;
    bool failed_ = false;
    std::string failure_;
};

}  // namespace returns::gateway
