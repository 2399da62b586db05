#include "gateway/trace.h"

#include "connectors/crypto.h"

#include <algorithm>

namespace returns::gateway {

bool IsTraceparent(std::string_view text) {
    if (text.size() != 55 || !text.starts_with("00-") || text[35] != '-' || text[52] != '-') {
        return false;
    }
    const auto hex = [](std::string_view part) {
        return std::all_of(part.begin(), part.end(),
                           [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    };
    const auto zero = [](std::string_view part) {
        return part.find_first_not_of('0') == std::string_view::npos;
    };
    const auto trace = text.substr(3, 32);
    const auto parent = text.substr(36, 16);
    return hex(trace) && hex(parent) && hex(text.substr(53)) && !zero(trace) && !zero(parent);
}

std::string MakeTraceparent(std::string_view seed, std::string_view span) {
    const std::string trace = connectors::Sha256Hex("trace " + std::string(seed)).substr(0, 32);
    const std::string step =
        connectors::Sha256Hex("span " + std::string(seed) + " " + std::string(span)).substr(0, 16);
    return "00-" + trace + "-" + step + "-01";
}

std::string TraceId(std::string_view traceparent) {
    return IsTraceparent(traceparent) ? std::string(traceparent.substr(3, 32)) : std::string();
}

}  // namespace returns::gateway
