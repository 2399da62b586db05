// Guards and actions of machine F, by the names its file uses, and the commands money needs.

#include "workflows/steps.h"
#include "workflows/worth.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace returns::workflows {
namespace {

constexpr Millis kKeyMargin = std::chrono::hours(1);  // clocks differ, requests travel
constexpr Millis kTopUp = std::chrono::hours(24);     // between tries for want of a balance

bool TwoPeople(const Scope& s) {
    const EventData& data = s.turn.event.data;
    return !data.by.empty() && !data.second.empty() && data.second != data.by;
}
bool TwoPeopleNotStatutory(const Scope& s) {
    const Return* header = FindReturn(s.turn.subject, s.leg->return_id);
    return TwoPeople(s) && (header == nullptr || !header->statutory);
}
bool KeyIsAlive(const Scope& s) { return KeyAlive(s.turn, *s.leg); }
bool KeyIsDead(const Scope& s) { return !KeyAlive(s.turn, *s.leg); }
// Refused because the shop has no money there: to be cured by finance, not by the customer.
bool LacksBalance(const Turn& turn, const Leg& leg) {
    return leg.cause == kNoBalance && leg.executor == Executor::kPsp &&
           !Queues(turn, leg, leg.cause);
}
bool AttemptsLeft(const Scope& s) {
    return LacksBalance(s.turn, *s.leg) ||
           s.leg->attempts < s.turn.RulesOf(s.leg->return_id).policy.attempts_max;
}
// Its tender can carry it beside everything else that has left or may have left.
bool HasRoom(const Scope& s) {
    const Tender* tender = FindTender(s.turn.subject, s.leg->tender_id);
    return tender != nullptr && FreeOn(s.turn.subject, *tender) >= s.leg->amount_minor;
}
// What a provider's list of today says of a refund that was refused: an older notice or answer that
// comes late says nothing of the kind.
bool ListedWithRoom(const Scope& s) { return s.turn.listed && HasRoom(s); }
bool MayRetry(const Scope& s) { return AttemptsLeft(s) && HasRoom(s); }
bool OwedStill(const Scope& s) { return StillOwed(s.turn.subject, *s.leg); }
bool OwedAndCaptured(const Scope& s) {
    const Tender* tender = FindTender(s.turn.subject, s.leg->tender_id);
    return OwedStill(s) && tender != nullptr && BalanceOf(s.turn.subject, *tender) >= 0;
}
bool TwoPeopleOwed(const Scope& s) {
    return TwoPeople(s) && !s.leg->paid && StillOwed(s.turn.subject, *s.leg);
}
bool YoungDoubt(const Scope& s) {
    const Policy& policy = s.turn.RulesOf(s.leg->return_id).policy;
    const DelayScope scope = s.turn.ScopeOf(s.leg->return_id);
    return s.turn.now() < DelayEnd(policy, "in_doubt_ticket", scope, s.leg->entered_at, kNoTime);
}
bool HeldForMoney(const Leg& leg) {
    return leg.held_for == "capacity" || leg.held_for == "unexplained";
}
bool HoldRunsOut(const Scope& s) {
    return !HeldForMoney(*s.leg) && s.leg->held_for != kAdvance;  // no timer pays ahead
}
// Certainly not sent this time; an earlier try under the same key may still arrive.
bool NeverInDoubt(const Scope& s) { return !s.leg->key_in_doubt; }
bool NotedPaid(const Scope& s) { return s.leg->cause == "paid"; }
// A shop's own payment that it has told of and not yet made.
bool Announced(const Scope& s) { return s.leg->adopted && !s.leg->paid; }
bool WasPaid(const Scope& s) { return s.leg->paid; }

bool DisputeIs(const Scope& s, DisputeState state) {
    const auto& disputes = s.turn.subject.disputes;
    return std::any_of(disputes.begin(), disputes.end(), [&](const Dispute& d) {
        return d.tender_id == s.leg->tender_id && d.state == state;
    });
}
bool DisputeIsLost(const Scope& s) { return DisputeIs(s, DisputeState::kLost); }
bool DisputeIsWon(const Scope& s) {
    return DisputeIs(s, DisputeState::kWon) && !DisputeIs(s, DisputeState::kOpen);
}

void Stall(const Scope& s) {
    if (s.leg->stalled_at == kNoTime) s.leg->stalled_at = s.turn.now();
}
void StallIfCapacity(const Scope& s) {
    if (HeldForMoney(*s.leg)) Stall(s);
}
// An estimate whose return has nothing under way any more should have been withdrawn.
void StallIfOrphan(const Scope& s) {
    for (const Slice& slice : s.turn.subject.slices)
        if (slice.return_id == s.leg->return_id && !slice.vested && IsLive(slice.state)) return;
    Stall(s);
}
void Send(const Scope& s) { SendRefund(s.turn, *s.leg); }
void LookUp(const Scope& s) { LookUpRefund(s.turn, *s.leg); }
void WithdrawAll(const Scope& s) { WithdrawRefund(s.turn, *s.leg); }
void RetireKey(const Scope& s) {
    WithdrawRefund(s.turn, *s.leg);
    s.leg->key.clear();
    s.leg->key_first_sent_at = kNoTime;
    s.leg->key_in_doubt = false;
    s.leg->held_for = s.leg->state == RefundState::kHeld ? s.leg->held_for : "";
}
void NoteDoubt(const Scope& s) { s.leg->key_in_doubt = true; }
void AllocateNow(const Scope& s) { s.leg->cause = "allocate_now"; }
void NoteAdopted(const Scope& s) {
    s.leg->adopted = true;
    s.leg->their_reference = s.turn.event.data.their_reference;
}
// The next allocation starts behind the tender that refused.
void LeaveTender(const Scope& s) {
    s.leg->cause = "not:" + s.leg->tender_id;
    s.leg->tender_id.clear();
}
void NewPayee(const Scope& s) {
    s.leg->executor = Executor::kShop;
    s.leg->cause = "new_payee";
}
void NotePaid(const Scope& s) { s.leg->cause = "paid"; }
void MarkPaid(const Scope& s) { s.leg->paid = true; }
void UnmarkPaid(const Scope& s) { s.leg->paid = false; }
void MarkOffset(const Scope& s) { s.leg->offset = true; }
void UnmarkOffset(const Scope& s) { s.leg->offset = false; }

constexpr std::array<std::string_view, 18> kGuardNames = {
    "two_people",     "two_people_not_statutory",
    "key_alive",      "key_dead",
    "may_retry",      "young_doubt",
    "hold_runs_out",  "noted_paid",
    "was_paid",       "dispute_is_lost",
    "dispute_is_won", "has_room",
    "still_owed",     "two_people_owed",
    "never_in_doubt", "owed_and_captured",
    "announced",      "listed_with_room"};
constexpr std::array<Guard, 18> kGuards = {TwoPeople,    TwoPeopleNotStatutory,
                                           KeyIsAlive,   KeyIsDead,
                                           MayRetry,     YoungDoubt,
                                           HoldRunsOut,  NotedPaid,
                                           WasPaid,      DisputeIsLost,
                                           DisputeIsWon, HasRoom,
                                           OwedStill,    TwoPeopleOwed,
                                           NeverInDoubt, OwedAndCaptured,
                                           Announced,    ListedWithRoom};
constexpr std::array<std::string_view, 17> kActionNames = {
    "stall",      "stall_if_capacity", "stall_if_orphan", "send_refund",   "look_up",   "withdraw",
    "retire_key", "allocate_now",      "adopt",           "leave_tender",  "new_payee", "note_paid",
    "mark_paid",  "unmark_paid",       "mark_offset",     "unmark_offset", "note_doubt"};
constexpr std::array<Action, 17> kActions = {
    Stall,     StallIfCapacity, StallIfOrphan, Send,         LookUp,   WithdrawAll,
    RetireKey, AllocateNow,     NoteAdopted,   LeaveTender,  NewPayee, NotePaid,
    MarkPaid,  UnmarkPaid,      MarkOffset,    UnmarkOffset, NoteDoubt};

Json RefundBody(const Turn& turn, const Leg& leg, const Tender* tender) {
    const bool payee = leg.cause == "new_payee";
    const Return* header = FindReturn(std::as_const(turn.subject), leg.return_id);
    const bool credit = header != nullptr && header->resolution == "store_credit";
    return Json::Object({{"reference", Json::String(leg.reference)},
                         {"key", Json::String(leg.key)},
                         {"return_id", Json::String(leg.return_id)},
                         {"order_id", Json::String(turn.subject.key.order_id)},
                         {"amount_minor", Json::Int(leg.amount_minor)},
                         {"currency", Json::String(turn.subject.currency)},
                         {"tender_id", Json::String(leg.tender_id)},
                         {"payment_reference", Json::String(tender ? tender->reference : "")},
                         {"method", Json::String(payee    ? "new_payee"
                                                 : credit ? "store_credit"
                                                          : "original")},
                         {"reason", Json::String(header ? header->reason : "")}});
}

const ConnectionFacts* ConnectionOf(const Turn& turn, const Leg& leg) {
    if (leg.executor == Executor::kShop) {
        for (const ConnectionFacts& each : turn.book.connections)
            if (each.shop == turn.subject.key.shop &&
                each.operations.count("shop.refund_requested") != 0)
                return &each;
        return nullptr;
    }
    const Tender* tender = FindTender(turn.subject, leg.tender_id);
    return tender == nullptr ? nullptr : turn.book.Find(tender->connection);
}

// When the same key may go out again. The pause is half of how long the doubt has lasted, so it
// grows by itself: a provider that answers nothing but errors is asked some dozen times a day.
Instant ResendAt(const Turn& turn, const Leg& leg) {
    if (leg.state != RefundState::kUnknown || leg.key_first_sent_at == kNoTime) return turn.now();
    const Policy& policy = turn.RulesOf(leg.return_id).policy;
    const Instant zero{};
    const Millis least = Add(zero, policy.dispatch_retry) - zero;
    const Millis most = Add(zero, policy.dispatch_retry_max) - zero;
    return turn.now() + std::clamp((turn.now() - leg.key_first_sent_at) / 2, least, most);
}

bool WaitsForItsTurn(const Case& subject, const Leg& leg) {
    return std::any_of(subject.commands.begin(), subject.commands.end(), [&](const Command& each) {
        return each.leg == leg.id && each.state == CommandState::kWaiting && Sends(each);
    });
}

std::string_view SendOperation(const Leg& leg) {
    return leg.executor == Executor::kShop ? "shop.refund_requested" : "refund.create";
}

// One for each key: what is told late of a try that was refused must not be taken for the next one.
// A restore may have forgotten refunds with numbers like ours, so each history has its own names.
std::string NewReference(const Turn& turn, const Leg& leg) {
    std::string name = FirstReference(turn.subject, leg);
    if (leg.attempts > 0) name += "-" + std::to_string(leg.attempts + 1);
    const std::int64_t generation = turn.book.generation;
    return generation == 1 ? name : name + "-g" + std::to_string(generation);
}

}  // namespace

