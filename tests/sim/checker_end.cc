// What must hold at the end: nothing lost, nothing waiting for ever, all books equal.
#include "gateway/journal.h"
#include "tests/sim/checker.h"
#include "tests/sim/world.h"
#include "workflows/worth.h"

#include <algorithm>

namespace returns::sim {
namespace {

constexpr Millis kStale = 2 * kDay;       // a state that should pass quickly
constexpr Millis kVeryStale = 50 * kDay;  // any open state

bool Asleep(ReturnState state) {
    return state == ReturnState::kClosed || state == ReturnState::kExpired ||
           state == ReturnState::kCancelled || state == ReturnState::kDenied;
}

bool Asleep(RefundState state) {
    return state == RefundState::kClosed || state == RefundState::kSettled ||
           state == RefundState::kCovered || state == RefundState::kCancelled ||
           state == RefundState::kNotDue;
}

bool Quick(RefundState state) {
    return state == RefundState::kReady || state == RefundState::kSubmitting ||
           state == RefundState::kUnknown || state == RefundState::kFailed;
}

}  // namespace

void Checker::AtEnd() {
    const Status replay = books_.database.CheckReplay();
    if (!replay.ok()) scene_.Violate("replay", replay.error().text);
    CheckInputs();
    CheckParked();
    CheckPublished();
    CheckDesk();
    for (const auto& [key, row] : books_.database.cases) {
        CheckCase(row.subject);
        CheckRest(row.subject);
        if (expect_heard_) CheckHeard(row.subject);
        CheckPaid(row.subject);
        if (row.subject.placed && !restored_) CheckExplained(row.subject);
    }
}

// Everything that was taken is in the journal once, or parked.
void Checker::CheckInputs() {
    std::set<std::pair<CaseKey, std::uint64_t>> once;
    std::set<std::uint64_t> kept;
    const std::uint64_t unnamed = Fingerprint("self", "");
    for (const JournalRow& row : books_.database.journal) {
        kept.insert(row.fingerprint);
        if (row.fingerprint != unnamed && !once.emplace(row.key, row.fingerprint).second)
            scene_.Violate("unique_inputs", "row " + std::to_string(row.seq) +
                                                " decides what was decided before, in order " +
                                                row.key.order_id);
    }
    for (const auto& [id, parked] : books_.database.parked)
        kept.insert(Fingerprint(parked.source, parked.source_id));
    for (const auto& [named, seq] : receipts_)
        if (!kept.contains(Fingerprint(named.first, named.second)))
            scene_.Violate("nothing_lost",
                           named.second + " from " + named.first + " was taken and is gone");
    for (const std::string& id : books_.shop.said())
        if (!kept.contains(Fingerprint(std::string("kafka:") + kShopTopic, id)))
            scene_.Violate("nothing_lost", id + " of the shop's topic was never decided");
}

bool Checker::IsOurs(const std::string& reference) const {
    for (const auto& [key, row] : books_.database.cases) {
        for (const Return& header : row.subject.returns)
            if (header.id == reference) return true;
        for (const Leg& leg : row.subject.legs)
            if (IsNameOf(row.subject, leg, reference)) return true;
    }
    return false;
}

// What is parked fits nowhere.
void Checker::CheckParked() {
    for (const auto& [id, parked] : books_.database.parked) {
        for (const Lookup& lookup : parked.lookups) {
            const auto found = books_.database.lookups.find(lookup);
            if (parked.envelope.empty()) continue;
            const bool ours = lookup.kind == LookupKind::kOurReference && IsOurs(lookup.value);
            if (ours && found == books_.database.lookups.end())
                scene_.Violate("stays_parked", lookup.value + " is ours, and nothing finds it");
            if (found != books_.database.lookups.end() && found->second.size() == 1)
                scene_.Violate("parked_fits", parked.source_id + " from " + parked.source +
                                                  " is parked, and its case is known by now");
        }
    }
}

bool Checker::AllPublished() const {
    const auto cursor = books_.database.meta.find("published");
    return cursor != books_.database.meta.end() &&
           cursor->second == std::to_string(books_.database.journal.size());
}

void Checker::CheckPublished() {
    std::set<std::string> told;
    const auto topic = [&](const char* name) -> const std::vector<BusRecord>& {
        static const std::vector<BusRecord> none;
        const auto found = books_.topics.records.find(name);
        return found == books_.topics.records.end() ? none : found->second;
    };
    for (const BusRecord& record : topic(kStatusTopic)) {
        const std::string mark = "\"id\":\"";
        const std::size_t from = record.value->find(mark) + mark.size();
        told.insert(record.value->substr(from, record.value->find('"', from) - from));
    }
    for (const JournalRow& row : books_.database.journal)
        if (row.body.find("\"moves\":[]") == std::string::npos && !told.contains(row.chain))
            scene_.Violate("published", "row " + std::to_string(row.seq) + " moved something and " +
                                            "was never told");
    if (!AllPublished()) scene_.Violate("published", "the cursor does not reach the journal's end");
    std::set<std::string> rejected;
    for (const BusRecord& record : topic(kRejectedTopic))
        for (const auto& [name, value] : record.headers)
            if (name == "backhaul_parked") rejected.insert(value);
    for (const auto& [id, parked] : books_.database.parked)
        if (parked.envelope.empty() && !rejected.contains(std::to_string(id)))
            scene_.Violate("published",
                           "what cannot be read was not told, parked " + std::to_string(id));
}

// A desk knows no keys: where our clock jumps ahead, the pause before we look whether a ticket that
// was asked for is there ends too soon, and a second one is better than none.
void Checker::CheckDesk() {
    std::set<std::string> references;
    if (restored_) return;  // a ticket may be opened once more
    for (const Desk::Incident& incident : books_.desk.incidents())
        if (!references.insert(incident.reference).second && !incident.hasty)
            scene_.Violate("one_incident", incident.reference + " stands in the desk twice");
}

// Everything has come to rest or a person knows of it.
// What the warehouse has done with the goods is known here, whether it said so or was asked.
void Checker::CheckHeard(const Case& subject) {
    for (const Return& header : subject.returns) {
        const Warehouse& house = header.connection == "3pl" ? books_.warehouse : books_.annex;
        if (header.connection.empty() || !house.HasCompleted(header.id)) continue;
        for (const Slice& slice : subject.slices) {
            // An expired one counts: it was given up for want of a word.
            const bool waits =
                slice.state == ReturnState::kAuthorised || slice.state == ReturnState::kInTransit ||
                slice.state == ReturnState::kAtPartner || slice.state == ReturnState::kExpired;
            if (slice.return_id == header.id && slice.evidence.empty() && waits)
                scene_.Violate("unheard", header.id + " is done over there, and here it is " +
                                              std::string(Name(slice.state)) + Where(subject));
        }
    }
}

void Checker::CheckRest(const Case& subject) {
    const Instant now = scene_.clock.Now();
    std::set<std::string> wanted;
    for (const Slice& slice : subject.slices)
        if (slice.stalled_at != kNoTime ||
            (!Asleep(slice.state) && now - slice.entered_at > kVeryStale))
            wanted.insert(slice.return_id);
    for (const Leg& leg : subject.legs)
        if (leg.stalled_at != kNoTime ||
            (!Asleep(leg.state) && now - leg.entered_at > kVeryStale) ||
            (Quick(leg.state) && now - leg.entered_at > kStale))
            wanted.insert(leg.return_id);
    if (subject.stalled_at != kNoTime) wanted.insert("");
    const bool folded = subject.folded && subject.quarantine.empty() && wanted.erase("") > 0;
    if (folded) CheckFolded(subject);
    for (const std::string& return_id : wanted) CheckTicketed(subject, return_id);
    for (const Command& command : subject.commands) {
        if (command.operation == "order.lookup") continue;  // its connection only observes here
        const bool waits =
            command.state == CommandState::kWaiting && command.not_before + kHour < now;
        const bool flies = command.state == CommandState::kInFlight && command.due_at + kHour < now;
        const bool doubts =
            command.state == CommandState::kInDoubt && command.first_sent_at + kStale < now;
        if (waits || flies || doubts)
            scene_.Violate("waits_for_ever", command.operation + " " +
                                                 std::to_string(command.number) + Where(subject));
    }
}

// The one ticket of all missing orders has it, and counts it.
void Checker::CheckFolded(const Case& subject) {
    const Case* speaks = Find(std::string(kMissingOrders));
    if (speaks == nullptr || speaks->missing == 0)
        scene_.Violate("stalled_unseen",
                       "nobody counts it among the missing orders" + Where(subject));
    else
        CheckTicketed(*speaks, "");
}

void Checker::CheckTicketed(const Case& subject, const std::string& return_id) {
    for (const Ticket& ticket : subject.tickets) {
        if (ticket.return_id != return_id || ticket.state != TicketState::kOpen) continue;
        if (restored_) return;  // it may have been resolved there, and that was forgotten
        const auto id = Json::Number(ticket.their_reference).AsInt();
        const auto& incidents = books_.desk.incidents();
        if (id.ok() && *id >= 1 && *id <= static_cast<std::int64_t>(incidents.size()) &&
            incidents[static_cast<std::size_t>(*id - 1)].state != "Resolved")
            return;
    }
    scene_.Violate("stalled_unseen", "return '" + return_id + "' stands still and nobody has a " +
                                         "ticket" + Where(subject));
}

std::int64_t Checker::PaidFor(const std::string& order_id, const std::string& return_id) const {
    std::int64_t out = 0;
    for (const auto* book : {&books_.provider.book(), &books_.shop.book()})
        for (const Payment& each : *book)
            if (each.order_id == order_id && each.alive() &&
                (return_id.empty() || each.return_id == return_id))
                out += each.amount_minor;
    return out;
}

// What gave the right to a refund may be forgotten with the time since the backup; then at least
// nothing was added to it.
void Checker::CheckReturns(const Case& subject) {
    for (const Return& header : subject.returns) {
        std::int64_t owed = header.shipping_minor;
        for (const Slice& slice : subject.slices)
            if (slice.return_id == header.id && slice.vested) owed += slice.vested_minor;
        owed = std::max(owed, header.advance_minor);
        const std::int64_t out = PaidFor(subject.key.order_id, header.id);
        if (out > std::max(owed, paid_before_[header.id]))
            scene_.Violate("exactly_owed", "return " + header.id + " was paid again after the " +
                                               "restore" + Where(subject));
    }
}

// Whoever sent it and whatever for: each payment that stands is said to be paid, in one piece or in
// several, and nothing else is.
void Checker::CheckExplained(const Case& subject) {
    std::map<std::string, std::int64_t> said, paid;
    for (const Leg& leg : subject.legs)
        if (leg.paid) said[leg.their_reference] += leg.amount_minor;
    for (const auto* book : {&books_.provider.book(), &books_.shop.book()})
        for (const Payment& each : *book)
            if (each.order_id == subject.key.order_id && each.paid())
                paid[each.id] += each.amount_minor;
    for (const auto& [id, amount] : paid)
        if (said[id] != amount)
            scene_.Violate("explained", id + " paid " + std::to_string(amount) + ", we say " +
                                            std::to_string(said[id]) + Where(subject));
    for (const auto& [id, amount] : said)
        if (!paid.contains(id) && amount != 0)
            scene_.Violate("explained", "nobody paid '" + id + "'" + Where(subject));
}

// Where no money moved by other hands, what left is what we say left, and what was owed.
void Checker::CheckPaid(const Case& subject) {
    if (!subject.placed) return;  // of an order nobody told of, its ticket says that it is missing
    std::int64_t out = PaidFor(subject.key.order_id, ""), captured = 0;
    std::int64_t said = 0, owed = 0;
    bool open = false, flagged = subject.contested;
    for (const Leg& leg : subject.legs) {
        const bool under_way = leg.state == RefundState::kPending;
        if (leg.paid || under_way) said += leg.amount_minor;
        open = open || (!Asleep(leg.state) && !under_way);
        const bool let_go =
            leg.state == RefundState::kClosed && leg.paid && (leg.offset || leg.adopted);
        flagged = flagged || leg.state == RefundState::kOverpaid || let_go;
    }
    for (const Slice& slice : subject.slices)
        if (slice.vested) owed += slice.vested_minor;
    for (const Tender& tender : subject.tenders) {
        captured += tender.captured_minor;
        out += books_.provider.ChargedBack(tender.reference);
    }
    if (out > captured && !flagged)
        scene_.Violate("overpaid",
                       "more has left than came in and nobody says so" + Where(subject));
    if (scene_.unclean.contains(subject.key.order_id) || open) return;
    if (out != said)
        scene_.Violate("books_agree", "we say " + std::to_string(said) + " have left, they say " +
                                          std::to_string(out) + Where(subject));
    const std::int64_t ahead = AheadOfGoods(subject);
    if (restored_) return CheckReturns(subject);
    if (out != owed + ahead)
        scene_.Violate("exactly_owed", std::to_string(owed) + " are owed, " +
                                           std::to_string(ahead) + " may go ahead and " +
                                           std::to_string(out) + " were paid" + Where(subject));
}

// For goods that are still out, as far as the policy goes: what is decided is earned or taken back.
std::int64_t Checker::AheadOfGoods(const Case& subject) {
    const std::int64_t ahead = workflows::AheadOf(subject);
    if (ahead > kAheadMinor)
        scene_.Violate("ahead", std::to_string(ahead) + " have gone ahead" + Where(subject));
    for (const Return& header : subject.returns) {
        const bool out =
            std::any_of(subject.slices.begin(), subject.slices.end(), [&](const Slice& slice) {
                return slice.return_id == header.id && workflows::Undecided(slice);
            });
        if (!out && header.advance_minor > workflows::Earned(subject, header))
            scene_.Violate("ahead", "return " + header.id + " is decided and more was paid than " +
                                        "it earned" + Where(subject));
    }
    return ahead;
}

}  // namespace returns::sim
