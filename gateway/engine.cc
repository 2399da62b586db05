#include "gateway/engine.h"

#include "connectors/crypto.h"
#include "connectors/http.h"
#include "gateway/journal.h"
#include "schemas/case_text.h"
#include "schemas/check.h"

#include <algorithm>
#include <unordered_map>

namespace returns::gateway {

using workflows::Decision;
using workflows::Verdict;

namespace {

constexpr Millis kOldestFact = std::chrono::hours(24 * 400);  // older claims count as this old
constexpr std::size_t kSavedAtOnce = 128;
constexpr int kRetriesMax = 1000;  // conflicts with another engine on one batch

// A claim about time is believed within bounds: not after we heard of it, not ages before.
Instant Bounded(Instant occurred_at, Instant recorded_at) {
    if (occurred_at == kNoTime || occurred_at > recorded_at) return recorded_at;
    return std::max(occurred_at, recorded_at - kOldestFact);
}

Receipt ReceiptOf(const Envelope& event, Verdict verdict, std::string reason,
                  std::vector<workflows::Move> moves) {
    Receipt receipt;
    receipt.kind = Receipt::Kind::kDecided;
    receipt.verdict = verdict;
    receipt.reason = std::move(reason);
    receipt.key = event.key;
    receipt.type = Facts(event.type).wire;
    receipt.return_id = event.data.return_id;
    receipt.moves = std::move(moves);
    return receipt;
}

void CompareCommands(const Case& before, const Case& after, CaseChange& change) {
    for (const Command& command : after.commands) {
        const auto known =
            std::find_if(before.commands.begin(), before.commands.end(),
                         [&](const Command& each) { return each.number == command.number; });
        if (known == before.commands.end() || !(*known == command))
            change.outbox_put.push_back(command);
    }
    for (const Command& command : before.commands) {
        const bool stays =
            std::any_of(after.commands.begin(), after.commands.end(),
                        [&](const Command& each) { return each.number == command.number; });
        if (!stays) change.outbox_remove.push_back(command.number);
    }
}

void Tell(const Input& input, const Receipt& receipt) {
    if (input.done) input.done(receipt);
}

}  // namespace

// One Step's work before it is committed.
struct Engine::Staged {
    struct Said {
        Input input;
        Receipt receipt;
        int change = -1;  // index into batch.changes; -1: nothing was written for it
        int parked = -1;  // index into batch.park
    };
    Batch batch;
    std::unordered_map<CaseKey, std::size_t, CaseKeyHash> latest;  // each case's last change
    std::vector<Said> said;

