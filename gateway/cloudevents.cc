#include "gateway/cloudevents.h"

#include <algorithm>
#include <optional>

namespace returns::gateway {

namespace {

constexpr std::string_view kStructured = "application/cloudevents+json";
constexpr std::string_view kBatch = "application/cloudevents-batch+json";
constexpr std::string_view kJson = "application/json";

// "Application/JSON; charset=utf-8" is "application/json".
std::string MediaType(std::string_view content_type) {
    std::string_view type = content_type.substr(0, content_type.find(';'));
    while (!type.empty() && (type.front() == ' ' || type.front() == '\t')) type.remove_prefix(1);
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
    return connectors::Lower(type);
}

bool EndsWith(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool IsJsonType(std::string_view type) {
    return type.empty() || type == kJson || type == "text/json" || EndsWith(type, "+json");
}

int HexValue(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Header values carry characters beyond printable ASCII as %XX; anything else stands for itself.
std::string DecodePercent(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '%' && i + 2 < text.size();
        const int high = escape ? HexValue(text[i + 1]) : -1;
        const int low = escape ? HexValue(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            decoded += text[i];
            continue;
        }
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

struct Wire {
    std::string content_type;              // media type alone, lower case
    std::vector<Json::Member> attributes;  // those with the prefix, without it
    bool binary = false;
};

Result<Wire> ReadHeaders(const std::vector<std::pair<std::string, std::string>>& headers,
                         std::string_view prefix, bool percent) {
    Wire wire;
    for (const auto& [name, value] : headers) {
        const std::string lower = connectors::Lower(name);
        if (lower == "content-type") wire.content_type = MediaType(value);
        if (lower.compare(0, prefix.size(), prefix) != 0) continue;
        std::string attribute = lower.substr(prefix.size());
        const bool repeated =
            std::any_of(wire.attributes.begin(), wire.attributes.end(),
                        [&](const Json::Member& member) { return member.first == attribute; });
        // "data" is the body's own name: a header of that name would stand beside it.
        if (repeated || attribute == "data" || attribute == "data_base64") {
            return Invalid("reading CloudEvent: unexpected header '" + lower + "'");
        }
        if (attribute == "specversion") wire.binary = true;
        wire.attributes.emplace_back(std::move(attribute),
                                     Json::String(percent ? DecodePercent(value) : value));
    }
    return wire;
}

// The limits a member or attribute read from headers has by the JSON reader's own rules.
Status CheckText(const std::vector<Json::Member>& attributes) {
    for (const auto& [name, value] : attributes) {
        const std::string text = WriteJson(Json::Array({Json::String(name), value}));
        if (!ParseJson(text).ok()) {
            return Invalid("reading CloudEvent: header '" + name + "' is not clean UTF-8 text");
        }
    }
    return {};
}

Result<Json> ReadBinary(Wire wire, std::string_view body, const JsonLimits& limits) {
    RETURN_IF_ERROR(CheckText(wire.attributes));
    Json event = Json::Object(std::move(wire.attributes));
    if (!wire.content_type.empty()) {
        event.Set("datacontenttype", Json::String(wire.content_type));
    }
    if (body.empty()) return event;
    if (!IsJsonType(wire.content_type)) {
        return Invalid("reading CloudEvent: data of type '" + wire.content_type +
                       "' is not JSON, send application/json");
    }
    ASSIGN_OR_RETURN(Json data, ParseJson(body, limits));
    event.Set("data", std::move(data));
    return event;
}

Result<Json> ReadStructured(std::string_view body, const JsonLimits& limits) {
    ASSIGN_OR_RETURN(Json event, ParseJson(body, limits));
    if (!event.IsObject()) return Invalid("reading CloudEvent: expected a JSON object");
    return event;
}

Result<std::vector<Json>> ReadBatch(std::string_view body, const JsonLimits& limits) {
    ASSIGN_OR_RETURN(Json batch, ParseJson(body, limits));
    if (!batch.IsArray()) return Invalid("reading CloudEvents: a batch is a JSON array");
    for (const Json& event : batch.Items()) {
        if (!event.IsObject()) return Invalid("reading CloudEvents: expected JSON objects");
    }
    return batch.Items();
}

std::vector<Json> One(Json event) {
    std::vector<Json> events;
    events.push_back(std::move(event));
    return events;
}

bool StartsArray(std::string_view body) {
    const std::size_t first = body.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && body[first] == '[';
}

}  // namespace

Result<Json> ReadCloudEvent(const BusRecord& record, const JsonLimits& limits) {
    if (!record.value) return Invalid("reading CloudEvent: the record has no value (a tombstone)");
    ASSIGN_OR_RETURN(Wire wire, ReadHeaders(record.headers, "ce_", false));
    if (wire.content_type == kStructured) return ReadStructured(*record.value, limits);
    if (wire.binary) return ReadBinary(std::move(wire), *record.value, limits);
    if (!IsJsonType(wire.content_type)) {
        return Invalid("reading CloudEvent: content type '" + wire.content_type +
                       "' without ce_ headers, send " + std::string(kStructured));
    }
    return ReadStructured(*record.value, limits);
}

Result<std::vector<Json>> ReadCloudEvents(const connectors::HttpHeaders& headers,
                                          std::string_view body, const JsonLimits& limits) {
    ASSIGN_OR_RETURN(Wire wire, ReadHeaders(headers, "ce-", true));
    if (wire.content_type == kBatch) return ReadBatch(body, limits);
    if (wire.content_type == kStructured) {
        ASSIGN_OR_RETURN(Json event, ReadStructured(body, limits));
        return One(std::move(event));
    }
    if (wire.binary) {
        ASSIGN_OR_RETURN(Json event, ReadBinary(std::move(wire), body, limits));
        return One(std::move(event));
    }
    if (wire.content_type != kJson) {
        return Error{Code::kNotFound, "reading CloudEvents: content type '" + wire.content_type +
                                          "' is not supported, send " + std::string(kStructured) +
                                          " or " + std::string(kBatch)};
    }
    if (StartsArray(body)) return ReadBatch(body, limits);
    ASSIGN_OR_RETURN(Json event, ReadStructured(body, limits));
    return One(std::move(event));
}

Json WriteCloudEvent(const OutgoingEvent& event) {
    Json json = Json::Object({{"specversion", Json::String("1.0")},
                              {"id", Json::String(event.id)},
                              {"source", Json::String(event.source)},
                              {"type", Json::String(event.type)}});
    if (!event.subject.empty()) json.Set("subject", Json::String(event.subject));
    if (event.time != kNoTime) json.Set("time", Json::String(FormatInstant(event.time)));
    json.Set("datacontenttype", Json::String(std::string(kJson)));
    json.Set("data", event.data);
    return json;
}

KafkaValue EncodeCloudEvent(const OutgoingEvent& event) {
    return {{{"content-type", std::string(kStructured) + "; charset=UTF-8"}},
            WriteJson(WriteCloudEvent(event))};
}

}  // namespace returns::gateway
