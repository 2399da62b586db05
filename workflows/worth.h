// What units are worth and what is owed for a return. Called by Decide only, in its thread.
#pragma once

#include "workflows/turn.h"

#include <cstdint>
#include <map>
#include <string>

namespace returns::workflows {

// What a slice's units bring: net is gross less the fees and what is withheld.
struct Worth {
    std::int64_t gross_minor = 0;  // the units' share of what was paid
    std::int64_t tax_minor = 0;    // inside gross
    int fee_percent = 0;           // what restocking is charged by; 0: it is not
    std::int64_t restocking_minor = 0, withheld_minor = 0, label_fee_minor = 0;
    std::int64_t net_minor = 0;
};
// Grants units one slice after the other, each on top of what the case and this have granted.
class Grants {
public:
    explicit Grants(const Turn& turn) : turn_(turn) {}
    bool HasRoom(const Slice& slice, const OrderLine& line);
    Worth Next(const Slice& slice, const OrderLine& line);  // REQUIRES: HasRoom

private:
    struct Fees {
        int units = 0;
        std::int64_t minor = 0;
    };
    struct SoFar {
        int units = 0;
        std::int64_t gross_minor = 0, tax_minor = 0;
        std::map<int, Fees> fees;  // by percent
    };
    SoFar& OfLine(const OrderLine& line);
    Fees& FeesOf(const OrderLine& line, int percent);
    std::int64_t& LabelFeeOn(const Return& header);

    const Turn& turn_;
    std::map<const OrderLine*, SoFar> lines_;
    std::map<std::string, std::int64_t> label_fees_;
};
// What the goods of a return have earned; what is owed for it, an advance included.
std::int64_t Earned(const Case& subject, const Return& header);
std::int64_t Owed(const Case& subject, const Return& header);
// Delivery cost that goes back with these units of the line. REQUIRES: they count as granted.
void GrantShipping(Turn& turn, Return& header, OrderLine& line, int units);

// Whether a leg takes part in what is owed: neither an estimate nor withdrawn, or withdrawn because
// settled another way; and all of a return's legs that do.
bool Assigned(const Leg& leg);
std::int64_t AssignedTo(const Case& subject, const std::string& return_id);
// Its outcome is still open: it may yet bring money.
bool Undecided(const Slice& slice);
// What the undecided units of a return would bring if they were accepted.
std::int64_t EstimateFor(const Turn& turn, const std::string& return_id);

inline constexpr std::string_view kExchange = "exchange";  // Leg::cause

// Money ahead of the goods.   advance.cc
inline constexpr std::string_view kAdvance = "advance";           // Leg::cause, Leg::held_for
inline constexpr std::string_view kNotReturned = "not_returned";  // Leg::cause
// It left, nothing has earned it, and it was flagged: to be recovered, or that is over.
bool TakenBack(const Leg& leg);
// What all returns of the order have that their goods have not earned.
std::int64_t AheadOf(const Case& subject);
// On a proof that the goods are on their way. Gives what is to be said of it, "" for nothing.
std::string GrantAdvance(Turn& turn, const std::string& return_id);
// An advance nobody has earned is taken back; goods that come after all end that. Gives whether
// anything changed.
bool KeepAdvance(Turn& turn, Return& header);

}  // namespace returns::workflows
