#include "connectors/conformance_values.h"

#include "connectors/crypto.h"

#include <algorithm>

namespace returns::connectors {

namespace {

std::string Masked(std::string text, const std::vector<std::string>& secrets) {
    constexpr std::string_view kMask = "<secret>";
    for (const std::string& secret : secrets) {
        for (const std::string& form : {secret, EncodeBase64(secret)}) {
            const std::size_t at = text.find(form);
            if (at != text.npos) text.replace(at, form.size(), kMask);
        }
    }
    return text;
}

std::string PercentDecode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte =
            text[i] == '%' ? DecodeHex(text.substr(i + 1, 2)) : std::optional<std::string>();
        out += byte ? *byte : std::string(1, text[i] == '+' ? ' ' : text[i]);
        if (byte) i += 2;
    }
    return out;
}

Json ReadForm(std::string_view text) {
    Json object = Json::Object();
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        const std::size_t equals = pair.find('=');
        object.Set(PercentDecode(pair.substr(0, equals)),
                   Json::String(PercentDecode(pair.substr(std::min(equals + 1, pair.size())))));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return object;
}

constexpr std::size_t kShownMax = 160;  // bytes of a value in a difference

std::string Shown(const Json& value) {
    std::string text = WriteJson(value);
    if (text.size() > kShownMax) text = text.substr(0, kShownMax) + "...";
    return text;
}

void Missing(const std::string& at, char sign, const Json& value, std::string& out) {
    out += std::string("    ") + sign + " " + (at.empty() ? "it all" : at) + ": " + Shown(value) +
           "\n";
}

void Compare(const std::string& at, const Json& wanted, const Json& given, std::string& out);

// What both begin and end with is alike; between them the items are compared one by one.
void CompareLists(const std::string& at, const std::vector<Json>& wanted,
                  const std::vector<Json>& given, std::string& out) {
    const std::size_t most = std::min(wanted.size(), given.size());
    std::size_t front = 0, back = 0;
    while (front < most && wanted[front] == given[front]) ++front;
    while (back < most - front &&
           wanted[wanted.size() - 1 - back] == given[given.size() - 1 - back])
        ++back;
    const std::size_t left = wanted.size() - back, right = given.size() - back;
    for (std::size_t i = front; i < std::max(left, right); ++i) {
        const std::string place = at + "[" + std::to_string(i) + "]";
        if (i >= right) {
            Missing(place, '-', wanted[i], out);
        } else if (i >= left) {
            Missing(place, '+', given[i], out);
        } else {
            Compare(place, wanted[i], given[i], out);
        }
    }
}

void Compare(const std::string& at, const Json& wanted, const Json& given, std::string& out) {
    if (wanted == given) return;
    if (wanted.IsArray() && given.IsArray())
        return CompareLists(at, wanted.Items(), given.Items(), out);
    if (!wanted.IsObject() || !given.IsObject()) {
        Missing(at, '-', wanted, out);
        return Missing(at, '+', given, out);
    }
    const std::string dot = at.empty() ? "" : at + ".";
    for (const auto& [name, value] : wanted.Members()) {
        const Json* other = given.Find(name);
        if (other == nullptr)
            Missing(dot + name, '-', value, out);
        else
            Compare(dot + name, value, *other, out);
    }
    for (const auto& [name, value] : given.Members())
        if (wanted.Find(name) == nullptr) Missing(dot + name, '+', value, out);
}

}  // namespace

Json DescribeHeaders(const HttpHeaders& headers, const std::vector<std::string>& secrets) {
    Json object = Json::Object();
    for (const auto& [name, value] : headers)
        object.Set(name, Json::String(Masked(value, secrets)));
    return object;
}

Json QueryOf(const HttpRequest& request) {
    const std::size_t mark = request.target.find('?');
    return ReadForm(mark == request.target.npos
                        ? std::string_view()
                        : std::string_view(request.target).substr(mark + 1));
}

Json BodyOf(const HttpRequest& request) {
    if (FindHeader(request.headers, "Content-Type") == "application/json") {
        const Result<Json> json = ParseJson(request.body);
        return json.ok() ? *json : Json::String(request.body);
    }
    return ReadForm(request.body);
}

Json Describe(const HttpRequest& request, const std::vector<std::string>& secrets) {
    Json out =
        Json::Object({{"method", Json::String(request.method)},
                      {"path", Json::String(request.target.substr(0, request.target.find('?')))},
                      {"headers", DescribeHeaders(request.headers, secrets)}});
    if (request.target.find('?') != request.target.npos) out.Set("query", QueryOf(request));
    if (!request.body.empty()) out.Set("body", BodyOf(request));
    return out;
}

