#include "gateway/drop_text.h"

#include <array>
#include <cstdint>

namespace returns::gateway {
namespace {

// What 0x80 to 0x9F stand for; the rest of Windows-1252 is as in Unicode. 0: nothing.
constexpr std::array<std::uint16_t, 32> kWindows = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

void Append(std::string& out, std::uint32_t point) {
    const auto tail = [&](int shift) {
        out += static_cast<char>(0x80 | ((point >> shift) & 0x3F));
    };
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xC0 | (point >> 6));
        tail(0);
    } else if (point < 0x10000) {
        out += static_cast<char>(0xE0 | (point >> 12));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0 | (point >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

Result<std::string> FromWindows(const std::string& bytes) {
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 8);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        const bool special = byte >= 0x80 && byte < 0xA0;
        const std::uint32_t point = special ? kWindows[byte - 0x80U] : byte;
        if (special && point == 0)
            return Invalid("a byte that is nothing in Windows-1252; save the file as UTF-8");
        Append(out, point);
    }
    return out;
}

Result<std::string> FromUtf16(const std::string& bytes, bool big) {
    if (bytes.size() % 2 != 0) return Invalid("UTF-16 with half a character at its end");
    const auto unit = [&](std::size_t at) -> std::uint32_t {
        const auto first = static_cast<unsigned char>(bytes[at]);
        const auto second = static_cast<unsigned char>(bytes[at + 1]);
        return big ? first << 8U | second : second << 8U | first;
    };
    std::string out;
    out.reserve(bytes.size());
    for (std::size_t at = 2; at < bytes.size(); at += 2) {
        std::uint32_t point = unit(at);
        if (point >= 0xD800 && point < 0xDC00 && at + 2 < bytes.size()) {
            const std::uint32_t low = unit(at + 2);
            if (low < 0xDC00 || low > 0xDFFF) return Invalid("UTF-16 with half a surrogate pair");
            point = 0x10000 + ((point - 0xD800) << 10U) + (low - 0xDC00);
            at += 2;
        } else if (point >= 0xD800 && point <= 0xDFFF) {
            return Invalid("UTF-16 with half a surrogate pair");
        }
        Append(out, point);
    }
    return out;
}

}  // namespace

Result<std::string> DropText(std::string bytes, const std::string& encoding) {
    if (bytes.starts_with("\xEF\xBB\xBF")) return bytes.substr(3);
    if (bytes.starts_with("\xFF\xFE")) return FromUtf16(bytes, false);
    if (bytes.starts_with("\xFE\xFF")) return FromUtf16(bytes, true);
    if (encoding == "windows-1252") return FromWindows(bytes);
    return bytes;
}

}  // namespace returns::gateway
