#include "schemas/case_json.h"
#include "schemas/case_text.h"

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
void WriteName(const std::array<std::string_view, n>& names, State state, std::string& out) {
    AppendJsonString(names.at(static_cast<std::size_t>(state)), out);
}

// A word in quotes; "" when none stands there.
std::string NameIn(JsonCursor& text) {
    std::string name;
    if (text.Peek() == '"') text.String(name);
    return name;
}

template <class State, std::size_t n>
Status ReadName(const std::array<std::string_view, n>& names, JsonCursor& text, const Place& at,
                State& out) {
    const std::string name = NameIn(text);
    for (std::size_t i = 0; i < n; ++i) {
        if (names[i] != name) continue;
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

template <class T>
bool ReadDigits(std::string_view digits, T& out) {
    const char* end = digits.data() + digits.size();
    const auto [stop, failure] = std::from_chars(digits.data(), end, out);
    return !digits.empty() && failure == std::errc() && stop == end;
}

}  // namespace

Error Refuse(const Place& at, std::string_view why) {
    return Invalid("reading case: " + at.Path() + (at.Path().empty() ? "" : ": ") +
                   std::string(why));
}

void Write(const std::string& value, std::string& out) { AppendJsonString(value, out); }
void Write(bool value, std::string& out) { out += value ? "true" : "false"; }
void Write(int value, std::string& out) { AppendJsonInt(value, out); }
void Write(std::int64_t value, std::string& out) { AppendJsonInt(value, out); }
void Write(Instant value, std::string& out) {
    if (value == kNever) return AppendJsonString(kNeverWord, out);
    AppendJsonInt(value.time_since_epoch().count(), out);
}
void Write(const Json& value, std::string& out) { AppendJson(value, out); }
void Write(const Envelope& value, std::string& out) { AppendEnvelope(value, out); }
void Write(const Seen& value, std::string& out) {
    char digits[20];
    const auto written = std::to_chars(digits, digits + sizeof digits, value.fingerprint);
    out += '[';
    out.append(digits, written.ptr);
    out += ',';
    AppendJsonInt(value.journal, out);
    out += ']';
}
void Write(ReturnState value, std::string& out) { AppendJsonString(Name(value), out); }
void Write(RefundState value, std::string& out) { AppendJsonString(Name(value), out); }
void Write(Executor value, std::string& out) { WriteName(kExecutors, value, out); }
void Write(DisputeState value, std::string& out) { WriteName(kDisputes, value, out); }
void Write(CommandState value, std::string& out) { WriteName(kCommands, value, out); }
void Write(TicketState value, std::string& out) { WriteName(kTickets, value, out); }

Status Read(JsonCursor& text, const Place& at, std::string& out) {
    if (!text.String(out)) return Refuse(at, "expected text");
    return {};
}

Status Read(JsonCursor& text, const Place& at, bool& out) {
    const std::string_view word = text.Word();
    if (word != "true" && word != "false") return Refuse(at, "expected true or false");
    out = word == "true";
    return {};
}

Status Read(JsonCursor& text, const Place& at, std::int64_t& out) {
    if (ReadDigits(text.Word(), out)) return {};
    return Refuse(at, "expected a whole number within 64 bits");
}

Status Read(JsonCursor& text, const Place& at, int& out) {
    std::int64_t whole = 0;
    RETURN_IF_ERROR(Read(text, at, whole));
    using Limits = std::numeric_limits<int>;
    if (whole < Limits::min() || whole > Limits::max()) return Refuse(at, "out of range");
    out = static_cast<int>(whole);
    return {};
}

Status Read(JsonCursor& text, const Place& at, Instant& out) {
    std::int64_t millis = 0;
    if (text.Peek() == '"' && NameIn(text) == kNeverWord) {
        out = kNever;
        return {};
    }
    RETURN_IF_ERROR(Read(text, at, millis));
    out = Instant(Millis(millis));
    return {};
}

Status Read(JsonCursor& text, const Place& at, Json& out) {
    if (!text.Tree(out)) return Refuse(at, "cut off, ill-formed or too deep");
    return {};
}

Status Read(JsonCursor& text, const Place& at, Envelope& out) {
    Json part;
    RETURN_IF_ERROR(Read(text, at, part));
    Result<Envelope> event = DecodeEnvelope(part);
    if (!event.ok()) return Refuse(at, event.error().text);
    out = std::move(event).value();
    return {};
}

Status Read(JsonCursor& text, const Place& at, Seen& out) {
    if (!text.OpenArray() || !text.NextItem() || !ReadDigits(text.Word(), out.fingerprint)) {
        return Refuse(at, "expected a fingerprint of 64 bits");
    }
    if (!text.NextItem()) return Refuse(at, "expected two numbers");
    RETURN_IF_ERROR(Read(text, at, out.journal));
    if (text.NextItem() || text.failed()) return Refuse(at, "expected two numbers");
    return {};
}

Status Read(JsonCursor& text, const Place& at, ReturnState& out) {
    return Take(FindReturnState(NameIn(text)), at, out);
}

Status Read(JsonCursor& text, const Place& at, RefundState& out) {
    return Take(FindRefundState(NameIn(text)), at, out);
}

Status Read(JsonCursor& text, const Place& at, Executor& out) {
    return ReadName(kExecutors, text, at, out);
}

Status Read(JsonCursor& text, const Place& at, DisputeState& out) {
    return ReadName(kDisputes, text, at, out);
}

Status Read(JsonCursor& text, const Place& at, CommandState& out) {
    return ReadName(kCommands, text, at, out);
}

Status Read(JsonCursor& text, const Place& at, TicketState& out) {
    return ReadName(kTickets, text, at, out);
}

}  // namespace case_json

void AppendCase(const Case& subject, std::string& out) { case_json::Write(subject, out); }

Result<Case> ReadCase(std::string_view text) {
    Case subject;
    JsonCursor cursor(text);
    RETURN_IF_ERROR(case_json::Read(cursor, Place(), subject));
    if (!cursor.AtEnd()) return case_json::Refuse(Place(), "more stands behind it");
    return subject;
}

Json EncodeCase(const Case& subject) {
    std::string text;
    AppendCase(subject, text);
    return TreeOf(text);
}

Result<Case> DecodeCase(const Json& value) { return ReadCase(WriteJson(value)); }

}  // namespace returns
