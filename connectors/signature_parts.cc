#include "connectors/signature_parts.h"

#include "connectors/http.h"

#include <charconv>

namespace returns::connectors {

std::string_view Trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string_view> SplitText(std::string_view text, std::string_view separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t at = text.find(separator);
        const std::string_view part = Trim(text.substr(0, at));
        if (!part.empty()) parts.push_back(part);
        if (at == text.npos) return parts;
        text.remove_prefix(at + separator.size());
    }
}

std::optional<Instant> ReadTime(std::string_view text, SignatureRecipe::TimeUnit unit) {
    if (unit == SignatureRecipe::TimeUnit::kMail) return ParseMailDate(text);
    if (unit == SignatureRecipe::TimeUnit::kText) {
        const Result<Instant> parsed = ParseInstant(text);
        return parsed.ok() ? std::optional<Instant>(*parsed) : std::nullopt;
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::int64_t scale = unit == SignatureRecipe::TimeUnit::kSeconds ? 1000 : 1;
    constexpr std::int64_t kMost = 7'258'118'400'000;  // the year 2200
    if (error != std::errc() || end != text.data() + text.size() || number <= 0 ||
        number > kMost / scale) {
        return std::nullopt;
    }
    return Instant(Millis(number * scale));
}

std::string WriteTime(Instant at, SignatureRecipe::TimeUnit unit) {
    const std::int64_t millis = at.time_since_epoch().count();
    if (unit == SignatureRecipe::TimeUnit::kMail) return FormatMailDate(at);
    if (unit == SignatureRecipe::TimeUnit::kText) return FormatInstant(at);
    return std::to_string(unit == SignatureRecipe::TimeUnit::kSeconds ? millis / 1000 : millis);
}

std::optional<std::string> Decode(std::string_view text, SignatureRecipe::Encoding encoding) {
    return encoding == SignatureRecipe::Encoding::kHex      ? DecodeHex(text)
           : encoding == SignatureRecipe::Encoding::kBase64 ? DecodeBase64(text)
                                                            : DecodeBase64Url(text);
}

std::string Encode(std::string_view raw, SignatureRecipe::Encoding encoding) {
    return encoding == SignatureRecipe::Encoding::kHex      ? EncodeHex(raw)
           : encoding == SignatureRecipe::Encoding::kBase64 ? EncodeBase64(raw)
                                                            : EncodeBase64Url(raw);
}

Digest DigestOf(int bits) {
    return bits == 1 ? Digest::kSha1 : bits == 512 ? Digest::kSha512 : Digest::kSha256;
}

bool Near(Instant at, Instant now, int tolerance_s) {
    const Millis age = now > at ? now - at : at - now;
    return age <= std::chrono::seconds(tolerance_s);
}

Verification Refuse(Verdict verdict, std::string sentence) {
    Verification refusal;
    refusal.verdict = verdict;
    refusal.sentence = std::move(sentence);
    return refusal;
}

Verification Stale(int tolerance_s) {
    return Refuse(Verdict::kStale,
                  "the signature is more than " + std::to_string(tolerance_s) + " s away from now");
}

Verification NoMatch() { return Refuse(Verdict::kForged, "no signature matches any active key"); }

}  // namespace returns::connectors
