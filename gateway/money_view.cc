#include "gateway/money_view.h"

#include "gateway/plain_words.h"
#include "schemas/money.h"
#include "workflows/account.h"
#include "workflows/clocks.h"
#include "workflows/forecast.h"
#include "workflows/stays.h"

#include <algorithm>
#include <map>

namespace returns::gateway {
namespace {

using workflows::Account;
using workflows::AccountLine;

Json Text(std::string_view value) { return Json::String(std::string(value)); }

void SetTime(Json& json, const char* name, Instant at) {
    if (at != kNoTime && at != kNever) json.Set(name, Json::String(FormatInstant(at)));
}

void SetAmount(Json& json, const char* name, std::int64_t minor) {
    if (minor != 0) json.Set(name, Json::Int(minor));
}

Json LineJson(const AccountLine& line) {
    Json json = Json::Object({{"line_id", Text(line.line_id)},
                              {"units", Json::Int(line.units)},
                              {"gross_minor", Json::Int(line.gross_minor)},
                              {"tax_minor", Json::Int(line.tax_minor)},
                              {"net_minor", Json::Int(line.net_minor)}});
    if (!line.tax_rate.empty()) json.Set("tax_rate", Text(line.tax_rate));
    SetAmount(json, "restocking_minor", line.restocking_minor);
    SetAmount(json, "withheld_minor", line.withheld_minor);
    SetAmount(json, "label_fee_minor", line.label_fee_minor);
    return json;
}

Json Names(const std::vector<std::string>& names) {
    Json list = Json::Array();
    for (const std::string& name : names) list.Append(Text(name));
    return list;
}

Json RuleJson(const workflows::LegalRule& rule) {
    Json json = Json::Object({{"triggers", Names(rule.triggers)},
                              {"within", Text(FormatDelay(rule.within))},
                              {"whole_days", Json::Bool(rule.whole_days)},
                              {"source", Text(rule.source)}});
    if (!rule.withhold_until.empty()) json.Set("withhold_until", Names(rule.withhold_until));
    if (rule.from) json.Set("in_force_since", Text(workflows::FormatDay(*rule.from)));
    return json;
}

// When the last of the money was there; kNoTime while any of it is not.
Instant PaidAt(const Case& subject, const Return& header, const std::vector<TimelineRow>& rows) {
    const Account account = workflows::AccountOf(subject, header);
    if (account.granted_minor == 0 || account.left_minor > 0 || account.under_way_minor > 0)
        return kNoTime;
    Instant at = kNoTime;
    for (const TimelineRow& row : rows)
        for (const workflows::Move& move : row.entry.moves)
            if (move.return_id == header.id && move.kind == workflows::MachineKind::kRefund &&
                move.from != move.to &&
                (move.to == "SETTLED" || move.to == "COVERED" || move.to == "CANCELLED"))
                at = row.entry.event.recorded_at;
    return at;
}

workflows::TimedRow TimedOf(const JournalEntry& entry) {
    workflows::TimedRow row{entry.event.recorded_at, entry.moves, {}};
    for (const Json& slice : entry.diff["slices"]["set"].Items())
        if (const auto id = slice["id"].AsInt(); id.ok())
            row.causes.emplace_back(*id, slice["cause"].AsString());
    return row;
}

void AddStays(const Case& subject, const Return& header, const std::vector<TimelineRow>& rows,
              const workflows::Rulebook& book, Instant now, Json& json) {
    std::vector<workflows::TimedRow> timed;
    timed.reserve(rows.size());
    for (const TimelineRow& row : rows) timed.push_back(TimedOf(row.entry));
    Json stays = Json::Array();
    std::map<std::string_view, Millis> used;
    for (const auto& stay : workflows::StaysOf(subject, header.id, timed, book, now)) {
        const std::string_view party = workflows::PartyOf(stay.owner);
        used[party] += stay.until - stay.from;
        stays.Append(Json::Object({{"from", Text(FormatInstant(stay.from))},
                                   {"until", Text(FormatInstant(stay.until))},
                                   {"state", Text(stay.state)},
                                   {"owner", Text(stay.owner)},
                                   {"party", Text(party)}}));
    }
    Json seconds = Json::Object();
    for (const auto& [party, time] : used)
        seconds.Set(std::string(party),
                    Json::Int(std::chrono::duration_cast<std::chrono::seconds>(time).count()));
    json.Set("seconds_used", std::move(seconds));
    json.Set("stays", std::move(stays));
}

}  // namespace

Json AccountJson(const Case& subject, const Return& header) {
    const Account account = workflows::AccountOf(subject, header);
    Json lines = Json::Array();
    for (const AccountLine& line : account.lines) lines.Append(LineJson(line));
    Json json = Json::Object({{"currency", Text(subject.currency)},
                              {"lines", std::move(lines)},
                              {"shipping_minor", Json::Int(account.shipping_minor)},
                              {"granted_minor", Json::Int(account.granted_minor)},
                              {"paid_minor", Json::Int(account.paid_minor)},
                              {"under_way_minor", Json::Int(account.under_way_minor)},
                              {"left_minor", Json::Int(account.left_minor)}});
    SetAmount(json, "advance_minor", account.advance_minor);
    SetAmount(json, "exchanged_minor", account.exchanged_minor);
    SetAmount(json, "covered_minor", account.covered_minor);
    SetAmount(json, "recover_minor", account.recover_minor);
    SetAmount(json, "customer_pays_minor", account.customer_pays_minor);
    return json;
}

Json TaxRatesJson(const Case& subject) {
    Json list = Json::Array();
    for (const auto& [rate, sums] : workflows::TaxRatesOf(subject))
        list.Append(Json::Object({{"tax_rate", Text(rate)},
                                  {"paid_minor", Json::Int(sums.paid_minor)},
                                  {"tax_minor", Json::Int(sums.tax_minor)},
                                  {"granted_minor", Json::Int(sums.granted_minor)},
                                  {"granted_tax_minor", Json::Int(sums.granted_tax_minor)}}));
    return list;
}

Json ClockJson(const Case& subject, const Return& header, const std::vector<TimelineRow>& rows,
               const workflows::Rulebook& book, Instant now) {
    Json json = Json::Object({{"jurisdiction", Text(subject.jurisdiction)}});
    if (rows.size() >= kClockRowsMax) json.Set("partial", Json::Bool(true));
    const workflows::LegalRule* rule = workflows::LawFor(subject, header, book);
    if (rule != nullptr) json.Set("rule", RuleJson(*rule));
    Json triggers = Json::Object();
    for (const workflows::LegalTrigger& each : workflows::kLegalTriggers)
        SetTime(triggers, each.name, header.*each.at);
    json.Set("triggers", std::move(triggers));
    SetTime(json, "legal_deadline", header.legal_deadline);
    const workflows::Forecast told = workflows::ForecastOf(subject, header.id, book, now);
    SetTime(json, "expected_at", told.at);
    if (told.may_wait) json.Set("may_wait", Json::Bool(true));
    const Instant paid_at = PaidAt(subject, header, rows);
    SetTime(json, "paid_at", paid_at);
    if (header.legal_deadline != kNoTime) {
        const Instant end = paid_at == kNoTime ? now : paid_at;
        if (paid_at != kNoTime || end > header.legal_deadline)
            json.Set("in_time", Json::Bool(end <= header.legal_deadline));
        json.Set("breach_expected", Json::Bool(told.late));
    }
    AddStays(subject, header, rows, book, now, json);
    return json;
}

void AddAccount(const Case& subject, const Return& header, Json& model) {
    const Account account = workflows::AccountOf(subject, header);
    Json rows = Json::Array();
    const auto add = [&](const std::string& text, std::int64_t minor, bool always = false) {
        if (minor == 0 && !always) return;
        rows.Append(Json::Object(
            {{"text", Text(text)}, {"amount", Text(FormatMoney(minor, subject.currency))}}));
    };
    for (const AccountLine& line : account.lines) {
        const auto known =
            std::find_if(subject.lines.begin(), subject.lines.end(),
                         [&](const OrderLine& each) { return each.id == line.line_id; });
        const std::string item = known == subject.lines.end() ? line.line_id : known->sku;
        add(std::to_string(line.units) + " × " + item +
                (line.tax_minor == 0
                     ? ""
                     : ", with " + FormatMoney(line.tax_minor, subject.currency) + " tax"),
            line.gross_minor, true);
        add("Restocking fee", -line.restocking_minor);
        add("Kept for loss of value", -line.withheld_minor);
        add("Return label", -line.label_fee_minor);
    }
    add("Delivery", account.shipping_minor);
    if (rows.Items().size() > 1) add("Granted", account.granted_minor, true);
    add("Ahead of the goods", account.advance_minor);
    add("Settled by exchange", -account.exchanged_minor);
    add("Settled otherwise", -account.covered_minor);
    add("Paid", -account.paid_minor);
    add("Under way", -account.under_way_minor);
    if (!rows.Items().empty()) add("Still to be paid", account.left_minor, true);
    add("To be recovered", account.recover_minor);
    add("The customer pays for the exchange", account.customer_pays_minor);
    model.Set("has_account", Json::Bool(!rows.Items().empty()));
    model.Set("account", std::move(rows));
}

void AddClock(const Json& clock, Json& model) {
    Json days = Json::Array();
    for (const char* party : {"customer", "carrier", "partner", "us", "bank"}) {
        const Json* used = clock["seconds_used"].Find(party);
        const std::int64_t minutes = used == nullptr ? 0 : used->AsInt().value() / 60;
        if (minutes == 0) continue;
        const std::int64_t tenths = (minutes * 10 + 720) / 1440;
        const std::string text =
            tenths == 0 ? "less than 0.1"
                        : std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
        days.Append(Json::Object({{"who", Text(party)}, {"days", Text(text)}}));
    }
    if (days.Items().empty()) return;
    Json whose = Json::Object({{"spent", std::move(days)}});
    const Json& rule = clock["rule"];
    if (!rule.IsNull()) whose.Set("source", rule["source"]);
    if (clock["breach_expected"].IsBool() && clock["breach_expected"].AsBool())
        whose.Set("expected",
                  Text(PlainTime(ParseInstant(clock["expected_at"].AsString()).value())));
    model.Set("whose", std::move(whose));
}

}  // namespace returns::gateway