Guard RefundGuard(int index) { return kGuards.at(index); }
Action RefundAction(int index) { return kActions.at(index); }
std::span<const std::string_view> RefundGuardNames() { return kGuardNames; }
std::span<const std::string_view> RefundActionNames() { return kActionNames; }

bool KeyAlive(const Turn& turn, const Leg& leg) {
    if (leg.key.empty()) return false;
    if (leg.key_first_sent_at == kNoTime) return true;
    const ConnectionFacts* connection = ConnectionOf(turn, leg);
    if (connection == nullptr) return false;
    return turn.now() + kKeyMargin < Add(leg.key_first_sent_at, connection->key_window);
}

void SendRefund(Turn& turn, Leg& leg) {
    const std::string_view operation = SendOperation(leg);
    const ConnectionFacts* connection = ConnectionOf(turn, leg);
    if (connection == nullptr || HasCommand(turn.subject, operation, leg.return_id, leg.id)) return;
    if (leg.state == RefundState::kReady && !Forbidden(turn, leg).empty()) return;
    const Past past = PastOf(turn, leg);
    if (past == Past::kToList) return ListRefunds(turn);
    if (leg.reference.empty() || leg.key.empty()) leg.reference = NewReference(turn, leg);
    // The try before is over and its name not this one's; a shop may go on under the name it gave.
    if (leg.key.empty() && leg.executor == Executor::kPsp) leg.their_reference.clear();
    Command command;
    command.operation = operation;
    command.connection = connection->name;
    command.return_id = leg.return_id;
    command.leg = leg.id;
    command.reference = leg.reference;
    command.key = leg.key;
    command.amount_minor = leg.amount_minor;
    command.first_sent_at = leg.key_first_sent_at;
    command.not_before = ResendAt(turn, leg);
    if (leg.state == RefundState::kReady && LacksBalance(turn, leg)) {
        command.not_before = turn.now() + kTopUp;
        leg.stalled_at = turn.now();
    }
    command.confirm = past == Past::kBlind;
    const std::int64_t number = Emit(turn, std::move(command));
    Command& emitted = *FindCommand(turn.subject, number);
    if (leg.key.empty()) {
        leg.key = emitted.key;
        ++leg.attempts;
    }
    emitted.body = RefundBody(turn, leg, FindTender(turn.subject, leg.tender_id));
}

