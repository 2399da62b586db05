#include "gateway/coverage.h"

#include "connectors/crosswalk.h"
#include "workflows/routes.h"

#include <algorithm>

namespace returns::gateway {
namespace {

using workflows::MissingCode;

constexpr std::size_t kCodesMax = 2000;
constexpr Millis kWindow = std::chrono::hours(30 * 24);
constexpr std::string_view kIndex = "coverage", kStatus = "status";

Json Text(std::string_view value) { return Json::String(std::string(value)); }

// Under which a row is kept. Names of connections and tables hold no such character.
std::string MetaName(const CoverageKey& key) {
    return std::string(kIndex) + "\n" + key.connection + "\n" + key.table + "\n" + key.kind +
           (key.back ? "\nback\n" : "\n\n") + key.code;
}

Json RowJson(const CoverageRow& row) {
    Json days = Json::Object();
    for (const auto& [day, count] : row.seen_on) days.Set(day, Json::Int(count));
    return Json::Object({{"connection", Text(row.key.connection)},
                         {"table", Text(row.key.table)},
                         {"kind", Text(row.key.kind)},
                         {"code", Text(row.key.code)},
                         {"back", Json::Bool(row.key.back)},
                         {"seen_on", std::move(days)},
                         {"first_seen", Text(FormatInstant(row.first_seen))},
                         {"last_seen", Text(FormatInstant(row.last_seen))},
                         {"shop", Text(row.example.shop)},
                         {"order_id", Text(row.example.order_id)}});
}

Result<CoverageRow> ReadRow(const std::string& text) {
    ASSIGN_OR_RETURN(const Json json, ParseJson(text));
    CoverageRow row;
    row.key = {json["connection"].AsString(), json["table"].AsString(), json["kind"].AsString(),
               json["code"].AsString(), json["back"].AsBool()};
    for (const auto& [day, count] : json["seen_on"].Members()) {
        ASSIGN_OR_RETURN(row.seen_on[day], count.AsInt());
    }
    ASSIGN_OR_RETURN(row.first_seen, ParseInstant(json["first_seen"].AsString()));
    ASSIGN_OR_RETURN(row.last_seen, ParseInstant(json["last_seen"].AsString()));
    row.example = {json["shop"].AsString(), json["order_id"].AsString()};
    return row;
}

void ForgetDays(CoverageRow& row, Instant before) {
    const std::string oldest = FormatDate(before);
    std::erase_if(row.seen_on, [&](const auto& day) { return day.first < oldest; });
}

CoverageKey KeyOf(const std::string& connection, const MissingCode& missing) {
    return {connection, missing.table, missing.kind, missing.code, false};
}

}  // namespace

std::int64_t CoverageRow::seen() const {
    std::int64_t sum = 0;
    for (const auto& [day, count] : seen_on) sum += count;
    return sum;
}

Status Coverage::Recover(Archive& archive) {
    ASSIGN_OR_RETURN(const std::string index, archive.Meta(std::string(kIndex)));
    if (index.empty()) return {};
    ASSIGN_OR_RETURN(const Json names, ParseJson(index));
    for (const Json& name : names.Items()) {
        ASSIGN_OR_RETURN(const std::string text, archive.Meta(name.AsString()));
        if (text.empty()) continue;
        ASSIGN_OR_RETURN(CoverageRow row, ReadRow(text));
        if (clock_.Now() - row.last_seen >= kWindow) continue;
        newest_ = std::max(newest_, row.last_seen);  // what is older has been looked at
        rows_[row.key] = std::move(row);
    }
    return {};
}

void Coverage::Note(const Case& subject, bool fresh) {
    if (fresh) NoteOrder(subject);
    std::set<CoverageKey> waits;
    for (const Command& command : subject.commands)
        for (const MissingCode& missing : workflows::MissingIn(command, engine_.book()))
            waits.insert(KeyOf(command.connection, missing));
    const auto before = waiting_.find(subject.key);
    if (waits.empty()) {
        if (before != waiting_.end()) waiting_.erase(before);
        return;
    }
    for (const CoverageKey& key : waits) {
        const bool known = before != waiting_.end() && before->second.contains(key);
        const bool kept = !fresh && rows_.contains(key);
        if (!known && !kept) Sight(key, subject.key, subject.recorded_at);
    }
    waiting_[subject.key] = std::move(waits);
}

// Warns before anything comes back: an order counts once, when it is new.
void Coverage::NoteOrder(const Case& subject) {
    if (!subject.placed || subject.created_at < newest_) return;
    if (subject.created_at > newest_) at_newest_.clear();
    newest_ = subject.created_at;
    if (!at_newest_.insert(subject.key).second) return;
    std::set<CoverageKey> missing;
    workflows::RouteQuestion question = workflows::QuestionOf(subject, "", "logistics");
    const std::vector<workflows::RouteLine> lines = std::move(question.lines);
    for (std::size_t at = 0; at < lines.size(); ++at) {
        question.lines = {lines[at]};
        const auto answer = workflows::Route(engine_.book(), question);
        const auto* connection = engine_.book().Find(answer.connection);
        if (connection == nullptr || !connection->missing) continue;
        const OrderLine& line = subject.lines[at];
        Json told = Json::Object({{"sku", Text(line.sku)},
                                  {"warehouse", Text(line.warehouse)},
                                  {"item_class", Text(line.item_class)}});
        const Json body = Json::Object({{"lines", Json::Array({std::move(told)})}});
        for (const MissingCode& each : connection->missing(body))
            missing.insert(KeyOf(connection->name, each));
    }
    for (const CoverageKey& key : missing) Sight(key, subject.key, subject.recorded_at);
}

void Coverage::Saw(const CoverageKey& key, const CaseKey& example) {
    Sight(key, example, clock_.Now());
}

void Coverage::Sight(const CoverageKey& key, const CaseKey& example, Instant at) {
    const bool fresh = !rows_.contains(key);
    if (fresh && rows_.size() >= kCodesMax) {
        ++dropped_;
        return;
    }
    CoverageRow& row = rows_[key];
    row.key = key;
    if (row.first_seen == kNoTime) row.first_seen = at;
    row.last_seen = std::max(row.last_seen, at);
    if (!example.order_id.empty()) row.example = example;
    ++row.seen_on[FormatDate(at)];
    ForgetDays(row, clock_.Now() - kWindow);
    engine_.Note(MetaName(key), WriteJson(RowJson(row)));
    if (!fresh) return;
    Json names = Json::Array();
    for (const auto& [each, kept] : rows_) names.Append(Text(MetaName(each)));
    engine_.Note(std::string(kIndex), WriteJson(names));
}

bool Coverage::StillMissing(const CoverageKey& key) const {
    const Connection* connection = connections_.Find(key.connection);
    if (connection == nullptr) return false;
    if (key.table == kStatus) return true;
    const auto& manifest = connection->connector->manifest();
    const Json& settings = connection->settings.settings;
    const std::string name = (key.back ? "their_" : "") + key.kind;
    const Json lines = Json::Array({Json::Object({{name, Text(key.code)}})});
    if (!key.back) {
        const auto missing =
            connectors::FindUntranslated(manifest, Json::Object({{"lines", lines}}), settings);
        return std::any_of(missing.begin(), missing.end(),
                           [&](const auto& each) { return each.table == key.table; });
    }
    const Json data = Json::Object({{"lines", lines}});
    const Json events = Json::Array({Json::Object({{"data", data}})});
    return !connectors::TranslatedBack(manifest, events, settings).ok();
}

std::vector<CoverageRow> Coverage::Rows() const {
    const Instant since = clock_.Now() - kWindow;
    std::map<CoverageKey, std::int64_t> waiting;
    for (const auto& [key, codes] : waiting_)
        for (const CoverageKey& code : codes) ++waiting[code];
    std::vector<CoverageRow> all;
    for (const auto& [key, row] : rows_) {
        const auto waits = waiting.find(key);
        const std::int64_t count = waits == waiting.end() ? 0 : waits->second;
        if ((row.last_seen < since && count == 0) || !StillMissing(key)) continue;
        all.push_back(row);
        all.back().waiting = count;
        ForgetDays(all.back(), since);
    }
    std::stable_sort(all.begin(), all.end(), [](const CoverageRow& a, const CoverageRow& b) {
        return std::pair(a.waiting, a.seen()) > std::pair(b.waiting, b.seen());
    });
    return all;
}

std::vector<CaseKey> Coverage::Waiting() const {
    std::vector<CaseKey> keys;
    for (const auto& [key, codes] : waiting_) keys.push_back(key);
    return keys;
}

Json CoverageJson(const CoverageRow& row) {
    Json json = Json::Object({{"connection", Text(row.key.connection)},
                              {"table", Text(row.key.table)},
                              {"kind", Text(row.key.kind)},
                              {"code", Text(row.key.code)},
                              {"direction", Text(row.key.back ? "in" : "out")},
                              {"seen", Json::Int(row.seen())},
                              {"waiting", Json::Int(row.waiting)},
                              {"first_seen", Text(FormatInstant(row.first_seen))},
                              {"last_seen", Text(FormatInstant(row.last_seen))}});
    if (!row.example.order_id.empty()) {
        json.Set("shop", Text(row.example.shop));
        json.Set("order_id", Text(row.example.order_id));
    }
    return json;
}

}  // namespace returns::gateway
