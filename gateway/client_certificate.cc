#include "gateway/client_certificate.h"

#include "connectors/crypto.h"
#include "gateway/http_wire.h"

#include <algorithm>
#include <optional>

namespace returns::gateway {
namespace {

constexpr std::string_view kDigest = "sha256:", kSubject = "subject:";
constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

void Drop(std::string& text, std::string_view part) {
    for (std::size_t at = 0; (at = text.find(part, at)) != text.npos;) text.erase(at, part.size());
}

// "AB:cd" to "abcd".
std::string Digits(std::string_view text) {
    std::string out = connectors::Lower(text);
    std::erase(out, ':');
    return out;
}

// "" also where two say it: one of them is not the proxy's.
std::string Only(const connectors::HttpHeaders& headers, std::string_view name) {
    const auto same = [&](const auto& header) { return connectors::SameWord(header.first, name); };
    return std::count_if(headers.begin(), headers.end(), same) == 1
               ? std::find_if(headers.begin(), headers.end(), same)->second
               : std::string();
}

// Of an escaped PEM text with one certificate; "" for anything else.
std::string FingerprintOf(std::string escaped) {
    Drop(escaped, "%0A");
    const auto pem = PercentDecode(escaped);
    if (!pem || !pem->starts_with(kBegin) || !pem->ends_with(kEnd)) return "";
    const std::size_t inside = kBegin.size() + kEnd.size();
    if (pem->size() <= inside) return "";
    const auto der = connectors::DecodeBase64(pem->substr(kBegin.size(), pem->size() - inside));
    return der ? connectors::Sha256Hex(*der) : "";
}

}  // namespace

Status CheckCertificateName(std::string_view name) {
    if (name.starts_with(kDigest)) {
        const std::string digits = Digits(name.substr(kDigest.size()));
        if (digits.size() == 64 && connectors::DecodeHex(digits)) return {};
    } else if (name.starts_with(kSubject) && name.find('=') != name.npos) {
        return {};
    }
    return Invalid(
        "expected sha256: and 64 hex digits, or subject: and a name like CN=acme,O=Acme");
}

bool HasCertificate(const std::vector<std::string>& names, const DoorRequest& request) {
    if (names.empty()) return true;
    if (!request.via_proxy || Only(request.headers, "X-Client-Verify") != "SUCCESS") return false;
    const std::string subject = Only(request.headers, "X-Client-Subject");
    const std::string digits = FingerprintOf(Only(request.headers, "X-Client-Cert"));
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
        if (name.starts_with(kSubject))
            return !subject.empty() && name.substr(kSubject.size()) == subject;
        return !digits.empty() && Digits(name.substr(kDigest.size())) == digits;
    });
}

}  // namespace returns::gateway
