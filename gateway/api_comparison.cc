// What we would have paid beside what the shop paid itself, page by page over all cases.
#include "gateway/api_core.h"
#include "gateway/comparison.h"

#include <map>

namespace returns::gateway {
namespace {

// A page ends after so many cases looked at or journal rows read: nobody else waits long for it.
constexpr int kCasesMax = 500;
constexpr std::size_t kRowsMax = 2000;

void SetTime(Json& json, std::string name, Instant at) {
    if (at != kNoTime) json.Set(std::move(name), Json::String(FormatInstant(at)));
}

Json RowJson(const CaseKey& key, const Comparison& row) {
    Json json = Json::Object({{"shop", Json::String(key.shop)},
                              {"order_id", Json::String(key.order_id)},
                              {"agreement", Json::String(std::string(Name(row.agreement)))},
                              {"in_words", Json::String(std::string(Sentence(row.agreement)))},
                              {"currency", Json::String(row.currency)},
                              {"ours_minor", Json::Int(row.ours_minor)},
                              {"theirs_minor", Json::Int(row.theirs_minor)}});
    if (!row.return_id.empty()) json.Set("return_id", Json::String(row.return_id));
    if (row.twice_minor > 0) json.Set("twice_minor", Json::Int(row.twice_minor));
    SetTime(json, "ours_at", row.ours_at);
    SetTime(json, "theirs_at", row.theirs_at);
    return json;
}

Result<std::vector<JournalEntry>> EntriesOf(Archive& archive, const Case& subject) {
    std::vector<JournalEntry> entries;
    for (const Seen& seen : subject.seen) {
        ASSIGN_OR_RETURN(const auto row, archive.Row(seen.journal));
        if (!row || MovesNothing(row->body)) continue;
        ASSIGN_OR_RETURN(JournalEntry entry, DecodeEntry(row->body));
        entries.push_back(std::move(entry));
    }
    return entries;
}

// Counts by agreement and, within it, sums by currency.
struct Totals {
    struct Sums {
        std::int64_t count = 0, ours = 0, theirs = 0, twice = 0;
    };
    std::map<std::pair<Agreement, std::string>, Sums> sums;

    void Add(const Comparison& row) {
        Sums& sum = sums[{row.agreement, row.currency}];
        ++sum.count;
        sum.ours += row.ours_minor;
        sum.theirs += row.theirs_minor;
        sum.twice += row.twice_minor;
    }
    Json Told() const {
        Json all = Json::Array();
        for (const auto& [of, sum] : sums)
            all.Append(Json::Object({{"agreement", Json::String(std::string(Name(of.first)))},
                                     {"currency", Json::String(of.second)},
                                     {"count", Json::Int(sum.count)},
                                     {"ours_minor", Json::Int(sum.ours)},
                                     {"theirs_minor", Json::Int(sum.theirs)},
                                     {"twice_minor", Json::Int(sum.twice)}}));
        return all;
    }
};

}  // namespace

void Api::Core::GetComparison(const ApiCallPtr& call) {
    const auto cursor = DecodeCursor(call->Query("cursor"));
    std::int64_t after = cursor && cursor->shop == "case" ? ReadNumber(cursor->order_id) : 0;
    const bool differences = call->Query("differences") == "1";
    const std::string shop = call->caller->shop.empty() ? call->Query("shop") : call->caller->shop;
    Engine& engine = parts_.engine;
    Totals totals;
    Json items = Json::Array();
    std::size_t read = 0;
    int looked = 0;
    bool more = true;
    while (more && looked < kCasesMax && read < kRowsMax) {
        const auto page = engine.archive().Cases(after, 1);
        if (!page.ok()) return AnswerProblem(call, ProblemOf(page.error()));
        ++looked;
        ++after;
        more = page->next != 0;
        for (const CaseKey& key : page->keys) {
            if (!desk_.SeesShop(*call->caller, key.shop) || (!shop.empty() && shop != key.shop))
                continue;
            const auto subject = engine.Read(key);
            if (!subject.ok()) return AnswerProblem(call, ProblemOf(subject.error()));
            if (*subject == nullptr || !IsComparable(**subject)) continue;
            const auto entries = EntriesOf(engine.archive(), **subject);
            if (!entries.ok()) return AnswerProblem(call, ProblemOf(entries.error()));
            read += (*subject)->seen.size();
            for (const Comparison& row : Compare(**subject, *entries)) {
                totals.Add(row);
                if (!differences || row.agreement != Agreement::kAgrees)
                    items.Append(RowJson(key, row));
            }
        }
    }
    Json body = Json::Object({{"looked_at", Json::Int(looked)}, {"totals", totals.Told()}});
    body.Set("items", std::move(items));
    if (more) body.Set("next", Json::String(EncodeCursor({"case", std::to_string(after)})));
    AnswerJson(call, 200, body);
}

}  // namespace returns::gateway