void LookUpRefund(Turn& turn, Leg& leg) {
    const ConnectionFacts* connection = ConnectionOf(turn, leg);
    const bool askable =
        connection != nullptr && connection->operations.count("refund.lookup") != 0 &&
        (connection->terms.lookup_by_our_reference || !leg.their_reference.empty());
    // Whom we cannot ask for it is told again, while the key protects it. What waits for its turn
    // keeps it: with every look it would be put off once more.
    const bool again = !askable && leg.state == RefundState::kUnknown && KeyAlive(turn, leg);
    if (again && WaitsForItsTurn(turn.subject, leg)) return;
    WithdrawRefund(turn, leg);
    if (again) SendRefund(turn, leg);
    if (!askable) return;
    if (HasCommand(turn.subject, "refund.lookup", leg.return_id, leg.id)) return;
    const Tender* tender = FindTender(turn.subject, leg.tender_id);
    Command command;
    command.operation = "refund.lookup";
    command.connection = connection->name;
    command.return_id = leg.return_id;
    command.leg = leg.id;
    command.body =
        Json::Object({{"reference", Json::String(leg.reference)},
                      {"their_reference", Json::String(leg.their_reference)},
                      {"payment_reference", Json::String(tender ? tender->reference : "")},
                      {"amount_minor", Json::Int(leg.amount_minor)},
                      {"currency", Json::String(turn.subject.currency)}});
    Emit(turn, std::move(command));
}

