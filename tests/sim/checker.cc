#include "tests/sim/checker.h"

#include "workflows/decide.h"

#include <algorithm>

namespace returns::sim {
namespace {

// States in which we say that no money of this leg is under way or gone.
bool SaysNothingLeft(RefundState state) {
    switch (state) {
        case RefundState::kNotDue:
        case RefundState::kDue:
        case RefundState::kHeld:
        case RefundState::kReady:
        case RefundState::kFailed:
        case RefundState::kAlternative:
        case RefundState::kUnclaimed:
        case RefundState::kDisputed:
        case RefundState::kCancelled:
            return true;
        default:
            return false;
    }
}

const Leg* LegOf(const Case& subject, const std::string& reference) {
    for (const Leg& leg : subject.legs)
        if (IsNameOf(subject, leg, reference)) return &leg;
    return nullptr;
}

bool Flagged(const Case& subject) {
    return subject.contested ||
           std::any_of(subject.legs.begin(), subject.legs.end(), [](const Leg& leg) {
               return leg.state == RefundState::kContested || leg.state == RefundState::kOverpaid;
           });
}

}  // namespace

std::string Checker::Where(const Case& subject) const {
    return " in order " + subject.key.order_id;
}

const Case* Checker::Find(const std::string& order_id) const {
    const auto found = books_.database.cases.find(CaseKey{"main", order_id});
    return found == books_.database.cases.end() ? nullptr : &found->second.subject;
}

bool IsNameOf(const Case& subject, const Leg& leg, const std::string& reference) {
    const std::string first = subject.key.order_id + "-" + std::to_string(leg.id);
    const auto history = [&](const std::string& name) {
        return name.substr(std::min(name.find("-g", first.size()), name.size()));
    };
    if (leg.reference.empty() || history(reference) != history(leg.reference)) return false;
    return reference == first || reference.starts_with(first + "-");
}

std::int64_t Checker::PaidFor(const Case& subject, const Leg& leg) const {
    const auto ours = [&](const Payment& each) {
        return each.order_id == subject.key.order_id && IsNameOf(subject, leg, each.reference) &&
               each.alive();
    };
    const auto& provider = books_.provider.book();
    const auto& shop = books_.shop.book();
    return std::count_if(provider.begin(), provider.end(), ours) +
           std::count_if(shop.begin(), shop.end(), ours);
}

void Checker::ForgetHistory() {
    restored_ = true;
    dates_.clear();
    receipts_.clear();
    for (const auto* book : {&books_.provider.book(), &books_.shop.book()})
        for (const Payment& each : *book)
            paid_before_[each.return_id] = PaidFor(each.order_id, each.return_id);
}

void Checker::OnCommit(const Batch& batch) {
    std::set<CaseKey> changed;
    for (const CaseChange& change : batch.changes) changed.insert(change.row.key);
    for (const CaseKey& key : changed) {
        const auto found = books_.database.cases.find(key);
        if (found == books_.database.cases.end()) continue;  // a planted bug lost it
        CheckCase(found->second.subject);
    }
}

void Checker::CheckCase(const Case& subject) {
    if (!subject.quarantine.empty())
        scene_.Violate("quarantine", subject.quarantine + Where(subject));
    const std::string broken = workflows::BrokenInvariant(subject);
    if (!broken.empty()) scene_.Violate("invariant", broken + Where(subject));
    CheckDates(subject);
    CheckLegs(subject);
    CheckEarned(subject);
    CheckPartner(subject);
    CheckTickets(subject);
    CheckOutbox(subject);
}

void Checker::CheckLegs(const Case& subject) {
    for (const Leg& leg : subject.legs) {
        const std::string name = "refund " + leg.reference + " is " +
                                 std::string(workflows::StateName(workflows::MachineKind::kRefund,
                                                                  static_cast<int>(leg.state)));
        if (restored_) continue;  // it may have left, and is looked up; AtEnd knows
        if (SaysNothingLeft(leg.state) && PaidFor(subject, leg) > 0)
            scene_.Violate("definite_no", name + ", yet it has been paid" + Where(subject));
        if (leg.state != RefundState::kSettled || leg.adopted || leg.reference.empty()) continue;
        if (scene_.unclean.contains(subject.key.order_id)) continue;
        std::int64_t amount = 0;  // what was not earned of an advance stands on a leg of its own
        for (const Leg& part : subject.legs)
            if (part.their_reference == leg.their_reference) amount += part.amount_minor;
        const auto booked = [&](const Payment& each) {
            return each.reference == leg.reference && each.amount_minor == amount &&
                   (each.paid() || each.bounced);
        };
        const auto& provider = books_.provider.book();
        const auto& shop = books_.shop.book();
        if (std::none_of(provider.begin(), provider.end(), booked) &&
            std::none_of(shop.begin(), shop.end(), booked))
            scene_.Violate("settled_in_book", name + ", yet nobody paid it" + Where(subject));
    }
}

// One parcel, one partner: nobody is told of what another one handles.
void Checker::CheckPartner(const Case& subject) {
    for (const Return& header : subject.returns) {
        const bool here = books_.warehouse.Knows(header.id), there = books_.annex.Knows(header.id);
        if ((here && header.connection != "3pl") || (there && header.connection != "3pl-b"))
            scene_.Violate("one_partner", "return " + header.id + " of " + header.connection +
                                              " was told to another partner" + Where(subject));
    }
}

// Nothing vests that neither the warehouse nor a person called acceptable.
void Checker::CheckEarned(const Case& subject) {
    for (const Return& header : subject.returns) {
        if (allowed_.contains(header.id)) continue;
        std::map<std::string, std::int64_t> vested;
        for (const Slice& slice : subject.slices)
            if (slice.return_id == header.id && slice.vested)
                vested["SKU-" + slice.line_id] += slice.quantity;
        if (vested.empty()) continue;
        const bool annex = header.connection == "3pl-b";
        const auto accepted = (annex ? books_.annex : books_.warehouse).accepted(header.id);
        for (const auto& [sku, units] : vested) {
            const auto found = accepted.find(sku);
            if (units > (found == accepted.end() ? 0 : found->second))
                scene_.Violate("unearned", std::to_string(units) + " of " + sku +
                                               " are paid for in return " + header.id);
        }
    }
}

void Checker::CheckTickets(const Case& subject) {
    std::map<std::string, int> open;
    for (const Ticket& ticket : subject.tickets)
        if (ticket.state == TicketState::kOpening || ticket.state == TicketState::kOpen)
            ++open[ticket.return_id];
    for (const auto& [return_id, tickets] : open)
        if (tickets > 1)
            scene_.Violate("one_ticket", std::to_string(tickets) + " tickets are open for return " +
                                             return_id + Where(subject));
}

// The outbox is an index over the commands of cases: not one more, not one fewer.
void Checker::CheckOutbox(const Case& subject) {
    const auto& ids = books_.database.outbox_ids;
    for (const Command& command : subject.commands) {
        const auto id = ids.find({subject.key, command.number});
        if (id == ids.end() || !(books_.database.outbox.at(id->second).command == command))
            scene_.Violate("outbox", command.operation + " " + std::to_string(command.number) +
                                         " is not in the outbox as it stands" + Where(subject));
    }
    std::size_t rows = 0;
    for (auto at = ids.lower_bound({subject.key, 0}); at != ids.end(); ++at, ++rows)
        if (at->first.first != subject.key) break;
    if (rows > subject.commands.size())
        scene_.Violate("outbox", "it holds a command that is done" + Where(subject));
}

void Checker::CheckDates(const Case& subject) {
    const auto check = [&](const std::string& name, Instant date) {
        const auto [known, fresh] = dates_.try_emplace(subject.key.order_id + " " + name, date);
        if (!fresh && known->second != kNoTime && (date == kNoTime || date > known->second))
            scene_.Violate("legal_date", name + " has moved later" + Where(subject));
        known->second = date;
    };
    for (const Return& header : subject.returns)
        check("return " + header.id, header.legal_deadline);
    for (const Leg& leg : subject.legs) check("leg " + std::to_string(leg.id), leg.legal_deadline);
}

void Checker::OnPaid(const Payment& payment) {
    const Case* subject = Find(payment.order_id);
    const Leg* leg = subject == nullptr ? nullptr : LegOf(*subject, payment.reference);
    if (leg == nullptr) {
        if (restored_ && payment.reference.find("-g") == std::string::npos) {
            // Asked for before the restore, and forgotten by it.
            paid_before_[payment.return_id] += payment.amount_minor;
            return;
        }
        scene_.Violate("unknown_refund", payment.reference + " was paid and is none of ours");
        return;
    }
    if (PaidFor(*subject, *leg) > 1)
        scene_.Violate("double_refund", payment.reference + " was paid twice");
    if (payment.amount_minor != leg->amount_minor)
        scene_.Violate("amount", payment.reference + " was paid with another amount");
    if (SaysNothingLeft(leg->state))
        scene_.Violate("definite_no", payment.reference + " is paid while we say it is not");
    for (const Tender& tender : subject->tenders) {
        std::int64_t paid = 0;
        const auto add = [&](const Payment& each) {
            const Leg* of = LegOf(*subject, each.reference);
            if (of != nullptr && of->tender_id == tender.id && each.alive())
                paid += each.amount_minor;
        };
        std::for_each(books_.provider.book().begin(), books_.provider.book().end(), add);
        std::for_each(books_.shop.book().begin(), books_.shop.book().end(), add);
        if (paid > tender.captured_minor && !Flagged(*subject))
            scene_.Violate("capture", "tender " + tender.id + ": we had more paid back than " +
                                          "came in" + Where(*subject));
    }
}

void Checker::OnSending(const HttpCall& call) {
    if (call.base_url != "sim://psp" || call.request.method != "POST") return;
    const auto form = ReadForm(call.request.body);
    const Case* subject = Find(form.at("metadata[order_id]"));
    const Leg* leg = subject == nullptr ? nullptr : LegOf(*subject, form.at("metadata[reference]"));
    if (leg == nullptr || SaysNothingLeft(leg->state))
        scene_.Violate("sent_unrecorded", form.at("metadata[reference]") +
                                              " is being sent, and the database does not say so");
    else if (ask_above_minor_)
        CheckApproved(*subject, *leg);
}

void Checker::CheckApproved(const Case& subject, const Leg& leg) {
    for (const Command& command : subject.commands) {
        if (command.leg != leg.id || command.operation != "refund.create") continue;
        const bool large = command.amount_minor > *ask_above_minor_;
        const std::string &one = command.approved_by, &two = command.seconded_by;
        if (one.empty() || (large && (two.empty() || one == two)))
            scene_.Violate("unapproved", command.reference + " is being sent; approved by '" + one +
                                             "' and '" + two + "'");
    }
}

void Checker::OnReceipt(const std::string& source, const std::string& id, const Receipt& receipt) {
    if (receipt.kind == Receipt::Kind::kFailed) return;
    const std::string name = id + " from " + source;
    if (receipt.kind == Receipt::Kind::kConflict)
        scene_.Violate("repeat", name + " is said to differ from its first telling");
    const auto [known, fresh] = receipts_.try_emplace({source, id}, receipt.seq);
    if (fresh) return;
    if (known->second != 0 && (!receipt.repeated || receipt.seq != known->second))
        scene_.Violate("repeat", name + " was not answered with its stored receipt");
    known->second = receipt.seq;
}

}  // namespace returns::sim
