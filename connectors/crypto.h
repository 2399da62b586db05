// Digests, message authentication codes and the text forms of bytes. "Raw" strings hold bytes.
// Any thread; a digest context is kept per thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace returns::connectors {

enum class Digest { kSha1, kSha256, kSha512 };

std::string Sha256(std::string_view bytes);     // 32 raw bytes
std::string Sha256Hex(std::string_view bytes);  // 64 lower-case digits
std::string Hash(Digest digest, std::string_view bytes);

std::string Hmac(Digest digest, std::string_view key, std::string_view message);
std::string HmacSha256(std::string_view key, std::string_view message);  // 32 raw bytes

// RFC 8032. The key is 32 and the signature 64 raw bytes; other lengths are false.
bool VerifyEd25519(std::string_view public_key, std::string_view signature,
                   std::string_view message);
// REQUIRES: a private key of 32 raw bytes.
std::string SignEd25519(std::string_view private_key, std::string_view message);

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
