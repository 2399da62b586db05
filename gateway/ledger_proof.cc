#include "gateway/ledger_proof.h"

#include "connectors/crypto.h"
#include "gateway/journal.h"
#include "gateway/sqlite_store_rows.h"
#include "gateway/verify_chain.h"
#include "schemas/case_text.h"
#include "schemas/json_text.h"
#include "schemas/money.h"
#include "workflows/decide.h"

#include <algorithm>
#include <set>

namespace returns::gateway {
namespace {

std::string Named(const CaseKey& key) { return "order " + key.order_id + " of shop " + key.shop; }

// What migration 004 marked as watched: it went by these words.
bool MayBeWatched(const std::string& snapshot) {
    constexpr std::string_view kWords[] = {"\"stalled_at\"", "\"tickets\"", "\"UNKNOWN\"",
                                           "\"CONTESTED\""};
    return std::any_of(std::begin(kWords), std::end(kWords), [&](std::string_view word) {
        return snapshot.find(word) != std::string::npos;
    });
}

// Two refunds that were paid under one name of their provider; a payment taken in by several of
// ours is one whose parts were never sent by us.
std::int64_t PaidTwice(const Case& subject) {
    std::set<std::string> names;
    std::int64_t twice = 0;
    for (const Leg& leg : subject.legs) {
        if (!leg.paid || leg.adopted || leg.their_reference.empty()) continue;
        twice += !names.insert(leg.tender_id + '\n' + leg.their_reference).second;
    }
    return twice;
}

// One case's tables against what its journal rows come to. "" when all is as it should be.
class CaseProof {
public:
    // `by_words`: marks of migration 004 may still stand.
    CaseProof(const StoredCase& stored, std::int64_t tail, bool by_words)
        : stored_(stored), tail_(tail), by_words_(by_words) {}

    Result<std::string> Run() {
        if (stored_.hash != HashOf(stored_.key)) return Told("cases.hash is not that of its key");
        if (stored_.rows.empty()) return Told("it has no journal rows");
        if (stored_.seq == 0) {
            const std::string wrong = Unsaved();
            if (!wrong.empty()) return Told(wrong);
        }
        for (const JournalRow& row : stored_.rows) {
            const Status replayed = Replay(subject_, row);
            if (!replayed.ok()) return At(row.seq, replayed.error().text);
            if (row.seq == stored_.seq) {
                const std::string wrong = Snapshot();
                if (!wrong.empty()) return Told(wrong);
                saved_ = true;
            } else if (row.seq > stored_.seq && row.seq <= tail_) {
                return Told("the snapshot is older than the mark of all snapshots says");
            }
        }
        if (stored_.seq != 0 && !saved_)
            return Told("cases.seq names row " + std::to_string(stored_.seq) +
                        ", which is none of its own");
        if (subject_.key != stored_.key) return Told("its rows are another case's");
        if (std::string broken = workflows::BrokenInvariant(subject_); !broken.empty())
            return At(stored_.rows.back().seq, "what must always hold does not: " + broken);
        std::string wrong = Lookups();
        if (wrong.empty()) wrong = Outbox();
        return wrong.empty() ? Result<std::string>(std::string()) : Told(wrong);
    }

    const Case& subject() const { return subject_; }
    std::int64_t seq() const { return seq_; }

private:
    std::string Told(const std::string& what) { return Named(stored_.key) + ": " + what; }
    std::string At(std::int64_t seq, const std::string& what) {
        seq_ = seq;
        return Told(what);
    }

    std::string Unsaved() const {
        if (stored_.snapshot || stored_.version != 0 || stored_.watched != 0 ||
            stored_.wake_at != Stored(kNever))
            return "cases.seq says that there is no snapshot, the rest says otherwise";
        return "";
    }

    std::string Snapshot() const {
        if (!stored_.snapshot) return "its snapshot is missing";
        const auto saved = ReadCase(*stored_.snapshot);
        if (!saved.ok()) return "its snapshot cannot be read: " + saved.error().text;
        if (!(*saved == subject_)) {
            std::string differs;
            AppendDiff(*saved, subject_, differs);
            return "its snapshot is not what its journal rows come to; they say " +
                   differs.substr(0, 300);
        }
        if (stored_.version != subject_.version) return "cases.version is not its version";
        if (stored_.wake_at != Stored(NextWake(subject_))) return "cases.wake_at is not its next";
        const bool watched = stored_.watched == 1;
        const bool by_words = by_words_ && watched && MayBeWatched(*stored_.snapshot);
        if (watched != IsWatched(subject_) && !by_words) return "cases.watched is wrong";
        return "";
    }

    std::string Lookups() const {
        for (const StoredCase::LookupRow& row : stored_.lookups) {
            const std::string name = "look-up " + std::to_string(row.id);
            if (row.hash != HashOf(row.lookup)) return name + ": its hash is not that of its key";
            // Those of persons are keyed digests, which the journal does not hold.
            if (row.lookup.kind == LookupKind::kMail || row.lookup.kind == LookupKind::kPhone)
                continue;
            std::string text;
            AppendJsonString(row.lookup.value, text);
            const bool known = std::any_of(
                stored_.rows.begin(), stored_.rows.end(),
                [&](const JournalRow& each) { return each.body.find(text) != std::string::npos; });
            if (!known) return name + ": its case has never heard of " + row.lookup.value;
        }
        return "";
    }

