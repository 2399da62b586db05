#include "connectors/mapping.h"

#include "connectors/fields.h"

#include <algorithm>

namespace returns::connectors {
namespace {

constexpr std::size_t kEventsMax = 1000;  // of one message

// Mappings may write "" or null for what a partner left out; the vocabulary knows only absence.
Json WithoutEmpty(const Json& value) {
    if (value.IsArray()) {
        Json list = Json::Array();
        for (const Json& item : value.Items()) list.Append(WithoutEmpty(item));
        return list;
    }
    if (!value.IsObject()) return value;
    Json object = Json::Object();
    for (const auto& [name, member] : value.Members()) {
        if (member.IsNull() || (member.IsString() && member.AsString().empty())) continue;
        object.Set(name, WithoutEmpty(member));
    }
    return object;
}

Result<Envelope> ReadEvent(const Json& item, std::string_view fallback_id, Instant at_latest) {
    Fields fields(item, "reading a mapped event");
    const std::string wire = fields.NeededText("type");
    Envelope event;
    event.source_id = fields.Text("id", fallback_id);
    event.key.order_id = fields.Text("order_id");
    const std::string at = fields.Text("occurred_at");
    const Json& data = fields.Object("data");
    RETURN_IF_ERROR(fields.Done());
    const std::optional<EventType> type = FindEventType(wire);
    if (!type || Facts(*type).ours) {
        return Invalid("reading a mapped event: '" + wire + "' is not a type others may send");
    }
    event.type = *type;
    event.occurred_at = at_latest;
    if (!at.empty()) {
        ASSIGN_OR_RETURN(event.occurred_at, ReadInstant(at));
    }
    Result<EventData> read =
        DecodeEventData(*type, data.IsNull() ? Json::Object() : WithoutEmpty(data));
    if (!read.ok()) return Invalid("reading a mapped " + wire + ": " + read.error().text);
    event.data = std::move(*read);
    return event;
}

}  // namespace

std::string FirstSecret(const Json& value) {
    return value.IsArray() && !value.Items().empty() ? value.Items().front().AsString()
                                                     : value.AsString();
}

Json PublicSettings(const Manifest& manifest, const Json& settings) {
    Json visible = Json::Object();
    for (const auto& [name, setting] : manifest.settings) {
        if (setting.secret || !setting.codes.empty()) continue;
        const Json* given = settings.Find(name);
        visible.Set(name, given == nullptr ? setting.fallback : *given);
    }
    return visible;
}

Json PublicHeaders(const Manifest& manifest, const HttpHeaders& headers) {
    Json visible = Json::Object();
    std::vector<std::string> secret;
    for (int way = 0; manifest.callbacks && way < manifest.callbacks->ways(); ++way) {
        secret.push_back(Lower(manifest.callbacks->RecipeOf(way).header()));
    }
    for (const auto& [name, value] : headers) {
        const std::string lower = Lower(name);
        if (std::find(secret.begin(), secret.end(), lower) != secret.end() ||
            lower == "authorization" || lower == "proxy-authorization" || lower == "cookie") {
            continue;
        }
        visible.Set(lower, Json::String(value));
    }
    return visible;
}

Result<Instant> ReadInstant(std::string_view text) {
    Result<Instant> at = ParseInstant(text);
    if (!at.ok()) {
        if (Result<Instant> utc = ParseInstant(std::string(text) + "Z"); utc.ok()) return utc;
    }
    return at;
}

Result<std::vector<Envelope>> ReadEvents(const Json& list, std::string_view message_id,
                                         Instant at_latest, const std::string& mapping_hash) {
    if (!list.IsArray()) return Invalid("reading mapped events: the mapping must give a list");
    if (list.Items().size() > kEventsMax) {
        return Error{Code::kLimit, "reading mapped events: more than 1000 in one message"};
    }
    std::vector<Envelope> events;
    for (const Json& item : list.Items()) {
        std::string id(message_id);
        if (list.Items().size() > 1 && !id.empty()) id += "#" + std::to_string(events.size() + 1);
        ASSIGN_OR_RETURN(Envelope event, ReadEvent(item, id, at_latest));
        if (event.source_id.empty() || event.source_id.size() > 128) {
            return Invalid("reading mapped events: an event has no id, or one beyond 128 bytes");
        }
        event.mapping_hash = mapping_hash;
        events.push_back(std::move(event));
    }
    return events;
}

}  // namespace returns::connectors
