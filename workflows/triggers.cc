#include "workflows/triggers.h"

#include "schemas/case.h"

#include <algorithm>
#include <array>

namespace returns::workflows {
namespace {

constexpr auto kEvidence = TriggerClass::kEvidence;
constexpr auto kPerson = TriggerClass::kPerson;
constexpr auto kOurs = TriggerClass::kOurs;

// In the order of ReturnTrigger.
constexpr std::array<TriggerFacts, kReturnTriggers> kReturnTable = {{
    {"eligible", kOurs},
    {"needs_review", kOurs},
    {"ineligible", kOurs},
    {"keep_item", kPerson},
    {"cancel", kPerson},
    {"approve", kPerson},
    {"deny", kPerson},
    {"scanned", kEvidence},
    {"proof_of_posting", kEvidence},
    {"arrived", kEvidence},
    {"opened", kEvidence},
    {"graded_ok", kEvidence},
    {"graded_bad", kEvidence},
    {"mismatch", kEvidence},
    {"carrier_lost", kEvidence},
    {"undeliverable", kEvidence},
    {"carrier_damage", kEvidence},
    {"accept", kPerson},
    {"reject", kPerson},
    {"recheck", kPerson},
    {"await_rest", kPerson},
    {"declare_lost", kPerson},
    {"liable", kPerson},
    {"not_posted", kPerson},
    {"money_done", kOurs},
    {"regraded", kEvidence},
    {"overrule", kPerson},
    {"accept_reduced", kPerson},
    {"ship_back", kPerson},
    {"abandon", kPerson},
    {"delivered_back", kEvidence},
    {"reinstate", kPerson},
    {"appeal", kPerson},
    {"reopen", kPerson},
}};

// In the order of RefundTrigger. What a look-up saw is the provider's word, hence evidence.
constexpr std::array<TriggerFacts, kRefundTriggers> kRefundTable = {{
    {"vest", kOurs},
    {"advance", kOurs},
    {"no_entitlement", kOurs},
    {"dispute_opened", kEvidence},
    {"allocate", kOurs},
    {"hold", kPerson},
    {"exchanged", kOurs},
    {"release", kPerson},
    {"refuse", kPerson},
    {"attempt_started", kOurs},
    {"reallocate", kOurs},
    {"not_sent", kOurs},
    {"in_doubt", kOurs},
    {"accepted", kEvidence},
    {"paid", kEvidence},
    {"refused", kEvidence},
    {"seen_pending", kEvidence},
    {"seen_paid", kEvidence},
    {"seen_refused", kEvidence},
    {"void", kEvidence},
    {"same_key_resend", kOurs},
    {"confirm_paid", kPerson},
    {"confirm_absent", kPerson},
    {"retry", kOurs},
    {"other_tender", kOurs},
    {"exhausted", kOurs},
    {"payee_details", kPerson},
    {"credit_accepted", kPerson},
    {"remit", kPerson},
    {"bounced", kEvidence},
    {"dispute_lost", kEvidence},
    {"not_returned", kOurs},
    {"dispute_won", kEvidence},
    {"concede", kPerson},
    {"refund_void", kEvidence},
    {"confirm_void", kPerson},
    {"close", kPerson},
    {"recovered", kPerson},
    {"write_off", kPerson},
    {"reinstate", kPerson},
    {"reopen", kPerson},
}};

// A table shorter than its enum would end in rows without a name.
static_assert(kReturnTable.back().name == "reopen" && kRefundTable.back().name == "reopen");
static_assert(kReturnTable[static_cast<int>(ReturnTrigger::kMoneyDone)].name == "money_done");
static_assert(kRefundTable[static_cast<int>(RefundTrigger::kWriteOff)].name == "write_off");

}  // namespace

std::span<const TriggerFacts> Triggers(MachineKind kind) {
    if (kind == MachineKind::kReturn) return kReturnTable;
    return kRefundTable;
}

std::optional<int> FindTrigger(MachineKind kind, std::string_view name) {
    const auto table = Triggers(kind);
    const auto row = std::find_if(table.begin(), table.end(),
                                  [&](const TriggerFacts& facts) { return facts.name == name; });
    if (row == table.end()) return std::nullopt;
    return static_cast<int>(row - table.begin());
}

std::optional<int> FindState(MachineKind kind, std::string_view name) {
    for (int state = 0; state < StateCount(kind); ++state) {
        if (StateName(kind, state) == name) return state;
    }
    return std::nullopt;
}

std::string_view StateName(MachineKind kind, int state) {
    if (kind == MachineKind::kReturn) return Name(static_cast<ReturnState>(state));
    return Name(static_cast<RefundState>(state));
}

int StateCount(MachineKind kind) {
    return kind == MachineKind::kReturn ? kReturnStates : kRefundStates;
}

}  // namespace returns::workflows