    std::string Outbox() const {
        std::vector<std::pair<std::int64_t, std::string>> wanted;
        for (const Command& command : subject_.commands)
            wanted.emplace_back(command.number, EncodeOutboxBody(command));
        std::sort(wanted.begin(), wanted.end());
        if (wanted.size() != stored_.outbox.size())
            return "the outbox holds " + std::to_string(stored_.outbox.size()) +
                   " commands of it, the journal " + std::to_string(wanted.size());
        for (std::size_t at = 0; at < wanted.size(); ++at) {
            const StoredCase::OutboxText& row = stored_.outbox[at];
            if (row.number != wanted[at].first || row.body != wanted[at].second)
                return "outbox row " + std::to_string(row.id) +
                       " is not the command of the journal";
        }
        return "";
    }

    const StoredCase& stored_;
    const std::int64_t tail_;
    const bool by_words_;
    Case subject_;
    bool saved_ = false;
    std::int64_t seq_ = 0;
};

void AddSums(const Case& subject, LedgerProof& proof) {
    for (const Leg& leg : subject.legs) {
        ++proof.refunds;
        StateSum& sum = proof.sums[subject.currency][std::string(Name(leg.state))];
        ++sum.refunds;
        sum.minor += leg.amount_minor;
        if (!leg.paid) continue;
        StateSum& paid = proof.paid[subject.currency];
        ++paid.refunds;
        paid.minor += leg.amount_minor;
    }
    proof.paid_twice += PaidTwice(subject);
}

// Walks along the anchors that hold with those that were sent out.
class SentCheck {
public:
    SentCheck(const SentAnchors& sent, LedgerProof& proof) : sent_(sent.anchors), proof_(proof) {}

    void Holds(const Anchor& anchor) {
        for (; next_ < sent_.size() && sent_[next_].anchor.seq <= anchor.seq; ++next_) {
            const SentAnchor& each = sent_[next_];
            if (each.anchor.seq != anchor.seq)
                Fault(each, "no anchor stands at that row any more");
            else if (each.anchor.head != anchor.head)
                Fault(each, "the head there is now " + anchor.head);
            if (!ok_) return;
            ++proof_.sent;
            proof_.sent_last_seq = anchor.seq;
            proof_.sent_last_at = each.sent_at;
        }
    }
    void End() {
        if (ok_ && next_ < sent_.size())
            Fault(sent_[next_],
                  "the journal ends before it, at row " + std::to_string(proof_.rows));
    }

private:
    void Fault(const SentAnchor& each, const std::string& what) {
        ok_ = false;
        if (proof_.fault) return;
        proof_.fault = LedgerFault{
            each.anchor.seq,
            "line " + std::to_string(each.line) + " of the anchors, sent at " +
                FormatInstant(each.sent_at) + ", says " + each.anchor.head + ": " + what +
                ". The past was rewritten, or a backup older than that line was put in place"};
    }

