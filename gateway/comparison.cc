#include "gateway/comparison.h"

#include <algorithm>
#include <map>

namespace returns::gateway {
namespace {

constexpr std::string_view kReady = "READY", kSettled = "SETTLED", kPending = "PENDING",
                           kOverpaid = "OVERPAID";

bool IsExcess(const Leg& leg) { return leg.adopted && leg.state == RefundState::kOverpaid; }

// Told or paid by the shop, not by us.
bool IsTheirs(const Leg& leg) {
    return leg.adopted && (leg.paid || leg.state == RefundState::kPending);
}

bool WouldBePaid(const Leg& leg) { return !leg.adopted && leg.state == RefundState::kReady; }

// Another payment of the same amount on the same tender, of which this one is the repeat.
bool IsSecond(const Case& subject, const Leg& excess) {
    return IsExcess(excess) &&
           std::any_of(subject.legs.begin(), subject.legs.end(), [&](const Leg& other) {
               return other.id < excess.id && IsTheirs(other) &&
                      other.tender_id == excess.tender_id &&
                      other.amount_minor == excess.amount_minor;
           });
}

void NoteFirst(Instant& first, Instant at) {
    if (first == kNoTime || at < first) first = at;
}

Agreement Judge(const Comparison& row) {
    if (row.twice_minor > 0) return Agreement::kPaidTwice;
    if (row.theirs_minor == 0) return Agreement::kNotPaidYet;
    if (row.ours_minor == 0)
        return row.return_id.empty() ? Agreement::kNoReturn : Agreement::kNotOwed;
    if (row.theirs_minor > row.ours_minor) return Agreement::kPaidMore;
    return row.theirs_minor < row.ours_minor ? Agreement::kPaidLess : Agreement::kAgrees;
}

}  // namespace

std::string_view Name(Agreement agreement) {
    constexpr std::string_view kNames[] = {"agrees",     "not_paid_yet", "paid_less", "paid_more",
                                           "paid_twice", "not_owed",     "no_return"};
    return kNames[static_cast<std::size_t>(agreement)];
}

std::string_view Sentence(Agreement agreement) {
    constexpr std::string_view kSentences[] = {
        "both pay the same",
        "we would have paid; the shop has not so far",
        "the shop paid less than we would have",
        "the shop paid more than we would have",
        "the shop paid the same amount twice; we would have paid it once",
        "the shop paid; by our rules nothing is owed so far",
        "the shop paid without a return that we know of"};
    return kSentences[static_cast<std::size_t>(agreement)];
}

bool IsComparable(const Case& subject) {
    return std::any_of(subject.legs.begin(), subject.legs.end(),
                       [](const Leg& leg) { return IsTheirs(leg) || WouldBePaid(leg); });
}

std::vector<Comparison> Compare(const Case& subject, const std::vector<JournalEntry>& entries) {
    std::map<std::string, Comparison> rows;  // by return
    for (const Leg& leg : subject.legs) {
        if (!IsTheirs(leg) && !WouldBePaid(leg)) continue;
        Comparison& row = rows[leg.return_id];
        if (!IsExcess(leg)) row.ours_minor += leg.amount_minor;
        if (IsTheirs(leg)) row.theirs_minor += leg.amount_minor;
        if (IsSecond(subject, leg)) row.twice_minor += leg.amount_minor;
    }
    for (const JournalEntry& entry : entries) {
        for (const workflows::Move& move : entry.moves) {
            const auto row = rows.find(move.return_id);
            if (move.kind != workflows::MachineKind::kRefund || row == rows.end()) continue;
            const Instant at = entry.event.recorded_at;
            if (move.to == kReady) NoteFirst(row->second.ours_at, at);
            if (move.to == kSettled || move.to == kPending || move.to == kOverpaid)
                NoteFirst(row->second.theirs_at, at);
        }
    }
    std::vector<Comparison> told;
    for (auto& [return_id, row] : rows) {
        row.return_id = return_id;
        row.currency = subject.currency;
        row.agreement = Judge(row);
        told.push_back(std::move(row));
    }
    return told;
}

}  // namespace returns::gateway
