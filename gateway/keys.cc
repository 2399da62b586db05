#include "gateway/keys.h"

#include "connectors/crypto.h"
#include "schemas/check.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <sys/random.h>

namespace returns::gateway {
namespace {

constexpr std::string_view kKeyPrefix = "bhk_", kTestPrefix = "bhk_test_";
constexpr std::string_view kCookieAttributes = "; Path=/; HttpOnly; SameSite=Lax";

std::string_view TakeUntil(std::string_view& rest, char mark) {
    const std::size_t end = std::min(rest.find(mark), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
}

std::string_view Trim(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

std::int64_t MillisOf(Instant at) { return at.time_since_epoch().count(); }

// "name.mark.id.expiry": everything a session is, in characters a cookie may hold.
std::string Plain(const Session& session) {
    return connectors::EncodeBase64Url(session.key_name) + "." + session.key_mark + "." +
           session.id + "." + std::to_string(MillisOf(session.expires));
}

std::optional<Session> ReadPlain(std::string_view text) {
    Session session;
    const auto name = connectors::DecodeBase64Url(TakeUntil(text, '.'));
    if (!name) return std::nullopt;
    session.key_name = *name;
    session.key_mark = std::string(TakeUntil(text, '.'));
    session.id = std::string(TakeUntil(text, '.'));
    std::int64_t expires = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), expires);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    session.expires = Instant(Millis(expires));
    return session;
}

// What stands behind "Bearer".
std::optional<std::string_view> BearerOf(const connectors::HttpHeaders& headers) {
    std::string_view value = connectors::FindHeader(headers, "Authorization");
    if (!connectors::SameWord(TakeUntil(value, ' '), "bearer")) return std::nullopt;
    return Trim(value);
}

}  // namespace

bool Caller::Holds(std::string_view connection) const {
    return std::find(connections.begin(), connections.end(), connection) != connections.end();
}

bool BearsTestKey(const connectors::HttpHeaders& headers) {
    return BearerOf(headers).value_or("").starts_with(kTestPrefix);
}

NewKey MakeKey(std::string_view random_bytes, bool test) {
    CHECK(random_bytes.size() == 32);
    NewKey made;
    made.key =
        std::string(test ? kTestPrefix : kKeyPrefix) + connectors::EncodeBase64Url(random_bytes);
    made.sha256 = connectors::Sha256Hex(made.key);
    return made;
}

KeyRing::KeyRing(const std::vector<KeySettings>& keys) {
    for (const KeySettings& key : keys) {
        Entry entry;
        entry.caller = {key.name, key.role, key.connections, key.shop};
        auto& held = entry.caller.connections;
        if (!key.connection.empty() && !entry.caller.Holds(key.connection))
            held.insert(held.begin(), key.connection);
        entry.hash = connectors::DecodeHex(key.sha256).value_or("");
        entries_.push_back(std::move(entry));
    }
}

std::optional<Caller> KeyRing::FindKey(std::string_view key) const {
    const std::string hash = connectors::Sha256(key);
    const Entry* found = nullptr;
    for (const Entry& entry : entries_)  // to the end: the time must not tell which one matched
        if (connectors::EqualInConstantTime(entry.hash, hash)) found = &entry;
    if (found == nullptr) return std::nullopt;
    return found->caller;
}

std::optional<Caller> KeyRing::FindBearer(const connectors::HttpHeaders& headers) const {
    const auto key = BearerOf(headers);
    return key ? FindKey(*key) : std::nullopt;
}

std::optional<Caller> KeyRing::FindNamed(std::string_view name, std::string_view key_mark) const {
    const std::string mark = KeyMark(name);
    if (mark.empty() || !connectors::EqualInConstantTime(mark, key_mark)) return std::nullopt;
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return entry.caller.name == name; });
    return found->caller;
}

std::string KeyRing::KeyMark(std::string_view name) const {
    for (const Entry& entry : entries_)
        if (entry.caller.name == name) return connectors::Sha256Hex(entry.hash).substr(0, 16);
    return "";
}

Sessions::Sessions(std::string_view deployment_secret, bool secure)
    : key_(connectors::HmacSha256(deployment_secret, "backhaul sessions 1")),
      cookie_name_(secure ? "__Host-backhaul" : "backhaul"),
      secure_(secure) {}

std::string Sessions::Sign(std::string_view purpose, std::string_view text) const {
    return connectors::EncodeBase64Url(
        connectors::HmacSha256(key_, std::string(purpose) + "\n" + std::string(text)));
}

Session Sessions::Start(const KeyRing& ring, std::string_view key_name, Instant now,
                        Millis lifetime, std::string_view random_bytes) const {
    CHECK(random_bytes.size() == 16);
    return {std::string(key_name), ring.KeyMark(key_name), connectors::EncodeHex(random_bytes),
            now + lifetime};
}

std::string Sessions::SetCookie(const Session& session, Instant now) const {
    const std::string plain = Plain(session);
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(session.expires - now);
    return cookie_name_ + "=" + plain + "." + Sign("cookie", plain) +
           "; Max-Age=" + std::to_string(std::max<std::int64_t>(age.count(), 0)) +
           std::string(kCookieAttributes) + (secure_ ? "; Secure" : "");
}

std::string Sessions::ClearCookie() const {
    return cookie_name_ + "=; Max-Age=0" + std::string(kCookieAttributes) +
           (secure_ ? "; Secure" : "");
}

std::optional<Session> Sessions::Find(const connectors::HttpHeaders& headers, Instant now) const {
    std::string_view cookies = connectors::FindHeader(headers, "Cookie");
    while (!cookies.empty()) {
        std::string_view value = Trim(TakeUntil(cookies, ';'));
        if (TakeUntil(value, '=') != cookie_name_) continue;
        const std::size_t dot = value.rfind('.');
        if (dot == value.npos) continue;
        const std::string_view plain = value.substr(0, dot);
        if (!connectors::EqualInConstantTime(Sign("cookie", plain), value.substr(dot + 1)))
            continue;
        auto session = ReadPlain(plain);
        if (session && now < session->expires) return session;
    }
    return std::nullopt;
}

std::string Sessions::FormToken(const Session& session) const {
    return Sign("form", session.id + "." + session.key_name);
}

bool Sessions::CheckFormToken(const Session& session, std::string_view token) const {
    return connectors::EqualInConstantTime(FormToken(session), token);
}

std::string SystemRandomBytes(std::size_t n) {
    std::string bytes(n, '\0');
    CHECK(n <= 256);  // what the system gives without a break
    CHECK(getrandom(bytes.data(), n, 0) == static_cast<ssize_t>(n));
    return bytes;
}

}  // namespace returns::gateway
