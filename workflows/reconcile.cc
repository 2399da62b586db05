// After a restore. What left between the backup and the restore is unknown here, under names and
// keys this history may give to something else. So no older order's money leaves before every
// payment it came by was asked for all its refunds and those the case does not know were adopted;
// where nobody can be asked, before a person has said that this one never left.

#include "workflows/steps.h"

#include <algorithm>

namespace returns::workflows {
namespace {

constexpr Millis kClocksApart = std::chrono::hours(1);      // the shop's and ours, at most
constexpr Millis kMayBounce = std::chrono::hours(24 * 30);  // banks send money back within it

// Some of the order's past may have been forgotten.
bool HasGap(const Case& subject, const Rulebook& book) {
    if (!book.restore.open) return false;
    return subject.placed_at == kNoTime || subject.placed_at <= book.restore.at + kClocksApart;
}

bool Unlisted(const Rulebook& book, const Tender& tender) {
    return tender.executor == Executor::kPsp && tender.reconciled != book.generation;
}

bool CanList(const Rulebook& book, const Tender& tender) {
    const ConnectionFacts* connection = book.Find(tender.connection);
    return connection != nullptr && connection->operations.count("refund.list") != 0;
}

// Money of the leg has left, or is known to be on its way.
bool Accounted(const Case& subject, const Leg& leg) {
    if (HasFailed(subject, leg.their_reference)) return false;
    if (leg.paid) return true;
    return leg.state == RefundState::kPending || leg.state == RefundState::kContested ||
           leg.state == RefundState::kOverpaid;
}

bool Knows(const Case& subject, const std::string& their_reference) {
    return std::any_of(subject.legs.begin(), subject.legs.end(), [&](const Leg& leg) {
        return Accounted(subject, leg) && leg.their_reference == their_reference;
    });
}

bool Asked(const Case& subject, const std::string& tender_id) {
    return std::any_of(subject.commands.begin(), subject.commands.end(), [&](const Command& each) {
        return each.operation == "refund.list" && each.body["tender_id"].AsString() == tender_id;
    });
}

// The refunds the provider is to leave out of its answer. One that is known by our name alone is
// told again, and then known by theirs.
Json KnownOf(const Case& subject) {
    Json known = Json::Array();
    for (const Leg& leg : subject.legs)
        if (Accounted(subject, leg) && !leg.their_reference.empty())
            known.Append(Json::String(leg.their_reference));
    return known;
}

bool WasTold(const Command& asked, const std::string& their_reference) {
    const auto& known = asked.body["known"].Items();
    return std::any_of(known.begin(), known.end(),
                       [&](const Json& each) { return each.AsString() == their_reference; });
}

// One of those it was told has failed since. False: it was told of none such.
bool TakeFailed(Turn& turn, const Command& asked) {
    const EventData& data = turn.event.data;
    if (data.attempt.answer != "refused" || !WasTold(asked, data.their_reference)) return false;
    for (Leg& leg : turn.subject.legs) {
        if (leg.their_reference != data.their_reference) continue;
        NoteFailed(leg, data.their_reference);
        leg.cause = data.attempt.reason;
        Fire(turn, leg.id, leg.paid ? RefundTrigger::kBounced : RefundTrigger::kRefused);
        return true;
    }
    return false;
}

// What waited for the lists goes on.
void Resume(Turn& turn) {
    for (Leg& leg : turn.subject.legs) {
        const auto& commands = turn.subject.commands;
        const bool busy = std::any_of(commands.begin(), commands.end(),
                                      [&](const Command& each) { return each.leg == leg.id; });
        if (busy) continue;
        if (leg.state == RefundState::kReady) SendRefund(turn, leg);
        if (leg.state == RefundState::kUnknown) LookUpRefund(turn, leg);
    }
}

}  // namespace

bool WantsListing(const Case& subject, const Rulebook& book) {
    if (!HasGap(subject, book) || !subject.quarantine.empty()) return false;
    // One that was cancelled may have been paid in the time forgotten: then a person hears of it.
    const auto open = [&](const Leg& leg) {
        if (leg.state == RefundState::kSettled)
            return book.restore.at - leg.entered_at < kMayBounce;
        return leg.state != RefundState::kClosed && leg.state != RefundState::kCovered;
    };
    const auto unknown = [&](const Tender& tender) {
        return Unlisted(book, tender) && CanList(book, tender) && !Asked(subject, tender.id);
    };
    return std::any_of(subject.legs.begin(), subject.legs.end(), open) &&
           std::any_of(subject.tenders.begin(), subject.tenders.end(), unknown);
}

Past PastOf(const Turn& turn, const Leg& leg) {
    if (!HasGap(turn.subject, turn.book)) return Past::kKnown;
    bool blind = leg.executor == Executor::kShop;
    for (const Tender& tender : turn.subject.tenders) {
        if (!Unlisted(turn.book, tender)) continue;
        if (CanList(turn.book, tender)) return Past::kToList;
        blind = true;
    }
    return blind ? Past::kBlind : Past::kKnown;
}

void ListRefunds(Turn& turn) {
    for (const Tender& tender : turn.subject.tenders) {
        if (!Unlisted(turn.book, tender) || !CanList(turn.book, tender)) continue;
        if (Asked(turn.subject, tender.id)) continue;
        Command ask;
        ask.operation = "refund.list";
        ask.connection = tender.connection;
        ask.body = Json::Object({{"tender_id", Json::String(tender.id)},
                                 {"payment_reference", Json::String(tender.reference)},
                                 {"currency", Json::String(turn.subject.currency)},
                                 {"known", KnownOf(turn.subject)}});
        Emit(turn, std::move(ask));
    }
}

bool TakeListed(Turn& turn, const Command& asked) {
    const EventData& data = turn.event.data;
    Tender* tender = FindTender(turn.subject, asked.body["tender_id"].AsString());
    if (turn.event.type == EventType::kAttemptDone && tender != nullptr) {
        if (data.attempt.answer == "absent") {
            tender->reconciled = turn.book.generation;
            Withdraw(turn, asked.number);
            ListRefunds(turn);
            Resume(turn);
            return true;
        }
        // Known since the question was put, by a callback or the topic: put it anew. An answer that
        // ignores what it was told would go on for ever.
        if (Knows(turn.subject, data.their_reference) && !WasTold(asked, data.their_reference)) {
            Withdraw(turn, asked.number);
            ListRefunds(turn);
            return true;
        }
        if (TakeFailed(turn, asked)) {
            Withdraw(turn, asked.number);
            ListRefunds(turn);
            return true;
        }
        const bool news = !data.their_reference.empty() && data.amount_minor.value_or(0) > 0 &&
                          data.currency == turn.subject.currency &&
                          !Knows(turn.subject, data.their_reference);
        if (news) {
            Envelope told = turn.event;
            told.data.tender_id = tender->id;
            Turn about{turn.subject, told, turn.book, turn.out, true};
            Withdraw(turn, asked.number);
            AdoptListed(about, data.attempt.answer == "paid");
            ListRefunds(turn);
            return true;
        }
    }
    if (turn.book.restore.open && tender != nullptr) return false;
    // A person has declared it over; what waited need not wait for an answer that does not come.
    Withdraw(turn, asked.number);
    Resume(turn);
    return true;
}

}  // namespace returns::workflows
