#include "tests/sandbox/faults.h"

namespace returns::sandbox {

Faults::Faults()
    : rates_{
          {"callbacks.duplicate", 10},         // sent twice, same id
          {"callbacks.late", 10},              // up to a day, so that others overtake it
          {"payment.lost_answer", 5},          // the work is done, the connection dies
          {"payment.error_after_success", 3},  // the work is done, the answer is 500
          {"payment.server_error", 3},         // 500 and nothing was done
          {"payment.rate_limited", 5},         // 429 and nothing was done
          {"payment.slow", 5},                 // the answer takes real seconds
          {"payment.fails", 4},                // accepted, then failed
          {"payment.bounces", 3},              // succeeded, then failed
          {"payment.disputes", 3},             // the cardholder's bank takes the money itself
          {"payment.late_work", 0},            // the connection dies, the work is done hours later
          {"payment.by_hand", 0},              // somebody refunds a part at the provider's own page
          {"payment.unknown_status", 0},       // on its way under a word nobody has heard before
          {"payment.low_balance", 0},          // refused until the shop has money there again
          {"payment.closed", 0},               // 403 to everything for half a day
          {"logistics.lost_answer", 4},        // the return was announced, the connection dies
          {"logistics.server_error", 3},
          {"logistics.never_arrives", 6},
          {"logistics.late_opening", 10},  // stands on the dock for days
          {"logistics.short", 5},          // one unit is not in the parcel
          {"logistics.rejected", 6},
          {"logistics.unknown_status", 3},
          {"desk.lost_answer", 3},
          {"desk.rate_limited", 3},
          {"desk.comment_406", 30},  // answered 406 and stored all the same
          {"desk.acknowledges", 70},
          {"desk.resolves", 25},     // a person closes the ticket
          {"shop.duplicate", 8},     // the same event again
          {"shop.return_first", 6},  // return.requested before order.placed
          {"shop.broken", 3},        // a record that is not JSON
          {"shop.tombstone", 2},
          {"shop.refund_silent", 4},  // asked to pay, says nothing for days
      } {}

bool Faults::Drawn(Dice& dice, const std::string& name) const {
    const auto found = rates_.find(name);
    CHECK(found != rates_.end());
    return dice.Chance(found->second);
}

bool Faults::Strikes(Dice& dice, const std::string& name) const {
    const bool strikes = Drawn(dice, name);
    if (strikes) Note(name);
    return strikes;
}

Status Faults::Set(const Json& rates) {
    if (!rates.IsObject()) return Invalid("setting faults: expected an object of rates");
    std::map<std::string, int> next = rates_;
    for (const auto& [name, value] : rates.Members()) {
        const auto found = next.find(name);
        if (found == next.end()) return Invalid("setting faults: unknown fault '" + name + "'");
        ASSIGN_OR_RETURN(const std::int64_t percent, value.AsInt());
        if (percent < 0 || percent > 100) {
            return Invalid("setting faults: '" + name + "' must be 0 to 100 percent");
        }
        found->second = static_cast<int>(percent);
    }
    rates_ = std::move(next);
    return {};
}

void Faults::Clear() {
    for (auto& [name, percent] : rates_) percent = 0;
}

Json Faults::Rates() const {
    Json rates = Json::Object();
    for (const auto& [name, percent] : rates_) rates.Set(name, Json::Int(percent));
    return rates;
}

Json Faults::Struck() const {
    Json struck = Json::Object();
    for (const auto& [name, times] : struck_) struck.Set(name, Json::Int(times));
    return struck;
}

}  // namespace returns::sandbox
