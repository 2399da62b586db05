#include "connectors/own_form.h"

#include "connectors/fields.h"
#include "schemas/event_read.h"

#include <algorithm>

namespace returns::connectors {
namespace {

using Names = std::vector<std::string>;

constexpr std::size_t kNameShownMax = 64;  // bytes of a member's name that are told back

const Names kMessage = {"id", "type", "occurred_at", "data"};
// What says which return it is about.
const Names kAbout = {"order_id", "return_id", "our_reference", "their_reference", "tracking"};
const Names kMismatch = {"wrong_item", "short", "empty", "damaged", "unknown"};

// As schemas/events/<type>.json has them; `sku` beside or in place of a line's id.
Names DataMembers(EventType type) {
    Names names = kAbout;
    names.insert(names.end(), {"reason", "by", "raw_code"});
    switch (type) {
        case EventType::kReturnOpened:
        case EventType::kReturnInspected:
            names.emplace_back("lines");
            break;
        case EventType::kReturnSentBack:
            break;
        case EventType::kReturnLabelIssued:
            names.insert(names.end(), {"carrier", "label_url"});
            break;
        default:
            names.insert(names.end(), {"carrier", "place"});
            break;
    }
    return names;
}

Names LineMembers(EventType type) {
    if (type == EventType::kReturnOpened) return {"id", "sku", "received"};
    return {"id", "sku", "accepted", "rejected", "grade", "disposition", "mismatch"};
}

bool Among(const Names& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// A member's name within a pointer; what nobody can have meant is not told back.
std::string Below(const std::string& pointer, std::string_view name) {
    if (name.size() > kNameShownMax) return pointer;
    std::string out = pointer + "/";
    for (const char c : name) {
        if (c == '~')
            out += "~0";
        else if (c == '/')
            out += "~1";
        else
            out += c;
    }
    return out;
}

// One message; the first thing wrong with it is kept.
class Reader {
public:
    Reader(const Names& tells, Instant received_at) : tells_(tells), received_at_(received_at) {}

    std::optional<FieldFault> Read(const Json& message, const std::string& at, Envelope& event);

private:
    bool Fail(std::string pointer, std::string what, Names allowed = {}, std::string nearest = "");
    bool Known(const Json& object, const std::string& at, const Names& names);
    bool Head(const Json& message, const std::string& at, Envelope& event);
    bool Lines(const Json& lines, const std::string& at, EventType type, Json& out);
    bool Data(const Json& data, const std::string& at, Envelope& event);
    bool FailAsRead(const std::string& error, EventType type, const std::string& at);

    const Names& tells_;
    const Instant received_at_;
    FieldFault fault_;
};

bool Reader::Fail(std::string pointer, std::string what, Names allowed, std::string nearest) {
    fault_ = {std::move(pointer), std::move(what), std::move(allowed), std::move(nearest)};
    return false;
}

bool Reader::Known(const Json& object, const std::string& at, const Names& names) {
    for (const auto& [name, value] : object.Members())
        if (!Among(names, name))
            return Fail(Below(at, name), "is not known here", names, Nearest(name, names));
    return true;
}

bool Reader::Head(const Json& message, const std::string& at, Envelope& event) {
    if (!message.IsObject())
        return Fail(at, "must be a message, {\"id\", \"type\", \"occurred_at\", \"data\"}");
    if (!Known(message, at, kMessage)) return false;
    const Json &id = message["id"], &type = message["type"], &time = message["occurred_at"];
    if (id.IsNull()) return Fail(at + "/id", "is missing: your own id, the same when sent again");
    if (!id.IsString()) return Fail(at + "/id", "must be a text");
    const std::string_view fault = IdFault(id.AsString());
    if (!fault.empty()) return Fail(at + "/id", std::string(fault));
    event.source_id = id.AsString();
    if (type.IsNull()) return Fail(at + "/type", "is missing: what happened", tells_);
    if (!type.IsString()) return Fail(at + "/type", "must be a text", tells_);
    const auto known = FindEventType(type.AsString());
    if (!known || !Among(tells_, type.AsString()))
        return Fail(at + "/type", "is not a word you may say", tells_,
                    Nearest(type.AsString(), tells_));
    event.type = *known;
    event.occurred_at = received_at_;
    if (time.IsNull()) return true;
    const auto when = ParseInstant(time.AsString());
    if (!when.ok())
        return Fail(at + "/occurred_at",
                    "must be a time with its offset, such as \"2026-03-01T10:00:00Z\"");
    event.occurred_at = *when;
    return true;
}

// A line goes by the order line's id, or by the article where its sender knows no more.
bool Reader::Lines(const Json& lines, const std::string& at, EventType type, Json& out) {
    if (!lines.IsArray()) return Fail(at, "must be a list");
    const Names names = LineMembers(type);
    out = Json::Array();
    for (const Json& each : lines.Items()) {
        const std::string here = at + "/" + std::to_string(out.Items().size());
        if (!each.IsObject()) return Fail(here, "must be an object", names);
        if (!Known(each, here, names)) return false;
        const Json& mismatch = each["mismatch"];
        if (!mismatch.IsNull() && !Among(kMismatch, mismatch.AsString()))
            return Fail(here + "/mismatch", "is not a known word", kMismatch,
                        Nearest(mismatch.AsString(), kMismatch));
        Json line = each;
        if (line["id"].IsNull() && line["sku"].IsNull())
            return Fail(here + "/id", "is missing: the order line's id, or give its sku");
        if (line["id"].IsNull() && line["sku"].IsString())
            line.Set("id", Json::String("sku:" + line["sku"].AsString()));
        out.Append(std::move(line));
    }
    return true;
}

// "reading event return.opened: data.lines[0].received: missing" as pointer and words.
bool Reader::FailAsRead(const std::string& error, EventType type, const std::string& at) {
    std::string rest = error;
    const std::string begin = "reading event " + std::string(Facts(type).wire) + ": ";
    if (rest.starts_with(begin)) rest.erase(0, begin.size());
    const std::size_t colon = rest.find(": ");
    if (colon == rest.npos) return Fail(at, rest);
    std::string path = rest.substr(0, colon), why = rest.substr(colon + 2);
    if (why == "missing") why = "is missing";
    // "data.lines[0].accepted, rejected or mismatch": any of several would do.
    if (const std::size_t space = path.find(' '); space != path.npos) {
        const std::size_t dot = path.rfind('.', space);
        why = path.substr(dot + 1) + " " + why;
        path.erase(dot);
    }
    std::string pointer = at + "/";
    for (const char c : path) {
        if (c == '.' || c == '[') pointer += '/';
        if (c != '.' && c != '[' && c != ']') pointer += c;
    }
    return Fail(std::move(pointer), std::move(why));
}

bool Reader::Data(const Json& data, const std::string& at, Envelope& event) {
    const std::string here = at + "/data";
    if (data.IsNull()) return Fail(here, "is missing: what it is about", kAbout);
    if (!data.IsObject()) return Fail(here, "must be an object");
    const Names names = DataMembers(event.type);
    if (!Known(data, here, names)) return false;
    Json rest = Json::Object();
    for (const auto& [name, value] : data.Members()) {
        if (name == "order_id") {
            const std::string_view fault =
                value.IsString() ? IdFault(value.AsString()) : "must be a text";
            if (!value.IsNull() && !fault.empty())
                return Fail(here + "/order_id", std::string(fault));
            event.key.order_id = value.AsString();
        } else if (name == "lines" && !value.IsNull()) {
            Json lines;
            if (!Lines(value, here + "/lines", event.type, lines)) return false;
            rest.Set(name, std::move(lines));
        } else {
            rest.Set(name, value);
        }
    }
    auto read = DecodeEventData(event.type, rest);
    if (!read.ok()) return FailAsRead(read.error().text, event.type, at);
    event.data = std::move(*read);
    const EventData& d = event.data;
    if (event.key.order_id.empty() && d.return_id.empty() && d.our_reference.empty() &&
        d.their_reference.empty() && d.tracking.empty())
        return Fail(here, "does not say which return it is about: give one of these", kAbout);
    return true;
}

std::optional<FieldFault> Reader::Read(const Json& message, const std::string& at,
                                       Envelope& event) {
    if (Head(message, at, event) && Data(message["data"], at, event)) return std::nullopt;
    return std::move(fault_);
}

}  // namespace

Result<OwnReading> ReadOwnForm(std::string_view body, const Names& tells, Instant received_at,
                               const std::string& mapping_hash) {
    const auto json = ParseJson(body, {.bytes_max = body.size()});
    if (!json.ok()) return Invalid("the body is not JSON: " + json.error().text);
    if (!json->IsObject() && !json->IsArray())
        return Invalid(
            "the body must be a message, {\"id\", \"type\", \"occurred_at\", \"data\"}, "
            "or a list of messages");
    if (json->IsArray() && json->Items().empty())
        return Invalid("the list of messages is empty; nothing was said");
    OwnReading reading;
    reading.batch = json->IsArray();
    const auto take = [&](const Json& message, const std::string& at) {
        OwnMessage& said = reading.messages.emplace_back();
        said.text = WriteJson(message);
        if (message["id"].IsString() && IdFault(message["id"].AsString()).empty())
            said.id = message["id"].AsString();
        Envelope event;
        said.fault = Reader(tells, received_at).Read(message, at, event);
        if (said.fault) return;
        event.mapping_hash = mapping_hash;
        reading.events.push_back(std::move(event));
    };
    if (!reading.batch) take(*json, "");
    for (const Json& message : json->Items())
        take(message, "/" + std::to_string(reading.messages.size()));
    return reading;
}

}  // namespace returns::connectors
