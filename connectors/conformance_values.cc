#include "connectors/conformance_values.h"

#include "connectors/crypto.h"

#include <algorithm>
#include <sstream>

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

std::vector<std::string> Lines(const Json& value) {
    std::vector<std::string> lines;
    std::istringstream stream(WriteJsonPretty(value));
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
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
    if (wanted == given) return "";
    const std::vector<std::string> left = Lines(wanted);
    const std::vector<std::string> right = Lines(given);
    // Longest common subsequence; fixtures are short.
    std::vector<std::vector<std::size_t>> common(left.size() + 1,
                                                 std::vector<std::size_t>(right.size() + 1));
    for (std::size_t i = left.size(); i-- > 0;) {
        for (std::size_t j = right.size(); j-- > 0;) {
            common[i][j] = left[i] == right[j] ? common[i + 1][j + 1] + 1
                                               : std::max(common[i + 1][j], common[i][j + 1]);
        }
    }
    std::string out;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < left.size() || j < right.size()) {
        if (i < left.size() && j < right.size() && left[i] == right[j]) {
            ++i;
            ++j;
        } else if (j < right.size() && (i == left.size() || common[i][j + 1] >= common[i + 1][j])) {
            out += "    + " + right[j++] + "\n";
        } else {
            out += "    - " + left[i++] + "\n";
        }
    }
    return out;
}

}  // namespace returns::connectors
