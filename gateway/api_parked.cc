// What belongs to no case yet: listed, looked at, and tried again once its cause was mended.
#include "connectors/crypto.h"
#include "gateway/api_core.h"
#include "gateway/log.h"
#include "gateway/trace.h"

#include <algorithm>
#include <charconv>

namespace returns::gateway {
namespace {

constexpr int kPageMax = 50;

// An id as it stands in a path or cursor; -1 for what is none.
std::int64_t NumberOf(std::string_view text) {
    std::int64_t id = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    return error == std::errc() && end == text.data() + text.size() && id >= 0 ? id : -1;
}

Json RowJson(const ParkedInput& parked) {
    const bool raw = parked.envelope.empty();
    const std::string_view kept = !raw ? "event" : parked.headers.empty() ? "digest" : "bytes";
    return Json::Object({{"id", Json::Int(parked.id)},
                         {"source", Json::String(parked.source)},
                         {"source_id", Json::String(parked.source_id)},
                         {"reason", Json::String(parked.reason)},
                         {"parked_at", Json::String(FormatInstant(parked.parked_at))},
                         {"kept", Json::String(std::string(kept))},
                         {"bytes", Json::Int(static_cast<std::int64_t>(parked.raw.size()))},
                         {"sha256", Json::String(parked.digest)}});
}

Json Coded(std::string_view bytes) { return Json::String(connectors::EncodeBase64(bytes)); }

Json WholeJson(const ParkedInput& parked) {
    Json json = RowJson(parked);
    if (!parked.envelope.empty()) {
        const auto event = ParseJson(parked.envelope);
        if (event.ok()) json.Set("event", *event);
        return json;
    }
    if (parked.headers.empty()) return json;
    const Surroundings around = ReadSurroundings(parked.headers);
    if (around.key) json.Set("key_base64", Coded(*around.key));
    Json headers = Json::Array();
    for (const auto& [name, value] : around.headers)
        headers.Append(
            Json::Object({{"name_base64", Coded(name)}, {"value_base64", Coded(value)}}));
    json.Set("headers", std::move(headers));
    if (!around.tombstone) json.Set("raw_base64", Coded(parked.raw));
    return json;
}

Problem NotReadable(const Error& error) {
    if (error.code == Code::kLimit)
        return {.status = 410, .code = "raw_forgotten", .detail = error.text};
    if (error.code == Code::kNotFound)
        return {.status = 409, .code = "no_mapping", .detail = error.text};
    return {.status = 422, .code = "still_unreadable", .detail = error.text};
}

}  // namespace

bool Api::Core::MaySee(const Caller& caller, const ParkedInput& parked) {
    return caller.shop.empty() || caller.shop == raw_.ShopOf(parked);
}

std::optional<ParkedInput> Api::Core::ParkedOf(const ApiCallPtr& call) {
    const std::int64_t id = NumberOf(call->path[2]);
    auto found = parts_.engine.archive().ParkedAfter(id - 1, id > 0 ? 1 : 0);
    if (!found.ok()) {
        AnswerProblem(call, ProblemOf(found.error()));
    } else if (found->empty() || found->front().id != id ||
               !MaySee(*call->caller, found->front())) {
        AnswerProblem(call, {.status = 404,
                             .code = "unknown_parked",
                             .detail = "nothing is parked under this number; it may have found its "
                                       "case since"});
    } else {
        return std::move(found->front());
    }
    return std::nullopt;
}

void Api::Core::GetParked(const ApiCallPtr& call) {
    const auto cursor = DecodeCursor(call->Query("cursor"));
    std::int64_t after = cursor && cursor->shop == "parked" ? NumberOf(cursor->order_id) : 0;
    const std::int64_t most = parts_.settings.limits.search_results_max;
    const int size = most > 0 ? static_cast<int>(std::min<std::int64_t>(most, kPageMax)) : kPageMax;
    const auto rows = parts_.engine.archive().ParkedAfter(after, size);
    if (!rows.ok()) return AnswerProblem(call, ProblemOf(rows.error()));
    Json items = Json::Array();
    for (const ParkedInput& parked : *rows) {
        if (MaySee(*call->caller, parked)) items.Append(RowJson(parked));
        after = parked.id;
    }
    Json page = Json::Object({{"items", std::move(items)}});
    if (static_cast<int>(rows->size()) == size)
        page.Set("next", Json::String(EncodeCursor({"parked", std::to_string(after)})));
    AnswerJson(call, 200, page);
}

void Api::Core::GetParkedOne(const ApiCallPtr& call) {
    if (const auto parked = ParkedOf(call)) AnswerJson(call, 200, WholeJson(*parked));
}

void Api::Core::PostRetry(const ApiCallPtr& call) {
    const auto parked = ParkedOf(call);
    if (!parked) return;
    std::vector<Input> inputs;
    if (parked->envelope.empty()) {
        auto read = raw_.Again(*parked);
        if (!read.ok()) return AnswerProblem(call, NotReadable(read.error()));
        inputs = std::move(*read);
        // Understood, and nothing to us: it leaves with the next commit.
        if (inputs.empty()) parts_.engine.Unpark(parked->id);
    } else {
        auto input = InputOf(*parked);
        if (!input.ok()) return AnswerProblem(call, ProblemOf(input.error()));
        inputs.push_back(std::move(*input));
    }
    Log(LogLevel::kInfo, "parked",
        "input " + std::to_string(parked->id) + " is tried again by " + call->caller->name,
        TraceId(call->traceparent));
    SubmitAll(call, std::move(inputs),
              [this](const ApiInputs& all) { AnswerReceipts(all, false); });
}

}  // namespace returns::gateway
