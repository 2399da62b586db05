// The parts of a decision, one file each. Every function changes turn.subject and records moves,
// look-ups and, where nothing changed, the reason. Called by Decide only, in its thread.
#pragma once

#include "workflows/turn.h"

namespace returns::workflows {

// What a handler says when it did not simply move things.
struct Told {
    Verdict verdict = Verdict::kMoved;  // kMoved also where only facts were noted
    std::string reason;
};
inline Told Moved() { return {}; }
inline Told Ignored(std::string reason) { return {Verdict::kIgnored, std::move(reason)}; }
inline Told Refused(std::string reason) { return {Verdict::kRefused, std::move(reason)}; }

Told OnOrder(Turn& turn);            // order.*            orders.cc
Told OnReturnRequested(Turn& turn);  // return.requested   requests.cc
Told OnReturnWish(Turn& turn);       // return.approved, denied, cancelled, kept, reinstated
Told OnParcel(Turn& turn);           // parcel.*, return.label_issued, return.sent_back   goods.cc
Told OnLabelRequested(Turn& turn);   // return.label_requested   labels.cc
Told OnOpened(Turn& turn);           // return.opened      counts.cc
Told OnInspected(Turn& turn);        // return.inspected   counts.cc
Told OnRollCall(Turn& turn);         // partner.roll_call  roll_call.cc
Told OnRefund(Turn& turn);           // refund.*           money.cc
Told OnDispute(Turn& turn);          // dispute.*          money.cc
Told OnAttempt(Turn& turn);          // attempt.*          attempts.cc
Told OnTicket(Turn& turn);           // ticket.*           tickets.cc
Told OnAction(Turn& turn);           // action.*           actions.cc
Told OnTimer(Turn& turn);            // timer.fired        decide.cc

// timer.fired of the case that speaks for all missing orders of its shop: says how many they are,
// at most once an hour, and nothing once there are none. Gives whether anything was due.
bool TellMissing(Turn& turn);
// Its ticket was closed by somebody: looked at again then.
void AskMissingAgain(Turn& turn, Instant again);
// Whoever moves goods or money of a return is no other pair of eyes for its refunds.
void NoteActor(Turn& turn, const std::string& return_id);

// The return an event is about: by its id, their reference, the tracking number, or because the
// case has only one. nullptr when it cannot be told.
Return* ReturnOf(Turn& turn);
// Whether the connection the event came through may speak for that return: a partner speaks for
// what it handles, the shop and we for all. One that has what no route leads to becomes its
// partner.
bool MaySpeakFor(const Turn& turn, Return& header);

// L1 to L3 and everything else that follows from how the case now stands, until nothing changes.
void RunLinks(Turn& turn);
// Opens, joins, comments and resolves tickets as stalls begin and end.
void KeepTickets(Turn& turn);

// Money still free on a tender: captured less what is committed and what a chargeback took.
std::int64_t FreeOn(const Case& subject, const Tender& tender);
// The same below nothing as well: more has left, or may have, than was captured.
std::int64_t BalanceOf(const Case& subject, const Tender& tender);
// Whether what is owed for the leg's return covers the leg beside all other legs.
bool StillOwed(const Case& subject, const Leg& leg);
// The legal deadline from its trigger (requested, posted, received, accepted); only ever earlier.
void StartLegalClock(Turn& turn, Return& header, std::string_view trigger, Instant at);

// Chooses the return's partner, or notes why none can be chosen.
void RouteReturn(Turn& turn, Return& header);
// Returns whose partner cannot be told of them: parks those that are so now, lets go those that no
// longer are; gives whether anything changed. What is parked does not expire, it only stalls again:
// WakeParked, before timers fire.
bool KeepParked(Turn& turn);
bool WakeParked(Turn& turn);

// Asks the shop for an order that events wait for, where it can be asked.
void LookUpOrder(Turn& turn);
// Tells the partner of the return to expect its parcel; to expect it no more, once no slice is
// coming. Both do nothing where it has been said already.
void AskInbound(Turn& turn, const std::string& return_id);
void CancelInbound(Turn& turn, const std::string& return_id);
inline constexpr std::string_view kPartnerRefused = "partner refused: ";  // begins a cause
// Whoever asked for a return's label is given it once there is one, or told that none will come.
void AnswerLabels(Turn& turn);
// The partner knows the return by itself: what was never sent need not be said any more.
void SkipInbound(Turn& turn, const std::string& return_id);
// Attempts whose answer is overdue become doubt. Gives whether there were any.
bool ExpireCommands(Turn& turn);

// After a restore (reconcile.cc): what is known of refunds that left and were forgotten by it.
enum class Past : std::uint8_t {
    kKnown,
    kToList,  // payments of the order have not been asked for all their refunds
    kBlind,   // nobody can be asked: a person's word
};
Past PastOf(const Turn& turn, const Leg& leg);
// Asks the order's payments for the refunds the case does not know, one by one.
void ListRefunds(Turn& turn);
// False: the answer leads no further, ask again later.
bool TakeListed(Turn& turn, const Command& asked);

// What the provider's profile says (terms.cc); the usual where the shop pays back itself.
const RefundTerms& TermsOf(const Turn& turn, const Leg& leg);
// Why its provider would not take this refund: a word for `cause`; "" where it would.
std::string Forbidden(const Turn& turn, std::int64_t leg_id, const Tender& tender,
                      std::int64_t amount_minor);
std::string Forbidden(const Turn& turn, const Leg& leg);
// What cannot be sent needs another way to pay, without a try that is known to fail.
bool SettleForbidden(Turn& turn);
inline constexpr std::string_view kNoBalance = "insufficient_funds";
// Refused for want of a balance, by one who keeps it and pays once there is one.
bool Queues(const Turn& turn, const Leg& leg, const std::string& reason);
// Whether a refusal speaks for every try under the leg's key.
bool IsFinal(const Turn& turn, const Leg& leg);

bool Sends(const Command& command);  // a refund: to its provider, or to the shop that pays it
// Sends the leg's refund under its own key, which is made if it has none alive.
void SendRefund(Turn& turn, Leg& leg);
// Asks the provider what became of the leg; resends inside the key window where it cannot say.
void LookUpRefund(Turn& turn, Leg& leg);
void WithdrawRefund(Turn& turn, const Leg& leg);
bool KeyAlive(const Turn& turn, const Leg& leg);
// Our name for a refund is new with every key. What a leg was called before: it was surely refused
// under that name, or never left under it.
std::string FirstReference(const Case& subject, const Leg& leg);
bool IsEarlierName(const Case& subject, const Leg& leg, const std::string& name);
// A try that a restore has made us forget.
bool IsLaterName(const Case& subject, const Leg& leg, const std::string& name);
// The refund the event is about, where it is in our books as paid, by its provider's name.
const Leg* KnownPaid(const Turn& turn);
// The event is about another refund than the one the leg has and that stands: a second one under
// our name.
bool IsAnother(const Turn& turn, const Leg& leg);
// Paid, or about to be, beside what the leg stands for: a try we know to have been refused, or one
// more after it was settled. Flagged at once.
Told PaidBesides(Turn& turn, const Leg& leg);
// A refund its provider has failed, by its reference, stays failed: what is told of it later is an
// older notice, or an answer that was kept.
void NoteFailed(Leg& leg, const std::string& their_reference);
bool HasFailed(const Case& subject, const std::string& their_reference);
// Money others moved: found among our legs, or kept as a leg of its own and flagged.
void Adopt(Turn& turn, std::int64_t amount_minor, RefundTrigger trigger);
// A payment's refund that the case does not know, found after a restore: the event names it. Given
// to the leg it was made for, if that can be told, else as Adopt does.
void AdoptListed(Turn& turn, bool paid);

}  // namespace returns::workflows
