#include "gateway/delivery_log.h"

#include "schemas/json.h"

#include <algorithm>
#include <iterator>

namespace returns::gateway {
namespace {

using Outcome = Delivery::Outcome;

constexpr std::string_view kOutcomes[] = {"accepted", "repeated",   "parked",
                                          "conflict", "not_stored", "refused"};
constexpr std::pair<std::string_view, std::string_view> kWhys[] = {
    {"signature",
     "Its signature does not fit the bytes we received. Sign the body exactly as it is sent, with "
     "the secret agreed on."},
    {"unsigned", "It came without a signature, or without the headers that go with it."},
    {"malformed", "Its signature or the time of it could not be read."},
    {"unknown_key", "It is signed with a key that you do not publish."},
    {"keys_unavailable", "We could not fetch the keys you publish. Send the same again."},
    {"stale",
     "The time it was signed is too far from ours. Set the clock, and sign each try anew."},
    {"certificate", "It came without the TLS certificate agreed on."},
    {"too_long", "Its body is longer than we take."},
    {"not_whole", "It did not arrive whole, or not as HTTP has it. Send the same again."},
    {"not_a_message", "Its body is no message of our form, and no list of them."},
    {"too_many_messages", "It holds more messages than we take at once."},
    {"invalid_message", "A member of its message is not as our form has it."},
    {"no_callbacks", "This connection takes no callbacks."},
    {"not_read", "What it says could not be read. It is kept, and one of us looks at it."},
    {"no_return", "It fits no return we know. It is kept, and tried again once we know one."},
    {"id_reused",
     "Its message id was used before for another body. Give each message an id of its own."},
    {"busy", "We could not take it just then. Send the same again."},
};

constexpr std::string_view kMeta = "deliveries:";
constexpr auto kSaveEvery = std::chrono::seconds(30);
constexpr std::size_t kIdBytesMax = 128, kDetailBytesMax = 300, kWrittenBytesMax = 16 << 20;
constexpr std::size_t kKeysMax = 32;

std::int64_t DayOf(Instant at) {
    return std::chrono::floor<std::chrono::days>(at).time_since_epoch().count();
}
Instant StartOf(std::int64_t day) { return Instant(std::chrono::days(day)); }

// Cut to whole characters; "" for what is not plain text.
std::string Cut(std::string text, std::size_t most) {
    const auto odd = [](char c) { return static_cast<unsigned char>(c - 0x20) >= 0x5f; };
    if (text.size() <= most && std::none_of(text.begin(), text.end(), odd)) return text;
    if (text.size() > most) {
        while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
        text.resize(most);
    }
    const bool plain = std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    return plain && ParseJson(WriteJson(Json::String(text))).ok() ? text : "";
}

Json MillisJson(const std::optional<Millis>& value) {
    return value ? Json::Int(value->count()) : Json();
}

std::optional<Millis> ReadMillis(const Json& value) {
    const auto whole = value.AsInt();
    return whole.ok() ? std::optional<Millis>(*whole) : std::nullopt;
}

std::int64_t WholeOf(const Json& value) { return value.AsInt().ok() ? *value.AsInt() : 0; }

Json RowJson(const Delivery& row) {
    Json journal = Json::Array();
    for (const std::int64_t seq : row.journal) journal.Append(Json::Int(seq));
    return Json::Array({Json::Int(row.number), Json::Int(static_cast<int>(row.outcome)),
                        Json::String(row.why), Json::String(row.message_id),
                        Json::Int(row.at.time_since_epoch().count()), MillisJson(row.skew),
                        MillisJson(row.latency), Json::Int(row.bytes), std::move(journal)});
}

std::optional<Delivery> ReadRow(const Json& json) {
    const auto& items = json.Items();
    if (items.size() != 9) return std::nullopt;
    const std::int64_t outcome = WholeOf(items[1]);
    if (outcome < 0 || outcome >= static_cast<std::int64_t>(std::size(kOutcomes)))
        return std::nullopt;
    Delivery row;
    row.number = WholeOf(items[0]);
    row.outcome = static_cast<Outcome>(outcome);
    row.why = items[2].AsString();
    row.message_id = items[3].AsString();
    row.at = Instant(Millis(WholeOf(items[4])));
    row.skew = ReadMillis(items[5]);
    row.latency = ReadMillis(items[6]);
    row.bytes = WholeOf(items[7]);
    for (const Json& seq : items[8].Items()) row.journal.push_back(WholeOf(seq));
    return row;
}

Json RowsJson(const std::deque<Delivery>& rows) {
    Json list = Json::Array();
    for (const Delivery& row : rows) list.Append(RowJson(row));
    return list;
}

// "refused:stale" in the daily counts; the outcome alone where nothing is wrong.
std::string CountName(const Delivery& row) {
    std::string name(Name(row.outcome));
    return row.why.empty() ? name : name + ":" + row.why;
}

void AddCount(DeliveryFigures& figures, const std::string& name, std::int64_t n) {
    const std::size_t colon = std::min(name.find(':'), name.size());
    const std::string_view outcome = std::string_view(name).substr(0, colon);
    std::int64_t* counts[] = {&figures.accepted,  &figures.repeated,   &figures.parked,
                              &figures.conflicts, &figures.not_stored, &figures.refused};
    for (std::size_t at = 0; at < std::size(kOutcomes); ++at)
        if (kOutcomes[at] == outcome) *counts[at] += n;
    figures.all += n;
    if (colon < name.size()) figures.reasons[name.substr(colon + 1)] += n;
}

// Nearest rank: the value that `percent` of them do not exceed.
std::optional<Millis> Percentile(std::vector<Millis>& values, std::size_t percent) {
    if (values.empty()) return std::nullopt;
    const std::size_t rank = (values.size() * percent + 99) / 100;
    const auto at =
        values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

bool Fits(const Delivery& row, const DeliveryLog::Query& query) {
    return (query.before == 0 || row.number < query.before) &&
           (query.outcome.empty() || query.outcome == Name(row.outcome)) &&
           (query.why.empty() || query.why == row.why) &&
           (query.message_id.empty() || query.message_id == row.message_id) &&
           (!query.wrong || row.outcome > Outcome::kRepeated);
}

}  // namespace

std::string_view Name(Outcome outcome) { return kOutcomes[static_cast<std::size_t>(outcome)]; }

std::string_view PlainWhy(std::string_view why) {
    for (const auto& [word, sentence] : kWhys)
        if (word == why) return sentence;
    return why;
}

DeliveryLog::DeliveryLog(Engine& engine, Clock& clock, const LimitSettings& limits,
                         std::function<Instant()> wall)
    : engine_(engine), clock_(clock), limits_(limits), wall_(std::move(wall)) {}

void DeliveryLog::Recover(Archive& archive, const std::vector<std::string>& connections) {
    for (const std::string& name : connections) {
        const auto text = archive.Meta(std::string(kMeta) + name);
        Book book;
        if (text.ok() && Read(*text, book)) books_[name] = std::move(book);
    }
}

void DeliveryLog::Note(const std::string& connection, Delivery delivery) {
    Book& book = books_[connection];
    delivery.number = ++book.last;
    delivery.message_id = Cut(std::move(delivery.message_id), kIdBytesMax);
    delivery.detail = Cut(std::move(delivery.detail), kDetailBytesMax);
    if (delivery.at == kNoTime) delivery.at = clock_.Now();
    ++book.days[DayOf(delivery.at)][CountName(delivery)];
    auto& rows = delivery.outcome == Outcome::kRefused ? book.refused : book.known;
    rows.push_back(std::move(delivery));
    Forget(book);
    book.changed = true;
}

void DeliveryLog::NoteKey(const std::string& connection, const std::string& mark) {
    auto& keys = books_[connection].keys;
    if (keys.size() >= kKeysMax && !keys.contains(mark)) {
        keys.erase(std::min_element(keys.begin(), keys.end(), [](const auto& a, const auto& b) {
            return a.second < b.second;
        }));
    }
    keys[mark] = clock_.Now();
}

void DeliveryLog::Forget(Book& book) const {
    const Instant since = clock_.Now() - std::chrono::days(limits_.deliveries_days);
    for (auto* rows : {&book.known, &book.refused}) {
        while (!rows->empty() &&
               (static_cast<std::int64_t>(rows->size()) > limits_.deliveries_max ||
                rows->front().at < since))
            rows->pop_front();
    }
    while (!book.days.empty() && book.days.begin()->first < DayOf(since))
        book.days.erase(book.days.begin());
}

void DeliveryLog::Step(bool all) {
    const Instant now = wall_();
    for (auto& [name, book] : books_) {
        const bool due = all || now - book.saved_at >= kSaveEvery || now < book.saved_at;
        if (!book.changed || !due) continue;
        Forget(book);
        engine_.Note(std::string(kMeta) + name, Write(book));
        book.changed = false;
        book.saved_at = now;
        if (!all) return;  // one at a time: nobody waits long for the lane
    }
}

std::string DeliveryLog::Write(const Book& book) const {
    Json days = Json::Object();
    for (const auto& [day, counts] : book.days) {
        Json told = Json::Object();
        for (const auto& [name, n] : counts) told.Set(name, Json::Int(n));
        days.Set(std::to_string(day), std::move(told));
    }
    Json keys = Json::Object();
    for (const auto& [mark, at] : book.keys)
        keys.Set(mark, Json::Int(at.time_since_epoch().count()));
    return WriteJson(Json::Object({{"last", Json::Int(book.last)},
                                   {"days", std::move(days)},
                                   {"keys", std::move(keys)},
                                   {"known", RowsJson(book.known)},
                                   {"refused", RowsJson(book.refused)}}));
}

bool DeliveryLog::Read(const std::string& text, Book& book) {
    const auto json = ParseJson(text, {.bytes_max = kWrittenBytesMax});
    if (!json.ok()) return false;
    book.last = WholeOf((*json)["last"]);
    for (const auto& [day, counts] : (*json)["days"].Members()) {
        const auto number = Json::Number(day).AsInt();
        if (!number.ok()) return false;
        for (const auto& [name, n] : counts.Members()) book.days[*number][name] = WholeOf(n);
    }
    for (const auto& [mark, at] : (*json)["keys"].Members())
        book.keys[mark] = Instant(Millis(WholeOf(at)));
    for (const auto& [name, rows] :
         {std::pair("known", &book.known), std::pair("refused", &book.refused)}) {
        for (const Json& each : (*json)[name].Items()) {
            auto row = ReadRow(each);
            if (!row) return false;
            rows->push_back(std::move(*row));
        }
    }
    return true;
}

std::vector<const Delivery*> DeliveryLog::List(const std::string& connection, const Query& query,
                                               std::size_t most) const {
    std::vector<const Delivery*> found;
    const auto book = books_.find(connection);
    if (book == books_.end()) return found;
    const Instant since = clock_.Now() - std::chrono::days(limits_.deliveries_days);
    auto known = book->second.known.rbegin(), known_end = book->second.known.rend();
    auto refused = book->second.refused.rbegin(), refused_end = book->second.refused.rend();
    while (found.size() < most && (known != known_end || refused != refused_end)) {
        const bool take_known =
            refused == refused_end || (known != known_end && known->number > refused->number);
        const Delivery& row = take_known ? *known++ : *refused++;
        if (row.at >= since && Fits(row, query)) found.push_back(&row);
    }
    return found;
}

DeliveryFigures DeliveryLog::Figures(const std::string& connection) const {
    DeliveryFigures figures;
    const auto found = books_.find(connection);
    if (found == books_.end()) return figures;
    const Book& book = found->second;
    const std::int64_t first = DayOf(clock_.Now()) - limits_.deliveries_days;
    for (const auto& [day, counts] : book.days) {
        if (day < first) continue;
        if (figures.since == kNoTime) figures.since = StartOf(day);
        for (const auto& [name, n] : counts) AddCount(figures, name, n);
    }
    std::vector<Millis> skews, latencies;
    for (const Delivery& row : book.known) {
        if (row.skew) skews.push_back(*row.skew);
        if (row.latency) latencies.push_back(*row.latency);
        ++figures.measured;
    }
    figures.skew_p50 = Percentile(skews, 50);
    for (const Millis skew : skews)  // the farthest off, to either side
        if (!figures.skew_max || std::chrono::abs(skew) > std::chrono::abs(*figures.skew_max))
            figures.skew_max = skew;
    figures.latency_p50 = Percentile(latencies, 50);
    figures.latency_p99 = Percentile(latencies, 99);
    return figures;
}

std::map<std::string, Instant> DeliveryLog::KeysUsed(const std::string& connection) const {
    const auto book = books_.find(connection);
    return book == books_.end() ? std::map<std::string, Instant>() : book->second.keys;
}

}  // namespace returns::gateway
