#include "connectors/addresses.h"

#include "connectors/signature_parts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace returns::connectors {
namespace {

using Bytes = std::array<unsigned char, 16>;
constexpr int kMappedBits = 96;  // ::ffff:0:0/96 holds what is IPv4

// All of it, in that base; nothing for anything else.
std::optional<int> Number(std::string_view text, int base, int most) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc() || end != text.data() + text.size() || number < 0 || number > most)
        return std::nullopt;
    return number;
}

bool ReadV4(std::string_view text, unsigned char* bytes) {
    for (int at = 0; at < 4; ++at) {
        const std::size_t dot = at == 3 ? text.npos : text.find('.');
        if (at < 3 && dot == text.npos) return false;
        const auto number = Number(text.substr(0, dot), 10, 255);
        if (!number) return false;
        bytes[at] = static_cast<unsigned char>(*number);
        text.remove_prefix(dot == text.npos ? text.size() : dot + 1);
    }
    return true;
}

// Groups of four hex digits, up to 16 bytes; the last group may be an IPv4 address.
std::optional<std::string> ReadGroups(std::string_view text) {
    std::string bytes;
    while (!text.empty()) {
        const std::size_t colon = text.find(':');
        const std::string_view group = text.substr(0, colon);
        unsigned char v4[4];
        if (colon == text.npos && ReadV4(group, v4)) {
            bytes.append(v4, v4 + 4);
        } else {
            const auto number = Number(group, 16, 0xFFFF);
            if (!number || group.size() > 4) return std::nullopt;
            bytes += static_cast<char>(*number >> 8);
            bytes += static_cast<char>(*number & 0xFF);
        }
        if (colon == text.npos) break;
        text.remove_prefix(colon + 1);
        if (text.empty()) return std::nullopt;
    }
    return bytes;
}

// All as IPv6, so that one comparison does.
std::optional<Bytes> Read(std::string_view text, bool& mapped) {
    Bytes bytes{};
    mapped = ReadV4(text, bytes.data() + 12);
    if (mapped) {
        bytes[10] = bytes[11] = 0xFF;
        return bytes;
    }
    const std::size_t gap = text.find("::");
    const auto first = ReadGroups(text.substr(0, gap));
    const auto last = ReadGroups(gap == text.npos ? "" : text.substr(gap + 2));
    if (!first || !last) return std::nullopt;
    const std::size_t told = first->size() + last->size();
    if (gap == text.npos ? told != 16 : told > 14) return std::nullopt;
    std::copy(first->begin(), first->end(), bytes.begin());
    std::copy(last->begin(), last->end(), bytes.end() - static_cast<std::ptrdiff_t>(last->size()));
    return bytes;
}

struct Network {
    Bytes start;
    int bits;
};

std::optional<Network> ReadNetwork(std::string_view text) {
    const std::size_t slash = text.find('/');
    bool mapped = false;
    const auto start = Read(text.substr(0, slash), mapped);
    if (!start) return std::nullopt;
    const int most = mapped ? 32 : 128;
    int bits = most;
    if (slash != text.npos) {
        const auto told = Number(text.substr(slash + 1), 10, most);
        if (!told) return std::nullopt;
        bits = *told;
    }
    if (bits < 1 || bits > most) return std::nullopt;  // 0 would be everybody
    return Network{*start, bits + (mapped ? kMappedBits : 0)};
}

bool Holds(const Network& network, const Bytes& address) {
    for (int bit = 0; bit < network.bits; ++bit) {
        const auto byte = static_cast<std::size_t>(bit / 8);
        const int mask = 0x80 >> (bit % 8);
        if ((network.start[byte] & mask) != (address[byte] & mask)) return false;
    }
    return true;
}

}  // namespace

Status CheckNetworks(std::string_view networks) {
    const auto all = SplitText(networks, ",");
    if (all.empty()) return Invalid("it names no network");
    for (const std::string_view each : all) {
        if (!ReadNetwork(each))
            return Invalid("'" + std::string(each) +
                           "' is no network such as 91.216.25.0/24 or 2001:db8::/32");
    }
    return {};
}

bool Within(std::string_view networks, std::string_view address) {
    bool mapped = false;
    const auto bytes = Read(address, mapped);
    if (!bytes) return false;
    const auto all = SplitText(networks, ",");
    return std::any_of(all.begin(), all.end(), [&](std::string_view each) {
        const auto network = ReadNetwork(each);
        return network && Holds(*network, *bytes);
    });
}

}  // namespace returns::connectors
