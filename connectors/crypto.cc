#include "connectors/crypto.h"

#include "schemas/check.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>

namespace returns::connectors {
namespace {

const unsigned char* Bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// Fetched once: looking an algorithm up costs more than hashing a short text with it.
const EVP_MD* Algorithm(Digest digest) {
    static const EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    static const EVP_MD* const sha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
    const EVP_MD* found = digest == Digest::kSha1     ? sha1
                          : digest == Digest::kSha256 ? sha256
                                                      : sha512;
    CHECK(found != nullptr);
    return found;
}

struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

std::size_t BlockBytes(Digest digest) { return digest == Digest::kSha512 ? 128 : 64; }

std::string HashTwo(Digest digest, std::string_view first, std::string_view second) {
    thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned int size = 0;
    CHECK(context != nullptr);
    CHECK(EVP_DigestInit_ex2(context.get(), Algorithm(digest), nullptr) == 1);
    CHECK(EVP_DigestUpdate(context.get(), first.data(), first.size()) == 1);
    CHECK(EVP_DigestUpdate(context.get(), second.data(), second.size()) == 1);
    CHECK(EVP_DigestFinal_ex(context.get(), out.data(), &size) == 1);
    return {reinterpret_cast<const char*>(out.data()), size};
}

// Text forms that carry 5 or 6 bits a character.
struct Alphabet {
    std::string_view letters;
    int bits;
    std::size_t group;  // characters that make up whole bytes together
};
constexpr Alphabet kBase64{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 6,
                           4};
constexpr Alphabet kBase64Url{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 6,
                              4};
constexpr Alphabet kBase32{"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5, 8};

std::string Encode(const Alphabet& alphabet, std::string_view bytes, bool padded) {
    std::string out;
    out.reserve(bytes.size() * 8 / static_cast<std::size_t>(alphabet.bits) + alphabet.group);
    std::uint32_t held = 0;
    int held_bits = 0;
    const std::uint32_t mask = (1U << alphabet.bits) - 1;
    for (const char byte : bytes) {
        held = (held << 8) | static_cast<unsigned char>(byte);
        held_bits += 8;
        while (held_bits >= alphabet.bits) {
            held_bits -= alphabet.bits;
            out += alphabet.letters[(held >> held_bits) & mask];
        }
    }
    if (held_bits > 0) out += alphabet.letters[(held << (alphabet.bits - held_bits)) & mask];
    while (padded && out.size() % alphabet.group != 0) out += '=';
    return out;
}

std::optional<std::string> Decode(const Alphabet& alphabet, std::string_view text) {
    const std::size_t length = text.find_last_not_of('=') + 1;  // npos + 1 is 0
    if (length != text.size() &&
        (text.size() % alphabet.group != 0 || text.size() - length >= alphabet.group - 1)) {
        return std::nullopt;
    }
    std::string out;
    std::uint32_t held = 0;
    int held_bits = 0;
    for (const char letter : text.substr(0, length)) {
        const std::size_t value = alphabet.letters.find(letter);
        if (value == std::string_view::npos) return std::nullopt;
        held = (held << alphabet.bits) | static_cast<std::uint32_t>(value);
        held_bits += alphabet.bits;
        if (held_bits < 8) continue;
        held_bits -= 8;
        out += static_cast<char>((held >> held_bits) & 0xFF);
    }
    const bool leftover = (held & ((1U << held_bits) - 1)) != 0;
    if (held_bits >= alphabet.bits || leftover) return std::nullopt;
    return out;
}

int HexDigit(char letter) {
    if (letter >= '0' && letter <= '9') return letter - '0';
    if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
    return -1;
}

}  // namespace

std::string Hash(Digest digest, std::string_view bytes) { return HashTwo(digest, bytes, {}); }
std::string Sha256(std::string_view bytes) { return Hash(Digest::kSha256, bytes); }
std::string Sha256Hex(std::string_view bytes) { return EncodeHex(Sha256(bytes)); }

std::uint32_t Crc32(std::string_view bytes) {
    constexpr std::uint32_t kPolynomial = 0xEDB88320;  // bits reversed
    std::uint32_t sum = ~0U;
    for (const char byte : bytes) {
        sum ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1) != 0 ? kPolynomial : 0);
    }
    return ~sum;
}

std::string Hmac(Digest digest, std::string_view key, std::string_view message) {
    std::string inner = key.size() > BlockBytes(digest) ? Hash(digest, key) : std::string(key);
    inner.resize(BlockBytes(digest), '\0');
    std::string outer = inner;
    for (char& byte : inner) byte = static_cast<char>(byte ^ 0x36);
    for (char& byte : outer) byte = static_cast<char>(byte ^ 0x5C);
    std::string code = HashTwo(digest, outer, HashTwo(digest, inner, message));
    OPENSSL_cleanse(inner.data(), inner.size());
    OPENSSL_cleanse(outer.data(), outer.size());
    return code;
}

std::string HmacSha256(std::string_view key, std::string_view message) {
    return Hmac(Digest::kSha256, key, message);
}

bool VerifyEd25519(std::string_view public_key, std::string_view signature,
                   std::string_view message) {
    if (public_key.size() != 32 || signature.size() != 64) return false;
    const std::unique_ptr<EVP_PKEY, Free> key(EVP_PKEY_new_raw_public_key(
        EVP_PKEY_ED25519, nullptr, Bytes(public_key), public_key.size()));
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    if (key == nullptr || context == nullptr) return false;
    return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message),
                            message.size()) == 1;
}

std::string SignEd25519(std::string_view private_key, std::string_view message) {
    CHECK(private_key.size() == 32);
    const std::unique_ptr<EVP_PKEY, Free> key(EVP_PKEY_new_raw_private_key(
        EVP_PKEY_ED25519, nullptr, Bytes(private_key), private_key.size()));
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    CHECK(key != nullptr && context != nullptr);
    std::array<unsigned char, 64> out{};
    std::size_t size = out.size();
    CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
    CHECK(EVP_DigestSign(context.get(), out.data(), &size, Bytes(message), message.size()) == 1);
    return {reinterpret_cast<const char*>(out.data()), size};
}

bool EqualInConstantTime(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string EncodeHex(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        out += kDigits[value >> 4];
        out += kDigits[value & 15];
    }
    return out;
}

std::optional<std::string> DecodeHex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = HexDigit(text[i]);
        const int low = HexDigit(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
    }
    return out;
}

std::string EncodeBase64(std::string_view bytes) { return Encode(kBase64, bytes, true); }
std::string EncodeBase64Url(std::string_view bytes) { return Encode(kBase64Url, bytes, false); }
std::string EncodeBase32(std::string_view bytes) { return Encode(kBase32, bytes, false); }
std::optional<std::string> DecodeBase64(std::string_view text) { return Decode(kBase64, text); }
std::optional<std::string> DecodeBase64Url(std::string_view text) {
    return Decode(kBase64Url, text);
}
std::optional<std::string> DecodeBase32(std::string_view text) { return Decode(kBase32, text); }

}  // namespace returns::connectors
