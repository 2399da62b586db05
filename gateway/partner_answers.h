// What a partner answers to what we wait for, in its own few words, as events for the one door:
//
//   arrived      the parcel is on their dock              parcel.delivered
//   not_arrived  they have looked: it is not there        partner.unknown_status, kept as their
//   word opened       it was opened, and what was in it        return.opened inspected    what is
//   good and what is not, by line    return.inspected lost         it was there and cannot be found
//   parcel.lost
//
// Counts are totals so far, as in every event. Pure; one thread, the lane's, for the desk.
#pragma once

#include "gateway/desk.h"
#include "gateway/input.h"
#include "schemas/json.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

inline constexpr std::size_t kAnswersAtOnce = 500;

struct PartnerAnswer {
    std::string return_id, answer, shop;
    Instant at = kNoTime;  // when it happened, by their clock
    std::string id;        // theirs for it; "": the same answer to the same wait is the same
    Json lines;            // {id, received} or {id, accepted, rejected, grade, mismatch, ...}
};

// Every word there is, and what it is called on a page.
struct AnswerWord {
    std::string_view word, label;
    EventType type;
};
const std::vector<AnswerWord>& AnswerWords();
// Which of them answer a wait for that event.
bool Answers(std::string_view word, EventType awaited);

// Strict: kInvalid names the member that is wrong.
Result<PartnerAnswer> ReadAnswer(const Json& value);

// The input that carries it. kNotFound for a return that this caller does not see; kInvalid where
// the answer does not fit it. REQUIRES: a partner's caller.
Result<Input> AnswerInput(Desk& desk, const Caller& caller, const PartnerAnswer& answer,
                          Instant now);

}  // namespace returns::gateway
