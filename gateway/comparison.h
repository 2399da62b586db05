// What we would have paid beside what the shop paid by itself, return by return: the proof of the
// time in which Backhaul only watches. Pure; any thread.
#pragma once

#include "gateway/journal.h"
#include "schemas/case.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

enum class Agreement : std::uint8_t {
    kAgrees,      // the same money; see the times for who was first
    kNotPaidYet,  // we would have paid, the shop has paid nothing so far
    kPaidLess,
    kPaidMore,
    kPaidTwice,  // the same amount on the same tender a second time: we would have paid it once
    kNotOwed,    // the return gives no right to money, by our rules and so far
    kNoReturn,   // the shop paid without a return that we know of
};
std::string_view Name(Agreement agreement);
std::string_view Sentence(Agreement agreement);  // for people

struct Comparison {
    std::string return_id;  // "" for money that belongs to no return we know
    std::string currency;
    Agreement agreement = Agreement::kAgrees;
    std::int64_t ours_minor = 0;    // what we have paid or would have
    std::int64_t theirs_minor = 0;  // what the shop announced or paid by itself
    std::int64_t twice_minor = 0;   // of theirs, what was paid a second time
    Instant ours_at = kNoTime;      // when we would have paid first; kNoTime: not yet
    Instant theirs_at = kNoTime;    // when the shop did first
};

// Whether the case has anything to compare, which its journal then tells more of.
bool IsComparable(const Case& subject);
// One for each return of it about which either side has money to tell. `entries` are the case's
// rows in order. Money that we sent ourselves is no subject of it.
std::vector<Comparison> Compare(const Case& subject, const std::vector<JournalEntry>& entries);

}  // namespace returns::gateway