std::string FirstReference(const Case& subject, const Leg& leg) {
    return subject.key.order_id + "-" + std::to_string(leg.id);
}

namespace {

// Which try of the leg a name is; 0 where it is none of its own. Of a history that a restore has
// ended it names another refund.
int TryNamed(const Case& subject, const Leg& leg, const std::string& name) {
    const std::string first = FirstReference(subject, leg);
    const auto history = [&](const std::string& text) {
        return text.substr(std::min(text.find("-g", first.size()), text.size()));
    };
    if (leg.reference.empty() || history(name) != history(leg.reference)) return 0;
    const std::string tail = name.substr(0, name.size() - history(name).size());
    if (tail == first) return 1;
    if (tail.compare(0, first.size() + 1, first + "-") != 0) return 0;
    return std::atoi(tail.c_str() + first.size() + 1);
}

}  // namespace

bool IsEarlierName(const Case& subject, const Leg& leg, const std::string& name) {
    const int named = TryNamed(subject, leg, name);
    return named != 0 && named < TryNamed(subject, leg, leg.reference);
}

bool IsLaterName(const Case& subject, const Leg& leg, const std::string& name) {
    return TryNamed(subject, leg, name) > TryNamed(subject, leg, leg.reference);
}

void NoteFailed(Leg& leg, const std::string& their_reference) {
    constexpr std::size_t kKept = 16;
    if (their_reference.empty()) return;
    if (std::count(leg.failed.begin(), leg.failed.end(), their_reference) > 0) return;
    if (leg.failed.size() == kKept) leg.failed.erase(leg.failed.begin());
    leg.failed.push_back(their_reference);
}

bool HasFailed(const Case& subject, const std::string& their_reference) {
    return std::any_of(subject.legs.begin(), subject.legs.end(), [&](const Leg& leg) {
        return std::count(leg.failed.begin(), leg.failed.end(), their_reference) > 0;
    });
}

bool Sends(const Command& command) {
    return command.operation == "refund.create" || command.operation == "shop.refund_requested";
}

void WithdrawRefund(Turn& turn, const Leg& leg) {
    const std::int64_t id = leg.id;
    std::erase_if(turn.subject.commands,
                  [id](const Command& c) { return c.leg == id && Sends(c); });
}

}  // namespace returns::workflows
