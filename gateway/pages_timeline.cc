#include "gateway/pages_timeline.h"

#include "gateway/plain_words.h"
#include "schemas/money.h"

#include <algorithm>
#include <map>

namespace returns::gateway {
namespace {

using workflows::MachineKind;

Json Text(std::string_view value) { return Json::String(std::string(value)); }

std::string NameOf(const Case& subject, const std::string& line_id) {
    for (const OrderLine& line : subject.lines) {
        if (line.id == line_id && !line.sku.empty()) return line.sku;
    }
    return "line " + line_id;
}

// What each command asked of whom. Commands leave the case when they are done; the rows that
// changed them still tell.
struct Asked {
    std::string operation, connection;
};
using AskedByNumber = std::map<std::int64_t, Asked>;

AskedByNumber ReadAsked(const std::vector<TimelineRow>& rows) {
    AskedByNumber asked;
    for (const TimelineRow& row : rows) {
        for (const Json& command : row.entry.diff["commands"]["set"].Items()) {
            const auto number = command["number"].AsInt();
            if (!number.ok()) continue;
            asked[*number] = {command["operation"].AsString(), command["connection"].AsString()};
        }
    }
    return asked;
}

enum class Lane : std::uint8_t { kNone, kGoods, kMoney, kBoth };

Lane LaneOfOperation(std::string_view operation) {
    if (operation.starts_with("return.")) return Lane::kGoods;
    if (operation.starts_with("refund.") || operation.starts_with("shop.")) return Lane::kMoney;
    return Lane::kNone;
}

Lane LaneOf(const JournalEntry& entry, std::string_view operation) {
    const EventType type = entry.event.type;
    bool money = type == EventType::kOrderCaptured ||
                 (type >= EventType::kRefundSubmitted && type <= EventType::kDisputeLost);
    bool goods = !money && type <= EventType::kPartnerUnknownStatus;
    for (const workflows::Move& move : entry.moves) {
        (move.kind == MachineKind::kReturn ? goods : money) = true;
    }
    if (goods && money) return Lane::kBoth;
    if (goods) return Lane::kGoods;
    return money ? Lane::kMoney : LaneOfOperation(operation);
}

Json MoveModel(const Case& subject, const workflows::Move& move, bool operator_view) {
    std::string text;
    const bool goods = move.kind == MachineKind::kReturn;
    for (const Slice& slice : subject.slices) {
        if (goods && slice.id == move.id) text = SliceText(subject, slice);
    }
    for (const Leg& leg : subject.legs) {
        if (goods || leg.id != move.id) continue;
        text = "Refund of " + FormatMoney(leg.amount_minor, subject.currency);
    }
    if (text.empty()) text = goods ? "Goods" : "Refund";
    const bool stays = move.from == move.to;
    const bool reminds = stays && !move.trigger.empty();
    text += reminds ? ": a reminder is due" : ": now " + PlainState(move.kind, move.to);
    Json model = Json::Object({{"text", Text(text)}});
    if (operator_view && !stays) {
        model.Set("code", Text(move.from.empty() ? move.to : move.from + " → " + move.to));
    }
    return model;
}

Json RowModel(const Case& subject, const TimelineRow& row, const AskedByNumber& asked,
              bool operator_view) {
    constexpr std::string_view kClasses[] = {"", "goods", "money", "both"};
    constexpr std::string_view kNames[] = {"", "Goods", "Money", "Goods and money"};
    const JournalEntry& entry = row.entry;
    const Envelope& event = entry.event;
    const auto found = asked.find(event.data.attempt.command);
    std::string what = PlainEvent(event), operation;
    if (event.type == EventType::kAction && event.data.action == "approve_command") {
        const auto approved = asked.find(event.data.subject);
        if (approved != asked.end())
            what = event.data.by + " let us ask " + approved->second.connection + " to " +
                   PlainOperation(approved->second.operation);
    }
    if (event.data.attempt.command != 0 && found != asked.end()) {
        operation = found->second.operation;
        const std::string told = PlainAttempt(event.type, operation, found->second.connection);
        if (!told.empty()) what = told;
    }
    const Lane lane = LaneOf(entry, operation);
    const auto at = static_cast<std::size_t>(lane);
    Json goods = Json::Array(), money = Json::Array();
    for (const workflows::Move& move : entry.moves) {
        (move.kind == MachineKind::kReturn ? goods : money)
            .Append(MoveModel(subject, move, operator_view));
    }
    std::string reason = entry.reason.empty() ? event.data.reason : entry.reason;
    if (!operator_view) reason = PlainReason(reason);
    Json model = Json::Object({{"lane_class", Text(kClasses[at])},
                               {"lane", Text(kNames[at])},
                               {"what", Text(what)},
                               {"goods_moves", std::move(goods)},
                               {"money_moves", std::move(money)},
                               {"source", Text(PlainSource(event))},
                               {"verdict", Text(PlainVerdict(entry))},
                               {"reason", Text(reason)}});
    SetTimes(model, "at", event.recorded_at, kNoTime);
    return model;
}

}  // namespace

std::string SliceText(const Case& subject, const Slice& slice) {
    return std::to_string(slice.quantity) + " × " + NameOf(subject, slice.line_id);
}

void SetTimes(Json& model, const std::string& name, Instant at, Instant now) {
    const std::string text = PlainTime(at);
    if (text.empty()) return;
    model.Set(name, Json::String(text));
    model.Set(name + "_iso", Json::String(FormatInstant(at)));
    model.Set(name + "_span", Json::String(PlainSpan(now, at)));
}

Json TimelineModels(const Case& subject, const std::vector<TimelineRow>& rows, bool operator_view) {
    const AskedByNumber asked = ReadAsked(rows);
    Json models = Json::Array();
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
        models.Append(RowModel(subject, *row, asked, operator_view));
    }
    return models;
}

Json ToldModel(const std::vector<TimelineRow>& rows, const std::string& row, bool operator_view) {
    if (row.empty()) return {};
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const TimelineRow& one) {
        return std::to_string(one.seq) == row;
    });
    if (found == rows.end() || found->entry.event.type != EventType::kAction) return {};
    const bool moved = found->entry.verdict == workflows::Verdict::kMoved;
    const std::string what = PlainEvent(found->entry.event);
    const std::string reason =
        operator_view ? found->entry.reason : PlainReason(found->entry.reason);
    return Json::Object({{"tone", Text(moved ? "good" : "bad")},
                         {"text", Text(moved ? "Done. " + what + "."
                                             : "Not done. " + what + "; " + reason + ".")}});
}

}  // namespace returns::gateway
