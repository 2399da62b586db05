// Digests, message authentication codes and the text forms of bytes. "Raw" strings hold bytes.
// Any thread; a digest context is kept per thread.
#pragma once

#include "schemas/result.h"
#include "schemas/time.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace returns::connectors {

enum class Digest { kSha1, kSha256, kSha512 };

std::string Sha256(std::string_view bytes);     // 32 raw bytes
std::string Sha256Hex(std::string_view bytes);  // 64 lower-case digits
std::string Hash(Digest digest, std::string_view bytes);

// As zip files have it (IEEE 802.3): it finds accidents, and stops nobody.
std::uint32_t Crc32(std::string_view bytes);

std::string Hmac(Digest digest, std::string_view key, std::string_view message);
std::string HmacSha256(std::string_view key, std::string_view message);  // 32 raw bytes

// RFC 8032. The key is 32 and the signature 64 raw bytes; other lengths are false.
bool VerifyEd25519(std::string_view public_key, std::string_view signature,
                   std::string_view message);
// REQUIRES: a private key of 32 raw bytes.
std::string SignEd25519(std::string_view private_key, std::string_view message);

// The public half of somebody's key pair. Immutable; any thread may verify with it at any time.
class PublicKey {
public:
    enum class Kind { kRsa, kEd25519, kP256 };

    // Unsigned numbers, most significant byte first. RSA of 2048 to 8192 bits.
    static Result<PublicKey> Rsa(std::string_view modulus, std::string_view exponent);
    static Result<PublicKey> Ed25519(std::string_view raw);
    static Result<PublicKey> P256(std::string_view x, std::string_view y);
    // A public key or an X.509 certificate, of one of the kinds above. A certificate's own dates
    // and issuer are not looked at: whoever pins it vouches for it.
    static Result<PublicKey> Pem(std::string_view text);
    // The key of the first certificate of `chain` (PEM) where that leads to one of `trusted` (PEM),
    // holds at `now`, and is made out to `name`; ".x.example": to anything below x.example.
    static Result<PublicKey> Certified(std::string_view chain, std::string_view trusted,
                                       const std::string& name, Instant now);

    PublicKey(const PublicKey& other);  // the same key, not one more
    PublicKey(PublicKey&&) = default;
    PublicKey& operator=(PublicKey&&) = default;
    ~PublicKey() = default;

    Kind kind() const;
    // RSASSA-PKCS1-v1_5 or ECDSA (DER, or r and s side by side) over SHA-256, or Ed25519.
    bool Verify(std::string_view signature, std::string_view message) const;

private:
    struct Free {
        void operator()(evp_pkey_st* key) const;
    };
    explicit PublicKey(evp_pkey_st* key) : key_(key) {}
    static Result<PublicKey> Checked(evp_pkey_st* key);

    std::unique_ptr<evp_pkey_st, Free> key_;
};

// The other half, for fixtures and simulated partners: signs as PublicKey::Verify checks.
Result<std::string> SignWithPem(std::string_view private_key, std::string_view message);

// Takes the same time wherever the texts differ; only unequal lengths answer at once.
bool EqualInConstantTime(std::string_view a, std::string_view b);

std::string EncodeHex(std::string_view bytes);        // lower case
std::string EncodeBase64(std::string_view bytes);     // padded
std::string EncodeBase64Url(std::string_view bytes);  // not padded
std::string EncodeBase32(std::string_view bytes);     // RFC 4648 upper case, not padded

// Strict: nothing for characters outside the alphabet, for odd lengths and for bits left over.
// Padding may be left out, but not be wrong. Hex takes both cases.
std::optional<std::string> DecodeHex(std::string_view text);
std::optional<std::string> DecodeBase64(std::string_view text);
std::optional<std::string> DecodeBase64Url(std::string_view text);
std::optional<std::string> DecodeBase32(std::string_view text);

}  // namespace returns::connectors