Json Describe(const std::vector<Listed>& listed) {
    Json list = Json::Array();
    for (const Listed& each : listed) {
        Json one = Json::Object({{"status", Json::String(each.status)}});
        if (!each.our_reference.empty()) one.Set("our_reference", Json::String(each.our_reference));
        if (!each.their_reference.empty())
            one.Set("their_reference", Json::String(each.their_reference));
        if (!each.tracking.empty()) one.Set("tracking", Json::String(each.tracking));
        if (!each.open) one.Set("open", each.closed ? Json::Bool(false) : Json());
        if (!each.events.empty()) one.Set("events", Describe(each.events));
        list.Append(std::move(one));
    }
    return list;
}

Json Describe(const Outcome& outcome) {
    Json out = Json::Object({{"outcome", Json::String(std::string(Name(outcome.kind)))}});
    const auto put = [&out](const char* name, const std::string& value) {
        if (!value.empty()) out.Set(name, Json::String(value));
    };
    put("answer", outcome.answer);
    put("reason", outcome.reason);
    put("detail", outcome.detail);
    put("their_reference", outcome.their_reference);
    put("our_reference", outcome.our_reference);
    put("return_id", outcome.return_id);
    put("status", outcome.status);
    put("tracking", outcome.tracking);
    put("carrier", outcome.carrier);
    put("label_url", outcome.label_url);
    put("currency", outcome.currency);
    if (outcome.amount_minor) out.Set("amount_minor", Json::Int(*outcome.amount_minor));
    if (outcome.retry_key) out.Set("retry_key", Json::Bool(true));
    if (outcome.retry_after) {
        out.Set("retry_after_s", Json::Int(outcome.retry_after->count() / 1000));
    }
    if (outcome.limit_milli) out.Set("limit_milli", Json::Int(*outcome.limit_milli));
    if (outcome.remaining) out.Set("remaining", Json::Int(*outcome.remaining));
    if (!outcome.facts.IsNull()) out.Set("facts", outcome.facts);
    if (!outcome.listed.empty()) out.Set("listed", Describe(outcome.listed));
    put("next", outcome.next);
    if (!outcome.events.empty()) out.Set("events", Describe(outcome.events));
    return out;
}

Json Describe(const std::vector<Envelope>& events) {
    Json list = Json::Array();
    for (const Envelope& event : events) {
        Envelope bare = event;
        bare.mapping_hash.clear();
        Json one = EncodeEnvelope(bare);
        if (one["data"].Members().empty()) {
            Json rest = Json::Object();
            for (const auto& [name, value] : one.Members()) {
                if (name != "data") rest.Set(name, value);
            }
            one = rest;
        }
        list.Append(std::move(one));
    }
    return list;
}

HttpHeaders ReadHeaders(const Json& object) {
    HttpHeaders headers;
    for (const auto& [name, value] : object.Members()) headers.emplace_back(name, value.AsString());
    return headers;
}

std::string TextOrJson(const Json& value) {
    if (value.IsNull()) return "";
    return value.IsString() ? value.AsString() : WriteJson(value);
}

HttpResult ReadResult(const Json& one) {
    HttpResult result;
    const std::string& failure = one["failure"].AsString();
    if (failure == "not_sent") result.failure = TransportFailure::kNotSent;
    if (failure == "maybe_sent") result.failure = TransportFailure::kMaybeSent;
    const Json& answer = one["answer"];
    const Result<std::int64_t> status = answer["status"].AsInt();
    result.answer.status = status.ok() ? static_cast<int>(*status) : 0;
    result.answer.headers = ReadHeaders(answer["headers"]);
    result.answer.body = TextOrJson(answer["body"]);
    result.answer.complete = answer.Find("complete") == nullptr || answer["complete"].AsBool();
    return result;
}

Json Sorted(const Json& value) {
    if (value.IsArray()) {
        Json list = Json::Array();
        for (const Json& item : value.Items()) list.Append(Sorted(item));
        return list;
    }
    if (!value.IsObject()) return value;
    std::vector<Json::Member> members;
    for (const auto& [name, member] : value.Members()) members.emplace_back(name, Sorted(member));
    std::stable_sort(members.begin(), members.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    return Json::Object(std::move(members));
}

std::string Difference(const Json& wanted, const Json& given) {
    std::string out;
    Compare("", wanted, given, out);
    return out;
}

}  // namespace returns::connectors
