// A case's members to JSON text and back, each overload for one kind of member: storage text,
// compact and lossless. Instants are milliseconds, kNever is "never"; states stand by name. Pure;
// any thread.
#pragma once

#include "schemas/case.h"
#include "schemas/case_fields.h"
#include "schemas/event_read.h"
#include "schemas/json_text.h"

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace returns::case_json {

Error Refuse(const Place& at, std::string_view why);

void Write(const std::string& value, std::string& out);
void Write(bool value, std::string& out);
void Write(int value, std::string& out);
void Write(std::int64_t value, std::string& out);
void Write(Instant value, std::string& out);
void Write(const Json& value, std::string& out);
void Write(const Envelope& value, std::string& out);
void Write(const Seen& value, std::string& out);  // [fingerprint, journal]
void Write(ReturnState value, std::string& out);
void Write(RefundState value, std::string& out);
void Write(Executor value, std::string& out);
void Write(DisputeState value, std::string& out);
void Write(CommandState value, std::string& out);
void Write(TicketState value, std::string& out);

Status Read(JsonCursor& text, const Place& at, std::string& out);
Status Read(JsonCursor& text, const Place& at, bool& out);
Status Read(JsonCursor& text, const Place& at, int& out);
Status Read(JsonCursor& text, const Place& at, std::int64_t& out);
Status Read(JsonCursor& text, const Place& at, Instant& out);
Status Read(JsonCursor& text, const Place& at, Json& out);
Status Read(JsonCursor& text, const Place& at, Envelope& out);
Status Read(JsonCursor& text, const Place& at, Seen& out);
Status Read(JsonCursor& text, const Place& at, ReturnState& out);
Status Read(JsonCursor& text, const Place& at, RefundState& out);
Status Read(JsonCursor& text, const Place& at, Executor& out);
Status Read(JsonCursor& text, const Place& at, DisputeState& out);
Status Read(JsonCursor& text, const Place& at, CommandState& out);
Status Read(JsonCursor& text, const Place& at, TicketState& out);

template <class T>
concept Listed = requires {
    FieldsOf(Tag<T>());
};

template <Listed Owner>
void Write(const Owner& value, std::string& out);

template <class T>
void Write(const std::vector<T>& values, std::string& out) {
    out += '[';
    for (const T& value : values) {
        if (&value != values.data()) out += ',';
        Write(value, out);
    }
    out += ']';
}

// Members at their default are left out.
template <Listed Owner>
void Write(const Owner& value, std::string& out) {
    static const Owner standard;
    out += '{';
    ForEachField<Owner>([&](const auto& field) {
        if (value.*field.member == standard.*field.member) return;
        AppendJsonName(field.name, out);
        Write(value.*field.member, out);
    });
    out += '}';
}

template <Listed Owner>
Status Read(JsonCursor& text, const Place& at, Owner& out);

template <class T>
Status Read(JsonCursor& text, const Place& at, std::vector<T>& out) {
    if (!text.OpenArray()) return Refuse(at, "expected a list");
    out.clear();
    while (text.NextItem()) {
        const Place here{at.above, at.name, static_cast<int>(out.size())};
        RETURN_IF_ERROR(Read(text, here, out.emplace_back()));
    }
    if (text.failed()) return Refuse(at, "the list is cut off or ill-formed");
    return {};
}

// Starts from the defaults. A member this program does not know is refused: dropping it would lose
// what a newer program wrote.
template <Listed Owner>
Status Read(JsonCursor& text, const Place& at, Owner& out) {
    if (!text.OpenObject()) return Refuse(at, "expected an object");
    out = Owner();
    std::string_view name;
    while (text.NextMember(name)) {
        bool known = false;
        Status status;
        const Place here{&at, name};
        ForEachField<Owner>([&](const auto& field) {
            if (known || field.name != name) return;
            known = true;
            status = Read(text, here, out.*field.member);
        });
        if (!known) return Refuse(here, "a member this program does not know");
        if (!status.ok()) return status;
    }
    if (text.failed()) return Refuse(at, "the object is cut off or ill-formed");
    return {};
}

}  // namespace returns::case_json
