#include "gateway/ledger_audit.h"

#include "gateway/csv_write.h"
#include "schemas/money.h"

#include <algorithm>

namespace returns::gateway {
namespace {

using Kind = AuditFinding::Kind;

constexpr std::string_view kKinds[] = {
    "not_in_ours", "not_in_theirs", "amount_differs", "currency_differs", "twice",
    "unknown_row", "edge"};

std::string StateOf(const Leg& leg) { return std::string(Name(leg.state)); }

}  // namespace

std::string_view Name(AuditFinding::Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

void Audit::AddTheirs(const SettlementRow& row) {
    ++totals_.rows;
    if (row.at != kNoTime) {
        if (totals_.first == kNoTime || row.at < totals_.first) totals_.first = row.at;
        totals_.last = std::max(totals_.last, row.at);
    }
    if (row.kind == SettlementRow::Kind::kOther) {
        ++totals_.other_rows[row.type];
        return;
    }
    if (row.kind == SettlementRow::Kind::kUnknown) {
        AuditFinding finding;
        finding.line = row.line;
        finding.their_reference = row.their_reference;
        finding.our_reference = row.our_reference;
        finding.currency = row.currency;
        finding.theirs_minor = row.minor;
        finding.text = "rows of the type '" + row.type + "' are not known to the mapping";
        findings_.push_back(std::move(finding));
        return;
    }
    const bool named = !row.their_reference.empty();
    auto& index = named ? by_theirs_ : by_ours_;
    const auto [at, fresh] =
        index.try_emplace(named ? row.their_reference : row.our_reference, theirs_.size());
    if (fresh) {
        Their their;
        their.line = row.line;
        their.their_reference = row.their_reference;
        their.our_reference = row.our_reference;
        their.currency = row.currency;
        theirs_.push_back(std::move(their));
        if (named && !row.our_reference.empty())
            by_ours_.try_emplace(row.our_reference, theirs_.size() - 1);
    }
    Their& their = theirs_[at->second];
    const bool refund = row.kind == SettlementRow::Kind::kRefund;
    their.mixed = their.mixed || their.currency != row.currency;
    their.refund_rows += refund;
    their.net += refund ? row.minor : -row.minor;
    totals_.refunds += refund;
    totals_.sums[row.currency].theirs += refund ? row.minor : -row.minor;
}

Audit::Their* Audit::Find(const Movement& movement) {
    const Leg& leg = movement.leg;
    if (const auto at = by_theirs_.find(leg.their_reference);
        !leg.their_reference.empty() && at != by_theirs_.end())
        return &theirs_[at->second];
    for (const std::string* name : {&leg.reference, &leg.key}) {
        const auto at = name->empty() ? by_ours_.end() : by_ours_.find(*name);
        if (at == by_ours_.end()) continue;
        Their& their = theirs_[at->second];
        // Another refund under our name is not this one.
        const bool other = !their.their_reference.empty() && !leg.their_reference.empty();
        if (!other) return &their;
    }
    return nullptr;
}

void Audit::AddOurs(const Movement& movement) {
    if (movement.connection != connection_) return;
    const Leg& leg = movement.leg;
    const std::int64_t paid = leg.paid ? leg.amount_minor : 0;
    Their* const their = Find(movement);
    if (their == nullptr) {
        if (paid > 0) NoteAlone(movement);
        return;
    }
    their->ours += paid;
    their->our_currency = movement.currency;
    their->key = movement.key;
    their->refund = leg.id;
    their->state = StateOf(leg);
    if (their->our_reference.empty()) their->our_reference = leg.reference;
    totals_.sums[movement.currency].ours += paid;
    totals_.matched += !their->matched;
    their->matched = true;
}

// It is expected in the report where all of it, from the request to the word that it was paid, lies
// within the report's days.
void Audit::NoteAlone(const Movement& movement) {
    const Leg& leg = movement.leg;
    const bool sent = leg.key_first_sent_at != kNoTime;
    const Instant begin = sent ? leg.key_first_sent_at : movement.paid_at;
    const Instant end = std::max(begin, movement.paid_at);
    if (totals_.first == kNoTime || end < totals_.first || begin > totals_.last) return;
    const bool within = begin >= totals_.first && end <= totals_.last;
    AuditFinding finding;
    finding.kind = within ? Kind::kNotInTheirs : Kind::kEdge;
    finding.their_reference = leg.their_reference;
    finding.our_reference = leg.reference;
    finding.currency = movement.currency;
    finding.state = StateOf(leg);
    finding.key = movement.key;
    finding.refund = leg.id;
    finding.ours_minor = leg.amount_minor;
    finding.text = within ? "we have it as paid at " + FormatInstant(movement.paid_at) +
                                ", the report does not know it"
                          : "it reaches beyond the days of the report and may stand in the next";
    if (within) totals_.sums[movement.currency].ours += leg.amount_minor;
    findings_.push_back(std::move(finding));
}

AuditFinding Audit::FindingOf(Kind kind, const Their& their, std::string text) const {
    AuditFinding finding;
    finding.kind = kind;
    finding.line = their.line;
    finding.their_reference = their.their_reference;
    finding.our_reference = their.our_reference;
    finding.currency = their.currency;
    finding.state = their.state;
    finding.key = their.key;
    finding.refund = their.refund;
    finding.theirs_minor = their.net;
    finding.ours_minor = their.ours;
    finding.text = std::move(text);
    return finding;
}

void Audit::Judge(const Their& their) {
    const auto note = [&](Kind kind, std::string text) {
        findings_.push_back(FindingOf(kind, their, std::move(text)));
    };
    if (their.refund_rows > 1)
        note(Kind::kTwice, "the report has it " + std::to_string(their.refund_rows) + " times");
    if (their.mixed) return note(Kind::kCurrencyDiffers, "its rows are in several currencies");
    if (!their.matched) {
        if (their.net != 0)
            note(Kind::kNotInOurs, "no refund of ours has this reference: made by hand, or lost");
        return;
    }
    if (their.currency != their.our_currency)
        return note(Kind::kCurrencyDiffers, "ours is in " + their.our_currency);
    if (their.net == their.ours || their.refund_rows > 1) return;
    note(Kind::kAmountDiffers, their.ours == 0 ? "ours is not paid, it stands at " + their.state
                                               : "the amounts are not the same");
}

void Audit::Finish() {
    for (const Their& their : theirs_) Judge(their);
    std::stable_sort(findings_.begin(), findings_.end(),
                     [](const AuditFinding& a, const AuditFinding& b) { return a.line < b.line; });
}

bool Audit::good() const {
    return std::all_of(findings_.begin(), findings_.end(),
                       [](const AuditFinding& each) { return each.kind == Kind::kEdge; });
}

namespace {

std::string Subject(const AuditFinding& each) {
    std::string name = each.their_reference.empty() ? each.our_reference : each.their_reference;
    if (name.empty()) name = "a row without a reference";
    if (each.key.order_id.empty()) return name;
    return name + ", refund " + std::to_string(each.refund) + " of order " + each.key.order_id +
           " (shop " + each.key.shop + ")";
}

std::string Money(std::int64_t minor, const std::string& currency) {
    return currency.empty() ? std::to_string(minor) : FormatMoney(minor, currency);
}

std::string Plain(Kind kind) {
    std::string name(Name(kind));
    std::replace(name.begin(), name.end(), '_', ' ');
    return name;
}

}  // namespace

std::string AuditText(const Audit& audit, const std::string& connection) {
    std::string out;
    for (const AuditFinding& each : audit.findings()) {
        out += each.kind == Kind::kEdge ? "note  " : "bad   ";
        if (each.line > 0) out += "line " + std::to_string(each.line) + ", ";
        out += Plain(each.kind) + ": " + Subject(each) + ": theirs " +
               Money(each.theirs_minor, each.currency) + ", ours " +
               Money(each.ours_minor, each.currency) + "; " + each.text + "\n";
    }
    const AuditTotals& totals = audit.totals();
    out += std::to_string(totals.rows) + " rows";
    if (totals.first != kNoTime)
        out += " from " + FormatInstant(totals.first) + " to " + FormatInstant(totals.last);
    out += ", " + std::to_string(totals.refunds) + " refunds, " + std::to_string(totals.matched) +
           " found in the ledger of " + connection + "\n";
    for (const auto& [type, count] : totals.other_rows)
        out += "  " + std::to_string(count) + " rows of type " + type + " are no refunds\n";
    for (const auto& [currency, sums] : totals.sums)
        out += "  " + currency + ": theirs " + Money(sums.theirs, currency) + ", ours " +
               Money(sums.ours, currency) + ", unexplained " +
               Money(sums.theirs - sums.ours, currency) + "\n";
    const auto bad =
        std::count_if(audit.findings().begin(), audit.findings().end(),
                      [](const AuditFinding& each) { return each.kind != Kind::kEdge; });
    out += bad == 0 ? "good  every refund of the report is explained\n"
                    : "bad   " + std::to_string(bad) + " to explain\n";
    return out;
}

std::string AuditCsv(const Audit& audit) {
    std::string out =
        CsvLine({"what", "line", "their_reference", "our_reference", "shop", "order_id", "refund",
                 "state", "currency", "theirs_minor", "ours_minor", "difference_minor", "text"});
    for (const AuditFinding& each : audit.findings())
        out +=
            CsvLine({std::string(Name(each.kind)), std::to_string(each.line), each.their_reference,
                     each.our_reference, each.key.shop, each.key.order_id,
                     each.refund == 0 ? "" : std::to_string(each.refund), each.state, each.currency,
                     std::to_string(each.theirs_minor), std::to_string(each.ours_minor),
                     std::to_string(each.theirs_minor - each.ours_minor), each.text});
    return out;
}

Json AuditJson(const Audit& audit, const std::string& connection) {
    Json findings = Json::Array();
    for (const AuditFinding& each : audit.findings()) {
        Json json = Json::Object({{"what", Json::String(std::string(Name(each.kind)))},
                                  {"currency", Json::String(each.currency)},
                                  {"theirs_minor", Json::Int(each.theirs_minor)},
                                  {"ours_minor", Json::Int(each.ours_minor)},
                                  {"text", Json::String(each.text)}});
        if (each.line > 0) json.Set("line", Json::Int(each.line));
        const std::pair<const char*, const std::string*> texts[] = {
            {"their_reference", &each.their_reference},
            {"our_reference", &each.our_reference},
            {"shop", &each.key.shop},
            {"order_id", &each.key.order_id},
            {"state", &each.state}};
        for (const auto& [name, text] : texts)
            if (!text->empty()) json.Set(name, Json::String(*text));
        if (each.refund != 0) json.Set("refund", Json::Int(each.refund));
        findings.Append(std::move(json));
    }
    const AuditTotals& totals = audit.totals();
    Json sums = Json::Object();
    for (const auto& [currency, sum] : totals.sums)
        sums.Set(currency, Json::Object({{"theirs_minor", Json::Int(sum.theirs)},
                                         {"ours_minor", Json::Int(sum.ours)}}));
    return Json::Object({{"connection", Json::String(connection)},
                         {"good", Json::Bool(audit.good())},
                         {"rows", Json::Int(totals.rows)},
                         {"refunds", Json::Int(totals.refunds)},
                         {"matched", Json::Int(totals.matched)},
                         {"from", Json::String(FormatInstant(totals.first))},
                         {"until", Json::String(FormatInstant(totals.last))},
                         {"sums", std::move(sums)},
                         {"findings", std::move(findings)}});
}

}  // namespace returns::gateway