    const std::vector<SentAnchor>& sent_;
    LedgerProof& proof_;
    std::size_t next_ = 0;
    bool ok_ = true;
};

Result<bool> ProveChain(LedgerFile& file, const SentAnchors* sent, LedgerProof& proof) {
    const SentAnchors none;
    SentCheck check(sent == nullptr ? none : *sent, proof);
    const ChainSource source{[&](std::int64_t after, int n) { return file.Journal(after, n); },
                             [&](std::int64_t after, int n) { return file.Anchors(after, n); },
                             [&](const Anchor& anchor) { check.Holds(anchor); }};
    ASSIGN_OR_RETURN(const ChainReport chain, VerifyChain(source));
    proof.rows = chain.rows;
    proof.anchors = chain.anchors;
    proof.head = chain.head;
    if (chain.fault) {
        proof.fault = LedgerFault{chain.fault->seq, chain.fault->what};
        return false;
    }
    check.End();
    return !proof.fault;
}

}  // namespace

Result<LedgerProof> ProveLedger(LedgerFile& file, const SentAnchors* sent) {
    LedgerProof proof;
    ASSIGN_OR_RETURN(const bool holds, ProveChain(file, sent, proof));
    if (!holds) return proof;
    ASSIGN_OR_RETURN(const std::string mark, file.Meta(kTailMark));
    const std::int64_t tail = std::atoll(mark.c_str());
    ASSIGN_OR_RETURN(const std::string by_words, file.Meta("watched.by_words"));
    std::int64_t seen = 0;
    const Status walked = file.EachCase(
        [&](const StoredCase& stored) -> Status {
            CaseProof check(stored, tail, !by_words.empty());
            ASSIGN_OR_RETURN(const std::string wrong, check.Run());
            if (!wrong.empty()) {
                proof.fault = LedgerFault{check.seq(), wrong};
                return Error{Code::kConflict, wrong};  // ends the walk
            }
            ++proof.cases;
            seen += static_cast<std::int64_t>(stored.rows.size());
            proof.lookups += static_cast<std::int64_t>(stored.lookups.size());
            proof.commands += static_cast<std::int64_t>(stored.outbox.size());
            AddSums(check.subject(), proof);
            return {};
        },
        true);
    if (proof.fault) return proof;
    if (!walked.ok()) {
        proof.fault = LedgerFault{0, walked.error().text};
        return proof;
    }
    ASSIGN_OR_RETURN(const std::int64_t lookups, file.Count("lookups"));
    ASSIGN_OR_RETURN(const std::int64_t snapshots, file.Count("snapshots"));
    ASSIGN_OR_RETURN(const std::int64_t highest, file.Highest("lookups", "id"));
    if (lookups != highest)
        proof.fault = LedgerFault{0, "look-ups are missing: there are " + std::to_string(lookups) +
                                         " of " + std::to_string(highest)};
    if (!proof.fault && snapshots > proof.cases)
        proof.fault = LedgerFault{0, "there are snapshots of cases that are not there"};
    if (!proof.fault && seen != proof.rows)
        proof.fault = LedgerFault{0, "the cases hold " + std::to_string(seen) + " of " +
                                         std::to_string(proof.rows) + " journal rows"};
    if (!proof.fault && proof.paid_twice > 0)
        proof.fault = LedgerFault{0, std::to_string(proof.paid_twice) + " refunds were paid twice"};
    return proof;
}

namespace {

std::string SumsText(const LedgerProof& proof) {
    std::string out;
    for (const auto& [currency, states] : proof.sums) {
        for (const auto& [state, sum] : states) {
            std::string name = state, count = std::to_string(sum.refunds);
            name.resize(std::max<std::size_t>(name.size(), 12), ' ');
            if (count.size() < 9) count.insert(0, 9 - count.size(), ' ');
            out += "      " + name + count + "  " + FormatMoney(sum.minor, currency) + "\n";
        }
        const auto paid = proof.paid.find(currency);
        const StateSum sum = paid == proof.paid.end() ? StateSum() : paid->second;
        out += "      of these paid: " + std::to_string(sum.refunds) + ", " +
               FormatMoney(sum.minor, currency) + "\n";
    }
    return out;
}

}  // namespace

std::string ProofText(const LedgerProof& proof, const SentAnchors* sent) {
    if (proof.fault) {
        const std::string where =
            proof.fault->seq > 0 ? "journal row " + std::to_string(proof.fault->seq) + ": " : "";
        return "bad   " + where + proof.fault->what + "\n";
    }
    std::string out = "good  " + std::to_string(proof.cases) + " cases, " +
                      std::to_string(proof.refunds) + " refunds, " + std::to_string(proof.rows) +
                      " rows, " + std::to_string(proof.anchors) + " anchors, " +
                      std::to_string(proof.lookups) + " look-ups, " +
                      std::to_string(proof.commands) + " commands waiting\n";
    out += SumsText(proof);
    out += "      refunds paid twice: 0; broken invariants: 0\n";
    out += "      head " + proof.head + "\n";
    if (sent == nullptr) return out;
    out += "      anchors sent out: " + std::to_string(proof.sent) + " hold";
    if (proof.sent > 0)
        out += ", the last for row " + std::to_string(proof.sent_last_seq) + ", sent at " +
               FormatInstant(proof.sent_last_at);
    out += "\n";
    for (const std::int64_t line : sent->unreadable)
        out += "note  line " + std::to_string(line) +
               " of the anchors is none: cut short by an outage, or not ours\n";
    return out;
}

Json ProofJson(const LedgerProof& proof) {
    Json json = Json::Object({{"good", Json::Bool(!proof.fault)},
                              {"cases", Json::Int(proof.cases)},
                              {"refunds", Json::Int(proof.refunds)},
                              {"rows", Json::Int(proof.rows)},
                              {"anchors", Json::Int(proof.anchors)},
                              {"lookups", Json::Int(proof.lookups)},
                              {"commands", Json::Int(proof.commands)},
                              {"paid_twice", Json::Int(proof.paid_twice)},
                              {"head", Json::String(proof.head)},
                              {"anchors_sent", Json::Int(proof.sent)}});
    if (proof.fault)
        json.Set("fault", Json::Object({{"row", Json::Int(proof.fault->seq)},
                                        {"what", Json::String(proof.fault->what)}}));
    Json sums = Json::Object();
    for (const auto& [currency, states] : proof.sums) {
        Json of_currency = Json::Object();
        for (const auto& [state, sum] : states)
            of_currency.Set(state, Json::Object({{"refunds", Json::Int(sum.refunds)},
                                                 {"minor", Json::Int(sum.minor)}}));
        sums.Set(currency, std::move(of_currency));
    }
    json.Set("sums", std::move(sums));
    return json;
}

}  // namespace returns::gateway
