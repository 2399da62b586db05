// A case's members to JSON and back, each overload for one kind of member: storage text, compact
// and lossless. Instants are milliseconds, kNever is "never"; states stand by name. Pure; any
// thread.
#pragma once

#include "schemas/case.h"
#include "schemas/case_fields.h"
#include "schemas/event_read.h"

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace returns::case_json {

Error Refuse(const Place& at, std::string_view why);

Json Write(const std::string& value);
Json Write(bool value);
Json Write(int value);
Json Write(std::int64_t value);
Json Write(Instant value);
Json Write(const Json& value);
Json Write(const Envelope& value);
Json Write(const Seen& value);  // [fingerprint, journal]
Json Write(ReturnState value);
Json Write(RefundState value);
Json Write(Executor value);
Json Write(DisputeState value);
Json Write(CommandState value);
Json Write(TicketState value);

Status Read(const Json& json, const Place& at, std::string& out);
Status Read(const Json& json, const Place& at, bool& out);
Status Read(const Json& json, const Place& at, int& out);
Status Read(const Json& json, const Place& at, std::int64_t& out);
Status Read(const Json& json, const Place& at, Instant& out);
Status Read(const Json& json, const Place& at, Json& out);
Status Read(const Json& json, const Place& at, Envelope& out);
Status Read(const Json& json, const Place& at, Seen& out);
Status Read(const Json& json, const Place& at, ReturnState& out);
Status Read(const Json& json, const Place& at, RefundState& out);
Status Read(const Json& json, const Place& at, Executor& out);
Status Read(const Json& json, const Place& at, DisputeState& out);
Status Read(const Json& json, const Place& at, CommandState& out);
Status Read(const Json& json, const Place& at, TicketState& out);

template <class T>
concept Listed = requires {
    FieldsOf(Tag<T>());
};

template <Listed Owner>
Json Write(const Owner& value);

template <class T>
Json Write(const std::vector<T>& values) {
    std::vector<Json> items;
    items.reserve(values.size());
    for (const T& value : values) items.push_back(Write(value));
    return Json::Array(std::move(items));
}

// Members at their default are left out.
template <Listed Owner>
Json Write(const Owner& value) {
    static const Owner standard;
    std::vector<Json::Member> members;
    ForEachField<Owner>([&](const auto& field) {
        if (value.*field.member == standard.*field.member) return;
        members.emplace_back(std::string(field.name), Write(value.*field.member));
    });
    return Json::Object(std::move(members));
}

template <Listed Owner>
Status Read(const Json& json, const Place& at, Owner& out);

template <class T>
Status Read(const Json& json, const Place& at, std::vector<T>& out) {
    if (!json.IsArray()) return Refuse(at, "expected a list");
    out.clear();
    out.reserve(json.Items().size());
    for (const Json& item : json.Items()) {
        const Place here{at.above, at.name, static_cast<int>(out.size())};
        RETURN_IF_ERROR(Read(item, here, out.emplace_back()));
    }
    return {};
}

// Starts from the defaults. A member this program does not know is refused: dropping it would lose
// what a newer program wrote.
template <Listed Owner>
Status Read(const Json& json, const Place& at, Owner& out) {
    if (!json.IsObject()) return Refuse(at, "expected an object");
    out = Owner();
    for (const auto& entry : json.Members()) {
        const auto& name = entry.first;  // no binding: Clang 14 cannot capture one
        const auto& value = entry.second;
        bool known = false;
        Status status;
        const Place here{&at, name};
        ForEachField<Owner>([&](const auto& field) {
            if (known || field.name != name) return;
            known = true;
            status = Read(value, here, out.*field.member);
        });
        if (!known) return Refuse(here, "a member this program does not know");
        if (!status.ok()) return status;
    }
    return {};
}

}  // namespace returns::case_json
