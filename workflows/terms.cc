// What a provider's profile asks of the engine: which refunds it would not take, and what its words
// mean. Whose profile it is plays no part.

#include "workflows/steps.h"

#include <algorithm>
#include <array>

namespace returns::workflows {
namespace {

constexpr std::string_view kAll = "*";

std::int64_t LeastOf(const RefundTerms& terms, const std::string& currency) {
    auto least = terms.minimum_minor.find(currency);
    if (least == terms.minimum_minor.end()) least = terms.minimum_minor.find(kAll);
    return least == terms.minimum_minor.end() ? 0 : least->second;
}

// Refunds of the payment beside this one that have left, or may have.
int RefundsOf(const Case& subject, const std::string& tender_id, std::int64_t leg_id) {
    return static_cast<int>(
        std::count_if(subject.legs.begin(), subject.legs.end(), [&](const Leg& each) {
            return each.id != leg_id && each.tender_id == tender_id &&
                   (IsCommitted(each.state) || each.paid);
        }));
}

bool TooOld(const Turn& turn, const Tender& tender, const RefundTerms& terms) {
    if (terms.days_max == 0 || tender.captured_at == kNoTime) return false;
    return turn.now() >= tender.captured_at + std::chrono::hours(24) * terms.days_max;
}

}  // namespace

const RefundTerms& TermsOf(const Turn& turn, const Leg& leg) {
    static const RefundTerms none;
    if (leg.executor != Executor::kPsp) return none;
    const Tender* tender = FindTender(turn.subject, leg.tender_id);
    const ConnectionFacts* connection =
        tender == nullptr ? nullptr : turn.book.Find(tender->connection);
    return connection == nullptr ? none : connection->terms;
}

std::string Forbidden(const Turn& turn, std::int64_t leg_id, const Tender& tender,
                      std::int64_t amount_minor) {
    const ConnectionFacts* connection = turn.book.Find(tender.connection);
    if (tender.executor != Executor::kPsp || connection == nullptr) return "";
    const RefundTerms& terms = connection->terms;
    if (TooOld(turn, tender, terms)) return "tender_too_old";
    if (amount_minor < LeastOf(terms, turn.subject.currency)) return "below_minimum";
    if (!terms.partial && amount_minor != tender.captured_minor) return "partial_refused";
    if (terms.refunds_max > 0 && RefundsOf(turn.subject, tender.id, leg_id) >= terms.refunds_max)
        return "too_many_refunds";
    return "";
}

std::string Forbidden(const Turn& turn, const Leg& leg) {
    const Tender* tender = FindTender(turn.subject, leg.tender_id);
    if (tender == nullptr || leg.executor != Executor::kPsp) return "";
    return Forbidden(turn, leg.id, *tender, leg.amount_minor);
}

bool Queues(const Turn& turn, const Leg& leg, const std::string& reason) {
    return reason == kNoBalance && TermsOf(turn, leg).queues_for_money;
}

bool IsFinal(const Turn& turn, const Leg& leg) {
    // What no time changes would refuse an earlier request as well, whenever it arrives.
    constexpr std::array<std::string_view, 6> kForGood = {
        "tender_too_old",      "not_refundable", "expired_or_canceled_card",
        "lost_or_stolen_card", "not_found",      "invalid"};
    if (!leg.key_in_doubt || TermsOf(turn, leg).stores_refusals) return true;
    const std::string& reason = turn.event.data.attempt.reason;
    return std::find(kForGood.begin(), kForGood.end(), reason) != kForGood.end();
}

bool SettleForbidden(Turn& turn) {
    for (Leg& leg : turn.subject.legs) {
        if (leg.state != RefundState::kReady) continue;
        const std::string why = Forbidden(turn, leg);
        if (why.empty()) continue;
        leg.cause = why;
        const std::int64_t id = leg.id;
        if (Fire(turn, id, RefundTrigger::kExhausted) == Fired::kMoved) return true;
    }
    return false;
}

}  // namespace returns::workflows
