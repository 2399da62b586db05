#include "schemas/case_json.h"

#include <array>
#include <charconv>
#include <limits>

namespace returns {

namespace case_json {

namespace {

constexpr std::string_view kNeverWord = "never";
constexpr std::array<std::string_view, 2> kExecutors = {"shop", "psp"};
constexpr std::array<std::string_view, 3> kDisputes = {"open", "won", "lost"};
constexpr std::array<std::string_view, 3> kCommands = {"waiting", "in_flight", "in_doubt"};
constexpr std::array<std::string_view, 4> kTickets = {"opening", "open", "resolving", "resolved"};

template <class State, std::size_t n>
Json WriteName(const std::array<std::string_view, n>& names, State state) {
    return Json::String(std::string(names.at(static_cast<std::size_t>(state))));
}

template <class State, std::size_t n>
Status ReadName(const std::array<std::string_view, n>& names, const Json& json, const Place& at,
                State& out) {
    for (std::size_t i = 0; i < n; ++i) {
        if (names[i] != json.AsString()) continue;
        out = static_cast<State>(i);
        return {};
    }
    return Refuse(at, "not a state this program knows");
}

template <class State>
Status Take(std::optional<State> state, const Place& at, State& out) {
    if (!state) return Refuse(at, "not a state this program knows");
    out = *state;
    return {};
}

}  // namespace

Error Refuse(const Place& at, std::string_view why) {
    return Invalid("reading case: " + at.Path() + (at.Path().empty() ? "" : ": ") +
                   std::string(why));
}

Json Write(const std::string& value) { return Json::String(value); }
Json Write(bool value) { return Json::Bool(value); }
Json Write(int value) { return Json::Int(value); }
Json Write(std::int64_t value) { return Json::Int(value); }
Json Write(Instant value) {
    if (value == kNever) return Json::String(std::string(kNeverWord));
    return Json::Int(value.time_since_epoch().count());
}
Json Write(const Json& value) { return value; }
Json Write(const Envelope& value) { return EncodeEnvelope(value); }
Json Write(const Seen& value) {
    return Json::Array({Json::Number(std::to_string(value.fingerprint)), Json::Int(value.journal)});
}
Json Write(ReturnState value) { return Json::String(std::string(Name(value))); }
Json Write(RefundState value) { return Json::String(std::string(Name(value))); }
Json Write(Executor value) { return WriteName(kExecutors, value); }
Json Write(DisputeState value) { return WriteName(kDisputes, value); }
Json Write(CommandState value) { return WriteName(kCommands, value); }
Json Write(TicketState value) { return WriteName(kTickets, value); }

Status Read(const Json& json, const Place& at, std::string& out) {
    if (!json.IsString()) return Refuse(at, "expected text");
    out = json.AsString();
    return {};
}

Status Read(const Json& json, const Place& at, bool& out) {
    if (!json.IsBool()) return Refuse(at, "expected true or false");
    out = json.AsBool();
    return {};
}

Status Read(const Json& json, const Place& at, std::int64_t& out) {
    const Result<std::int64_t> whole = json.AsInt();
    if (!whole.ok()) return Refuse(at, whole.error().text);
    out = *whole;
    return {};
}

Status Read(const Json& json, const Place& at, int& out) {
    std::int64_t whole = 0;
    RETURN_IF_ERROR(Read(json, at, whole));
    using Limits = std::numeric_limits<int>;
    if (whole < Limits::min() || whole > Limits::max()) return Refuse(at, "out of range");
    out = static_cast<int>(whole);
    return {};
}

Status Read(const Json& json, const Place& at, Instant& out) {
    if (json.AsString() == kNeverWord) {
        out = kNever;
        return {};
    }
    std::int64_t millis = 0;
    RETURN_IF_ERROR(Read(json, at, millis));
    out = Instant(Millis(millis));
    return {};
}

Status Read(const Json& json, const Place&, Json& out) {
    out = json;
    return {};
}

Status Read(const Json& json, const Place& at, Envelope& out) {
    Result<Envelope> event = DecodeEnvelope(json);
    if (!event.ok()) return Refuse(at, event.error().text);
    out = std::move(event).value();
    return {};
}

Status Read(const Json& json, const Place& at, Seen& out) {
    if (json.Items().size() != 2) return Refuse(at, "expected two numbers");
    const std::string& digits = json.Items()[0].Literal();
    const char* end = digits.data() + digits.size();
    const auto [stop, failure] = std::from_chars(digits.data(), end, out.fingerprint);
    if (digits.empty() || failure != std::errc() || stop != end) {
        return Refuse(at, "expected a fingerprint of 64 bits");
    }
    return Read(json.Items()[1], at, out.journal);
}

Status Read(const Json& json, const Place& at, ReturnState& out) {
    return Take(FindReturnState(json.AsString()), at, out);
}

Status Read(const Json& json, const Place& at, RefundState& out) {
    return Take(FindRefundState(json.AsString()), at, out);
}

Status Read(const Json& json, const Place& at, Executor& out) {
    return ReadName(kExecutors, json, at, out);
}

Status Read(const Json& json, const Place& at, DisputeState& out) {
    return ReadName(kDisputes, json, at, out);
}

Status Read(const Json& json, const Place& at, CommandState& out) {
    return ReadName(kCommands, json, at, out);
}

Status Read(const Json& json, const Place& at, TicketState& out) {
    return ReadName(kTickets, json, at, out);
}

}  // namespace case_json

Json EncodeCase(const Case& subject) { return case_json::Write(subject); }

Result<Case> DecodeCase(const Json& value) {
    Case subject;
    RETURN_IF_ERROR(case_json::Read(value, Place(), subject));
    return subject;
}

}  // namespace returns