    void Park(ParkedInput parked, Input input, Receipt receipt) {
        batch.park.push_back(std::move(parked));
        const int at = static_cast<int>(batch.park.size()) - 1;
        said.push_back({std::move(input), std::move(receipt), -1, at});
    }
};

Engine::Engine(Store& store, Archive& archive, Clock& clock, Random& random,
               const workflows::Rulebook& book, EngineOptions options)
    : store_(store),
      archive_(archive),
      clock_(clock),
      random_(random),
      book_(book),
      options_(std::move(options)) {}

bool Engine::Offer(Input& input) {
    if (failed_ || queue_.size() >= options_.queue_max) {
        ++counters_.turned_away;
        return false;
    }
    queue_.push_back(std::move(input));
    return true;
}

bool Engine::Step() {
    if (failed_) return false;
    if (queue_.empty() && offsets_.empty() && riders_.empty()) return false;
    std::vector<Input> taken;
    for (std::size_t n = std::min(queue_.size(), options_.batch_max); n > 0; --n) {
        taken.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    for (int round = 0; round < kRetriesMax; ++round) {
        Staged staged;
        staged.batch = riders_;
        for (const auto& [place, next] : offsets_)
            staged.batch.offsets.push_back({place.first, place.second, next});
        Status status;
        for (const Input& input : taken)
            if (status.ok()) status = Take(staged, input);
        Result<CommitOutcome> outcome = CommitOutcome::kDone;
        if (!status.ok())
            outcome = status.error();
        else if (!staged.batch.empty())
            outcome = store_.Commit(staged.batch);
        if (!outcome.ok()) {
            Fail(taken, outcome.error());
            return true;
        }
        if (*outcome == CommitOutcome::kDone) {
            Publish(staged);
            return true;
        }
        // Another engine moved one of these cases on: what we remember of them is old.
        ++counters_.retried;
        for (const CaseChange& change : staged.batch.changes) cases_.Forget(change.row.key);
    }
    CHECK(false);  // the store says "conflict" for ever
    return false;
}

Result<const Case*> Engine::Current(const Staged& staged, const CaseKey& key) {
    const auto working = staged.latest.find(key);
    if (working != staged.latest.end()) return &staged.batch.changes[working->second].after;
    return Read(key);
}

Result<const Case*> Engine::Read(const CaseKey& key) {
    if (const Case* known = cases_.Find(key)) return known;
    ASSIGN_OR_RETURN(std::optional<Case> loaded, store_.Load(key));
    if (!loaded) return static_cast<const Case*>(nullptr);
    return cases_.Add(std::move(*loaded));
}

// Finds the case an event belongs to by what it names; false when nothing or too much fits.
Result<bool> Engine::Place(Input& input) {
    if (!input.event.key.order_id.empty()) return true;
    for (const Lookup& lookup : LookupsOf(input.event)) {
        ASSIGN_OR_RETURN(std::vector<CaseKey> found, store_.Find(lookup));
        if (!input.event.key.shop.empty())
            std::erase_if(found,
                          [&](const CaseKey& key) { return key.shop != input.event.key.shop; });
        if (found.size() != 1) continue;
        input.event.key = found.front();
        return true;
    }
    return false;
}

// The same (source, id) again gives the stored receipt; with another body it is refused.
Result<bool> Engine::Repeats(const Staged& staged, const Case& before, const Input& input,
                             Receipt& receipt) {
    if (input.event.source_id.empty()) return false;
    const std::uint64_t mark = Fingerprint(input.event.source, input.event.source_id);
    for (auto seen = before.seen.rbegin(); seen != before.seen.rend(); ++seen) {
        if (seen->fingerprint != mark) continue;
        std::optional<JournalRow> row;
        if (seen->journal != 0) {
            ASSIGN_OR_RETURN(row, archive_.Row(seen->journal));
        } else {
            for (const CaseChange& change : staged.batch.changes)
                if (change.row.key == before.key && change.row.fingerprint == mark)
                    row = change.row;
        }
        if (!row)
            return Error{Code::kInternal, "reading the journal: a row the case names is gone"};
        ASSIGN_OR_RETURN(JournalEntry entry, DecodeEntry(row->body));
        if (entry.event.source != input.event.source ||
            entry.event.source_id != input.event.source_id)
            continue;  // two ids share a fingerprint
        receipt = ReceiptOf(entry.event, entry.verdict, entry.reason, entry.moves);
        receipt.seq = row->seq;
        receipt.repeated = true;
        if (entry.digest != input.digest) {
            receipt.kind = Receipt::Kind::kConflict;
            receipt.reason =
                "id " + input.event.source_id + " was used before with another body; use a new id";
        }
        return true;
    }
    return false;
}

std::string Engine::PersonalKey(const std::string& shop, std::string_view text) const {
    std::string plain = connectors::Lower(text);
    std::erase(plain, ' ');
    return connectors::EncodeHex(
        connectors::HmacSha256(options_.personal_secret, shop + std::string(1, '\0') + plain));
}

// Moves names and addresses out of the event: the journal keeps salted digests, and the salt goes
// with the person.
void Engine::Protect(Staged& staged, Input& input, const Case& before) {
    Customer& customer = input.event.data.customer;
    if (customer.name.empty() && customer.mail.empty() && customer.phone.empty()) return;
    Personal personal{before.key, customer.name, customer.mail, customer.phone, ""};
    for (int i = 0; i < 2; ++i) personal.salt += std::to_string(random_.Next());
    const auto digest = [&](const std::string& text) {
        if (text.empty()) return std::string();
        return connectors::EncodeHex(connectors::HmacSha256(personal.salt, text));
    };
    customer.mail_digest = digest(customer.mail);
    customer.phone_digest = digest(customer.phone);
    customer.name.clear();
    customer.mail.clear();
    customer.phone.clear();
    staged.batch.personal.push_back(std::move(personal));
}

Status Engine::Take(Staged& staged, Input input) {
    if (input.digest.empty()) input.digest = connectors::Sha256Hex(EnvelopeText(input.event));
    if (!input.unmapped.empty()) {
        std::string reason = input.unmapped;
        Park(staged, std::move(input), std::move(reason));
        return {};
    }
    ASSIGN_OR_RETURN(const bool placed, Place(input));
    if (!placed) {
        Park(staged, std::move(input), "no case fits what it names");
        return {};
    }
    ASSIGN_OR_RETURN(const Case* known, Current(staged, input.event.key));
    Case fresh;
    fresh.key = input.event.key;
    const Case& before = known == nullptr ? fresh : *known;
    Receipt receipt;
    ASSIGN_OR_RETURN(const bool repeats, Repeats(staged, before, input, receipt));
    if (repeats) {
        if (input.unpark != 0) staged.batch.unpark.push_back(input.unpark);
        if (receipt.kind == Receipt::Kind::kConflict && !input.raw.empty())
            ParkConflict(staged, std::move(input), std::move(receipt));
        else
            staged.said.push_back({std::move(input), std::move(receipt)});
        return {};
    }
    if (input.seen_version && *input.seen_version != before.version) {
        receipt.kind = Receipt::Kind::kStale;
        receipt.reason = "the case has moved on since it was read; read it again, then decide";
        staged.said.push_back({std::move(input), std::move(receipt)});
        return {};
    }
    DecideOne(staged, before, std::move(input));
    return {};
}

// Whatever ends the program while it decides is known to the next start; the third time it is
// frozen.
Decision Engine::Watched(const Case& before, const Envelope& event, std::uint64_t mark) const {
    if (options_.suspect == mark)
        return workflows::Freeze(before, event, book_,
                                 "the program ended twice deciding this event");
    if (options_.deciding) options_.deciding(mark);
    Decision decision = workflows::Decide(before, event, book_);
    if (options_.deciding) options_.deciding(0);
    return decision;
}

void Engine::DecideOne(Staged& staged, const Case& before, Input input) {
    Envelope& event = input.event;
    event.recorded_at = std::max(clock_.Now(), before.recorded_at);
    event.occurred_at = Bounded(event.occurred_at, event.recorded_at);
    const Customer named = event.data.customer;
    Protect(staged, input, before);
    const std::uint64_t mark = Fingerprint(event.source, event.source_id);
    Decision decision = Watched(before, event, mark);

    CaseChange change;
    change.version_before = before.version;
    change.row.key = event.key;
    change.row.fingerprint = mark;
    change.row.body = EncodeEntry(event, input.digest, before, decision);
    change.after = std::move(decision.after);
    change.after.seen.push_back(Seen{change.row.fingerprint, 0});
    change.lookups = std::move(decision.lookups);
    for (const auto& [kind, text] :
         {std::pair{LookupKind::kMail, named.mail}, std::pair{LookupKind::kPhone, named.phone}})
        if (!text.empty())
            change.lookups.push_back({kind, event.key.shop, PersonalKey(event.key.shop, text)});
    CompareCommands(before, change.after, change);
    if (input.unpark != 0) staged.batch.unpark.push_back(input.unpark);
    Receipt receipt =
        ReceiptOf(event, decision.verdict, std::move(decision.reason), std::move(decision.moves));
    staged.latest[event.key] = staged.batch.changes.size();
    staged.batch.changes.push_back(std::move(change));
    staged.said.push_back(
        {std::move(input), std::move(receipt), static_cast<int>(staged.batch.changes.size()) - 1});
}

namespace {

ParkedInput ParkedOf(const Input& input, std::string reason, Instant now) {
    ParkedInput parked;
    parked.source = input.event.source;
    parked.source_id = input.event.source_id.empty() ? input.digest : input.event.source_id;
    parked.reason = std::move(reason);
    parked.digest = input.digest;
    parked.parked_at = now;
    return parked;
}

void KeepBytes(ParkedInput& parked, const Input& input) {
    parked.raw = input.raw;
    parked.headers = input.headers.empty() ? "{}" : input.headers;
}

}  // namespace

void Engine::Park(Staged& staged, Input input, std::string reason) {
    Receipt receipt;
    receipt.kind = Receipt::Kind::kParked;
    receipt.reason = reason;
    if (input.unmapped.empty()) receipt.type = Facts(input.event.type).wire;
    if (input.unpark != 0 && !input.remapped) {  // it is parked and still fits nowhere
        staged.said.push_back({std::move(input), std::move(receipt)});
        return;
    }
    if (input.unpark != 0) staged.batch.unpark.push_back(input.unpark);
    ParkedInput parked = ParkedOf(input, std::move(reason), clock_.Now());
    if (input.unmapped.empty()) {
        input.event.recorded_at = parked.parked_at;
        parked.lookups = LookupsOf(input.event);
        parked.envelope = EnvelopeText(input.event);
    } else {
        KeepBytes(parked, input);
    }
    staged.Park(std::move(parked), std::move(input), std::move(receipt));
}

// Its giver may never send it again: kept with its bytes, for a person to see.
void Engine::ParkConflict(Staged& staged, Input input, Receipt receipt) {
    ParkedInput parked = ParkedOf(input, receipt.reason, clock_.Now());
    KeepBytes(parked, input);
    staged.Park(std::move(parked), std::move(input), std::move(receipt));
}

// After the commit: remember, hand commands on, tell the givers, try again what waited.
void Engine::Publish(Staged& staged) {
    ++counters_.commits;
    if (positions_ && !staged.batch.offsets.empty()) positions_(staged.batch.offsets);
    offsets_.clear();
    counters_.raw_forgotten += static_cast<std::int64_t>(riders_.forget_raw.size());
    riders_ = {};
    std::vector<CaseChange>& changes = staged.batch.changes;
    for (std::size_t at = 0; at < changes.size(); ++at) {
        CaseChange& change = changes[at];
        const CaseKey& key = change.row.key;
        for (Command& command : change.outbox_put) outbox_.put.push_back({key, std::move(command)});
        for (std::int64_t number : change.outbox_remove) outbox_.remove.emplace_back(key, number);
        // The last change of a case stands for it: the store has sealed chain and row numbers.
        if (staged.latest.find(key)->second != at) continue;
        for (const auto& [name, listener] : listeners_) listener(change.after);
        cases_.Put(std::move(change.after));
    }
    for (Staged::Said& said : staged.said) {
        Receipt& receipt = said.receipt;
        if (said.change >= 0) {
            receipt.seq = staged.batch.changes[said.change].row.seq;
            ++counters_.decided;
            counters_.moved += receipt.verdict == Verdict::kMoved;
            counters_.ignored += receipt.verdict == Verdict::kIgnored;
            counters_.refused += receipt.verdict == Verdict::kRefused;
            counters_.held += receipt.verdict == Verdict::kHeld;
            counters_.quarantined += receipt.verdict == Verdict::kQuarantined;
        }
        counters_.parked += said.parked >= 0;
        counters_.parked_conflicting +=
            said.parked >= 0 && receipt.kind == Receipt::Kind::kConflict;
        counters_.parked_unmapped += said.parked >= 0 && !said.input.unmapped.empty();
        counters_.repeated += receipt.repeated;
        counters_.conflicting += receipt.kind == Receipt::Kind::kConflict;
        rejected_ =
            rejected_ || (said.parked >= 0 && staged.batch.park[said.parked].envelope.empty());
    }
    const Status again = Redrive(staged);
    for (const Staged::Said& said : staged.said) Tell(said.input, said.receipt);
    if (!again.ok()) {
        failed_ = true;
        failure_ = again.error().text;
    }
}

// A written key may be what parked input waits for, and a key may have been written while we
// parked: both ways round.
Status Engine::Redrive(const Staged& staged) {
    std::map<std::int64_t, ParkedInput> fits;
    for (const CaseChange& change : staged.batch.changes) {
        for (const Lookup& lookup : change.lookups) {
            ASSIGN_OR_RETURN(std::vector<ParkedInput> waiting, archive_.Parked(lookup, 1000));
            for (ParkedInput& parked : waiting) fits.emplace(parked.id, std::move(parked));
        }
    }
    for (const Staged::Said& said : staged.said) {
        if (said.parked < 0) continue;
        const ParkedInput& parked = staged.batch.park[said.parked];
        for (const Lookup& lookup : parked.lookups) {
            ASSIGN_OR_RETURN(std::vector<CaseKey> found, store_.Find(lookup));
            if (found.empty()) continue;
            ASSIGN_OR_RETURN(std::vector<ParkedInput> waiting, archive_.Parked(lookup, 1000));
            for (ParkedInput& each : waiting) fits.emplace(each.id, std::move(each));
        }
    }
    return TryAgain(fits);
}

void Engine::Fail(const std::vector<Input>& taken, const Error& error) {
    failed_ = true;
    failure_ = error.text;
    ++counters_.failed;
    Receipt receipt;
    receipt.kind = Receipt::Kind::kFailed;
    receipt.reason = error.text;
    for (const Input& input : taken) Tell(input, receipt);
    for (const Input& input : queue_) Tell(input, receipt);
    queue_.clear();
}

void Engine::Rest(bool all) {
    if (failed_) return;
    const std::size_t held = options_.cases_cached_max;
    const std::size_t unsaved_max = std::min(options_.dirty_max, held / 2);
    const bool many = cases_.unsaved() > unsaved_max;
    if (!all && !many && cases_.size() <= held) return;
    // A few at a time, so that nobody waits long for the lane; more when more than that came.
    std::size_t n = all ? cases_.unsaved() : 0;
    if (!all && many) n = std::max(kSavedAtOnce, cases_.unsaved() - unsaved_max);
    const std::vector<const Case*> unsaved = cases_.Unsaved(n, held);
    const Status status = unsaved.empty() ? Status() : store_.Snapshot(unsaved);
    if (!status.ok()) {
        failed_ = true;
        failure_ = status.error().text;
        return;
    }
    cases_.Saved(unsaved);
    cases_.Trim(held);
}

void Engine::Note(TopicOffset offset) {
    std::int64_t& next = offsets_[{offset.topic, offset.partition}];
    next = std::max(next, offset.next);
}

void Engine::Note(std::string name, std::string value) {
    for (auto& [known, old] : riders_.meta)
        if (known == name) {
            old = std::move(value);
            return;
        }
    riders_.meta.emplace_back(std::move(name), std::move(value));
}

void Engine::ForgetRaw(const std::vector<std::int64_t>& ids) {
    riders_.forget_raw.insert(riders_.forget_raw.end(), ids.begin(), ids.end());
}

Engine::Outbox Engine::TakeOutbox() { return std::exchange(outbox_, {}); }

}  // namespace returns::gateway
