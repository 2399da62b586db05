// What a decision changed, and the same change made again. Lists are compared by their elements'
// ids:
//   {"version": 7, "slices": {"gone": [3], "set": [{...}]}, "held": {"keep": 1, "set": [...]}}
// `gone` is taken out first; an element of `set` replaces the one with its id or is appended.
#include "schemas/case_json.h"
#include "schemas/case_text.h"

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

void WriteKey(std::string_view key, std::string& out) { AppendJsonString(key, out); }
void WriteKey(std::int64_t key, std::string& out) { AppendJsonInt(key, out); }
void WriteKey(const std::pair<std::string_view, std::string_view>& key, std::string& out) {
    out += '[';
    WriteKey(key.first, out);
    out += ',';
    WriteKey(key.second, out);
    out += ']';
}

template <class T>
std::string KeyText(const T& element) {
    std::string text;
    WriteKey(KeyOf(element), text);
    return text;
}

template <class T>
bool UniqueKeys(const std::vector<T>& list) {
    std::vector<decltype(KeyOf(list.front()))> keys;
    keys.reserve(list.size());
    for (const T& element : list) keys.push_back(KeyOf(element));
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) == keys.end();
}

void Separate(std::string& elements) {
    if (!elements.empty()) elements += ',';
}

// Pairs the two lists in their order; what is not paired is gone or new. With unique ids, taking
// out, replacing and appending then gives exactly `after`, even when elements changed places.
template <class T>
void DiffList(const std::vector<T>& before, const std::vector<T>& after, std::string& out) {
    out += '{';
    if (!UniqueKeys(before) || !UniqueKeys(after)) {
        AppendJsonName("all", out);
        Write(after, out);
        out += '}';
        return;
    }
    std::string gone, set;
    std::size_t next = 0;
    for (const T& old : before) {
        if (next == after.size() || KeyOf(after[next]) != KeyOf(old)) {
            Separate(gone);
            WriteKey(KeyOf(old), gone);
            continue;
        }
        if (!(after[next] == old)) {
            Separate(set);
            Write(after[next], set);
        }
        ++next;
    }
    for (; next < after.size(); ++next) {
        Separate(set);
        Write(after[next], set);
    }
    for (const auto& [name, elements] : {std::pair{"gone", &gone}, std::pair{"set", &set}}) {
        if (elements->empty()) continue;
        AppendJsonName(name, out);
        out += '[' + *elements + ']';
    }
    out += '}';
}

// Held events have no id: what both lists begin with is kept.
void DiffList(const std::vector<HeldEvent>& before, const std::vector<HeldEvent>& after,
              std::string& out) {
    const auto [kept, rest] =
        std::mismatch(before.begin(), before.end(), after.begin(), after.end());
    out += "{\"keep\":";
    AppendJsonInt(kept - before.begin(), out);
    if (rest != after.end()) {
        AppendJsonName("set", out);
        Write(std::vector<HeldEvent>(rest, after.end()), out);
    }
    out += '}';
}

// What a list's change says, its elements read.
template <class T>
struct ListChange {
    bool all = false;  // `set` is the whole list
    std::int64_t keep = -1;
    std::unordered_set<std::string> gone;  // keys as text
    std::vector<T> set;
};

template <class T>
Status ReadList(JsonCursor& text, const Place& at, ListChange<T>& change) {
    if (!text.OpenObject()) return Refuse(at, "expected a change as an object");
    std::string_view name;
    while (text.NextMember(name)) {
        if (name == "gone") {
            if (!text.OpenArray()) return Refuse(at, "expected a list");
            while (text.NextItem()) change.gone.emplace(text.Value());
        } else if (name == "keep") {
            RETURN_IF_ERROR(Read(text, at, change.keep));
        } else if (name == "set" || name == "all") {
            change.all = name == "all";
            RETURN_IF_ERROR(Read(text, at, change.set));
        } else {
            return Refuse(at, "not part of a list's change");
        }
    }
    if (text.failed()) return Refuse(at, "the change is cut off or ill-formed");
    return {};
}

template <class T>
Status ApplyList(JsonCursor& text, const Place& at, std::vector<T>& list) {
    ListChange<T> change;
    RETURN_IF_ERROR(ReadList(text, at, change));
    if (change.all) {
        list = std::move(change.set);
        return {};
    }
    if (!change.gone.empty()) {
        std::erase_if(list,
                      [&](const T& element) { return change.gone.contains(KeyText(element)); });
    }
    std::unordered_map<std::string, std::size_t> places;
    if (!change.set.empty()) {
        for (std::size_t i = 0; i < list.size(); ++i) places.emplace(KeyText(list[i]), i);
    }
    for (T& element : change.set) {
        const auto found = places.find(KeyText(element));
        if (found == places.end()) {
            list.push_back(std::move(element));
        } else {
            list[found->second] = std::move(element);
        }
    }
    return {};
}

Status ApplyList(JsonCursor& text, const Place& at, std::vector<HeldEvent>& list) {
    ListChange<HeldEvent> change;
    RETURN_IF_ERROR(ReadList(text, at, change));
    if (change.keep < 0 || change.keep > static_cast<std::int64_t>(list.size())) {
        return Refuse(at, "keeps more than there is");
    }
    list.resize(static_cast<std::size_t>(change.keep));
    std::move(change.set.begin(), change.set.end(), std::back_inserter(list));
    return {};
}

template <class T>
constexpr bool kIsList = false;
template <class T>
constexpr bool kIsList<std::vector<T>> = true;

bool Stored(std::string_view name) { return name == "seen" || name == "chain"; }

template <class Member>
void DiffMember(const Member& before, const Member& after, std::string& out) {
    if constexpr (kIsList<Member>) {
        DiffList(before, after, out);
    } else {
        Write(after, out);
    }
}
void DiffMember(const std::vector<Seen>&, const std::vector<Seen>&, std::string&) {}

template <class Member>
Status ApplyMember(JsonCursor& text, const Place& at, Member& member) {
    if constexpr (std::is_same_v<Member, std::vector<Seen>>) {
        return Refuse(at, "not part of a change");
    } else if constexpr (kIsList<Member>) {
        return ApplyList(text, at, member);
    } else {
        return Read(text, at, member);
    }
}

}  // namespace

void AppendDiff(const Case& before, const Case& after, std::string& out) {
    out += '{';
    ForEachField<Case>([&](const auto& field) {
        if (Stored(field.name) || before.*field.member == after.*field.member) return;
        AppendJsonName(field.name, out);
        DiffMember(before.*field.member, after.*field.member, out);
    });
    out += '}';
}

Status ApplyText(Case& subject, std::string_view diff) {
    const Place top;
    JsonCursor text(diff);
    if (!text.OpenObject()) return Refuse(top, "expected a change as an object");
    std::string_view name;
    while (text.NextMember(name)) {
        bool known = false;
        Status status;
        const Place here{&top, name};
        ForEachField<Case>([&](const auto& field) {
            if (known || field.name != name || Stored(field.name)) return;
            known = true;
            status = ApplyMember(text, here, subject.*field.member);
        });
        if (!known) return Refuse(here, "not part of a change");
        if (!status.ok()) return status;
    }
    if (text.failed() || !text.AtEnd()) return Refuse(top, "the change is ill-formed");
    return {};
}

Json Diff(const Case& before, const Case& after) {
    std::string text;
    AppendDiff(before, after, text);
    return TreeOf(text);
}

Status Apply(Case& subject, const Json& diff) { return ApplyText(subject, WriteJson(diff)); }

}  // namespace returns
