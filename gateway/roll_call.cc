#include "gateway/roll_call.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr Millis kNightBegins = std::chrono::hours(1);

struct Count {
    const char* name;
    std::int64_t RollCall::*value;
};
constexpr Count kCounts[] = {
    {"pages", &RollCall::pages},          {"listed", &RollCall::listed},
    {"asked", &RollCall::asked},          {"agreed", &RollCall::agreed},
    {"healed", &RollCall::healed},        {"ticketed", &RollCall::differing},
    {"unknown_to_us", &RollCall::unknown}};

std::string Returns(std::int64_t n, std::string_view one, std::string_view many) {
    return std::to_string(n) + std::string(n == 1 ? one : many);
}

}  // namespace

Json RollCallJson(const RollCall& call) {
    Json json = Json::Object({{"began_at", Json::String(FormatInstant(call.began_at))},
                              {"ended_at", Json::String(FormatInstant(call.ended_at))},
                              {"by_list", Json::Bool(call.by_list)},
                              {"complete", Json::Bool(call.complete)}});
    if (!call.trouble.empty()) json.Set("trouble", Json::String(call.trouble));
    for (const Count& count : kCounts) json.Set(count.name, Json::Int(call.*count.value));
    Json named = Json::Array();
    for (const std::string& each : call.unknown_named) named.Append(Json::String(each));
    json.Set("unknown_to_us_named", std::move(named));
    return json;
}

RollCall ReadRollCall(const std::string& text) {
    const auto json = ParseJson(text);
    if (!json.ok()) return {};
    RollCall call;
    const auto began = ParseInstant((*json)["began_at"].AsString());
    const auto ended = ParseInstant((*json)["ended_at"].AsString());
    if (!began.ok() || !ended.ok()) return {};
    call.began_at = *began;
    call.ended_at = *ended;
    call.by_list = (*json)["by_list"].AsBool();
    call.complete = (*json)["complete"].AsBool();
    call.trouble = (*json)["trouble"].AsString();
    for (const Count& count : kCounts) {
        const auto value = (*json)[count.name].AsInt();
        if (value.ok()) call.*count.value = *value;
    }
    for (const Json& each : (*json)["unknown_to_us_named"].Items())
        call.unknown_named.push_back(each.AsString());
    return call;
}

std::string RollCallName(const std::string& connection) { return "roll_call:" + connection; }

std::vector<std::string> PlainRollCall(const RollCall& call) {
    std::vector<std::string> told;
    std::string first =
        Returns(call.asked, " open return was compared", " open returns were compared");
    if (call.by_list) first += " with the partner’s list of " + std::to_string(call.listed);
    first += ": " + std::to_string(call.agreed) + " alike";
    if (call.healed > 0)
        first += ", " + std::to_string(call.healed) + " moved on by what they know";
    if (call.differing > 0)
        first += ", " + std::to_string(call.differing) + " different, each with a ticket";
    told.push_back(first + ".");
    if (call.by_list && !call.complete)
        told.push_back("Not all of the list was seen" +
                       (call.trouble.empty() ? std::string() : " (" + call.trouble + ")") +
                       ": what it does not have is left open until the next night.");
    if (call.unknown > 0) {
        std::string text = Returns(call.unknown, " return is open there and unknown to us",
                                   " returns are open there and unknown to us");
        for (std::size_t at = 0; at < call.unknown_named.size(); ++at)
            text += (at == 0 ? ": " : ", ") + call.unknown_named[at];
        if (static_cast<std::int64_t>(call.unknown_named.size()) < call.unknown)
            text += " and others";
        told.push_back(text + ".");
    }
    return told;
}

Millis Jitter(const std::string& text, Millis span) {
    std::uint64_t hash = 14'695'981'039'346'656'037U;
    for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
    hash ^= hash >> 32;
    return Millis(static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(span.count() + 1)));
}

Instant NightAfter(Instant since, Millis place) {
    constexpr Millis kDay = std::chrono::hours(24);
    const Instant night = std::chrono::floor<std::chrono::days>(since) + kNightBegins + place;
    return night > since ? night : night + kDay;
}

}  // namespace returns::gateway
