#include "gateway/certify_evidence.h"

#include "connectors/crypto.h"
#include "gateway/problem.h"

#include <algorithm>

namespace returns::gateway::certify {
namespace {

constexpr std::size_t kBodyBytesMax = 700, kValueBytesMax = 160;
constexpr std::size_t kSecretBytesMin = 3;  // shorter ones would take half of every text with them
constexpr std::string_view kRemoved = "[secret removed]";

std::vector<std::string> Texts(const Json& value) {
    std::vector<std::string> all;
    if (!value.AsString().empty()) all.push_back(value.AsString());
    for (const Json& item : value.Items()) all.push_back(item.AsString());
    return all;
}

// At most that many bytes, never in the middle of a character.
std::string Cut(const std::string& text, std::size_t most) {
    if (text.size() <= most) return text;
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end) + "... (" + std::to_string(text.size()) + " bytes)";
}

// Whatever came, as text that JSON and HTML can hold.
std::string Printable(std::string text) {
    const bool utf8 = ParseJson(WriteJson(Json::String(text))).ok();
    for (char& c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F || (!utf8 && byte > 0x7F))
            c = '?';
    }
    return text;
}

}  // namespace

Redaction::Redaction(const connectors::Manifest& manifest, const Json& settings)
    : secret_headers_{"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"} {
    if (!manifest.auth.header.empty())
        secret_headers_.push_back(connectors::Lower(manifest.auth.header));
    if (manifest.callbacks && !manifest.callbacks->recipe.signs_body())
        secret_headers_.push_back(connectors::Lower(manifest.callbacks->recipe.header()));
    for (const auto& [name, declaration] : manifest.settings) {
        if (!declaration.secret) continue;
        for (const std::string& secret : Texts(settings[name])) {
            Add(secret);
            if (!manifest.auth.user.empty())
                Add(connectors::EncodeBase64(settings[manifest.auth.user].AsString() + ":" +
                                             secret));
        }
    }
}

void Redaction::Add(const std::string& secret) {
    if (secret.size() < kSecretBytesMin) return;
    const std::string quoted = WriteJson(Json::String(secret));
    for (const std::string& form :
         {secret, connectors::PercentEncode(secret), quoted.substr(1, quoted.size() - 2)})
        secrets_.push_back(form);
    std::sort(secrets_.begin(), secrets_.end(), [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() > b.size() : a < b;
    });
}

std::string Redaction::Clean(std::string text) const {
    for (const std::string& secret : secrets_) {
        for (std::size_t at = text.find(secret); at != std::string::npos;
             at = text.find(secret, at + kRemoved.size()))
            text.replace(at, secret.size(), kRemoved);
    }
    return Printable(std::move(text));
}

std::string Redaction::Excerpt(const std::string& first_line,
                               const connectors::HttpHeaders& headers,
                               const std::string& body) const {
    std::string text = Clean(first_line) + "\n";
    for (const auto& [name, value] : headers) {
        const bool secret = std::find(secret_headers_.begin(), secret_headers_.end(),
                                      connectors::Lower(name)) != secret_headers_.end();
        text += Clean(name) + ": " +
                (secret ? std::string(kRemoved) : Cut(Clean(value), kValueBytesMax)) + "\n";
    }
    if (!body.empty()) text += "\n" + Cut(Clean(body), kBodyBytesMax);
    return text;
}

std::string Redaction::Of(const connectors::HttpRequest& request) const {
    return Excerpt(request.method + " " + request.target, request.headers, request.body);
}

std::string Redaction::Of(const connectors::HttpResult& result) const {
    if (result.failure != connectors::TransportFailure::kNone)
        return "no answer: " + Clean(result.detail);
    const auto& answer = result.answer;
    return Excerpt("HTTP " + std::to_string(answer.status) + " " +
                       std::string(ReasonPhrase(answer.status)) +
                       (answer.complete ? "" : " (cut by us)"),
                   answer.headers, answer.body);
}

std::string Redaction::Of(const Delivery& delivery) const {
    std::string text = Excerpt(delivery.request.method + " " + delivery.request.path,
                               delivery.request.headers, delivery.request.body);
    const auto& verification = delivery.reading.verification;
    text += "\n\nsignature: " + std::string(Name(verification.verdict));
    if (!verification.sentence.empty()) text += " (" + Clean(verification.sentence) + ")";
    text += "\nour answer: " +
            (delivery.answered == 0 ? "none in time" : std::to_string(delivery.answered));
    return text;
}

}  // namespace returns::gateway::certify
