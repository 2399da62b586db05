// What a decision changed, and the same change made again. Lists are compared by their elements'
// ids:
//   {"version": 7, "slices": {"gone": [3], "set": [{...}]}, "held": {"keep": 1, "set": [...]}}
// `gone` is taken out first; an element of `set` replaces the one with its id or is appended.
#include "schemas/case_json.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace returns {

namespace {

using case_json::Read;
using case_json::Refuse;
using case_json::Write;

std::string_view KeyOf(const OrderLine& line) { return line.id; }
std::string_view KeyOf(const Tender& tender) { return tender.id; }
std::string_view KeyOf(const Return& subject) { return subject.id; }
std::int64_t KeyOf(const Slice& slice) { return slice.id; }
std::int64_t KeyOf(const Leg& leg) { return leg.id; }
std::int64_t KeyOf(const Command& command) { return command.number; }
std::int64_t KeyOf(const Ticket& ticket) { return ticket.id; }
std::pair<std::string_view, std::string_view> KeyOf(const Dispute& dispute) {
    return {dispute.tender_id, dispute.reference};
}

Json WriteKey(std::string_view key) { return Json::String(std::string(key)); }
Json WriteKey(std::int64_t key) { return Json::Int(key); }
Json WriteKey(const std::pair<std::string_view, std::string_view>& key) {
    return Json::Array({WriteKey(key.first), WriteKey(key.second)});
}

template <class T>
std::string KeyText(const T& element) {
    return WriteJson(WriteKey(KeyOf(element)));
}

template <class T>
bool UniqueKeys(const std::vector<T>& list) {
    std::vector<decltype(KeyOf(list.front()))> keys;
    keys.reserve(list.size());
    for (const T& element : list) keys.push_back(KeyOf(element));
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) == keys.end();
}

// Pairs the two lists in their order; what is not paired is gone or new. With unique ids, taking
// out, replacing and appending then gives exactly `after`, even when elements changed places.
template <class T>
Json DiffList(const std::vector<T>& before, const std::vector<T>& after) {
    Json change = Json::Object();
    if (!UniqueKeys(before) || !UniqueKeys(after)) {
        change.Set("all", Write(after));
        return change;
    }
    Json gone = Json::Array();
    Json set = Json::Array();
    std::size_t next = 0;
    for (const T& old : before) {
        if (next == after.size() || KeyOf(after[next]) != KeyOf(old)) {
            gone.Append(WriteKey(KeyOf(old)));
            continue;
        }
        if (!(after[next] == old)) set.Append(Write(after[next]));
        ++next;
    }
    for (; next < after.size(); ++next) set.Append(Write(after[next]));
    if (!gone.Items().empty()) change.Set("gone", std::move(gone));
    if (!set.Items().empty()) change.Set("set", std::move(set));
    return change;
}

// Held events have no id: what both lists begin with is kept.
Json DiffList(const std::vector<HeldEvent>& before, const std::vector<HeldEvent>& after) {
    const auto [kept, rest] =
        std::mismatch(before.begin(), before.end(), after.begin(), after.end());
    Json change = Json::Object();
    change.Set("keep", Json::Int(kept - before.begin()));
    if (rest != after.end()) {
        change.Set("set", Write(std::vector<HeldEvent>(rest, after.end())));
    }
    return change;
}

template <class T>
Status ApplyList(const Json& change, const Place& at, std::vector<T>& list) {
    if (const Json* all = change.Find("all")) return Read(*all, at, list);
    std::unordered_set<std::string> gone;
    for (const Json& key : change["gone"].Items()) gone.insert(WriteJson(key));
    if (!gone.empty()) {
        std::erase_if(list, [&](const T& element) { return gone.contains(KeyText(element)); });
    }
    std::vector<T> set;
    if (const Json* changed = change.Find("set")) RETURN_IF_ERROR(Read(*changed, at, set));
    std::unordered_map<std::string, std::size_t> places;
    if (!set.empty()) {
        for (std::size_t i = 0; i < list.size(); ++i) places.emplace(KeyText(list[i]), i);
    }
    for (T& element : set) {
        const auto found = places.find(KeyText(element));
        if (found == places.end()) {
            list.push_back(std::move(element));
        } else {
            list[found->second] = std::move(element);
        }
    }
    return {};
}

Status ApplyList(const Json& change, const Place& at, std::vector<HeldEvent>& list) {
    std::int64_t keep = 0;
    RETURN_IF_ERROR(Read(change["keep"], at, keep));
    if (keep < 0 || keep > static_cast<std::int64_t>(list.size())) {
        return Refuse(at, "keeps more than there is");
    }
    list.resize(static_cast<std::size_t>(keep));
    std::vector<HeldEvent> set;
    if (const Json* added = change.Find("set")) RETURN_IF_ERROR(Read(*added, at, set));
    std::move(set.begin(), set.end(), std::back_inserter(list));
    return {};
}

template <class T>
constexpr bool kIsList = false;
template <class T>
constexpr bool kIsList<std::vector<T>> = true;

bool Stored(std::string_view name) { return name == "seen" || name == "chain"; }

template <class Member>
Json DiffMember(const Member& before, const Member& after) {
    if constexpr (std::is_same_v<Member, std::vector<Seen>>) {
        return Json();
    } else if constexpr (kIsList<Member>) {
        return DiffList(before, after);
    } else {
        return Write(after);
    }
}

template <class Member>
Status ApplyMember(const Json& change, const Place& at, Member& member) {
    if constexpr (std::is_same_v<Member, std::vector<Seen>>) {
        return Refuse(at, "not part of a change");
    } else if constexpr (kIsList<Member>) {
        return ApplyList(change, at, member);
    } else {
        return Read(change, at, member);
    }
}

}  // namespace

Json Diff(const Case& before, const Case& after) {
    Json diff = Json::Object();
    ForEachField<Case>([&](const auto& field) {
        if (Stored(field.name) || before.*field.member == after.*field.member) return;
        diff.Set(std::string(field.name), DiffMember(before.*field.member, after.*field.member));
    });
    return diff;
}

Status Apply(Case& subject, const Json& diff) {
    const Place top;
    if (!diff.IsObject()) return Refuse(top, "expected a change as an object");
    for (const auto& entry : diff.Members()) {
        const auto& name = entry.first;  // no binding: Clang 14 cannot capture one
        const auto& change = entry.second;
        bool known = false;
        Status status;
        const Place here{&top, name};
        ForEachField<Case>([&](const auto& field) {
            if (known || field.name != name || Stored(field.name)) return;
            known = true;
            status = ApplyMember(change, here, subject.*field.member);
        });
        if (!known) return Refuse(here, "not part of a change");
        if (!status.ok()) return status;
    }
    return {};
}

}  // namespace returns
