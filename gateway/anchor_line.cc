#include "gateway/anchor_line.h"

#include "schemas/json.h"

#include <algorithm>

namespace returns::gateway {
namespace {

std::optional<SentAnchor> ReadLine(std::string_view line) {
    const auto json = ParseJson(line);
    if (!json.ok()) return std::nullopt;
    const auto format = (*json)["anchor"].AsInt();
    const auto seq = (*json)["seq"].AsInt();
    const auto time = ParseInstant((*json)["time"].AsString());
    const std::string& head = (*json)["head"].AsString();
    const bool hex =
        head.size() == 64 && head.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!format.ok() || *format != 1 || !seq.ok() || *seq < 1 || !time.ok() || !hex)
        return std::nullopt;
    return SentAnchor{{*seq, head}, *time, 0};
}

}  // namespace

std::string AnchorLine(const Anchor& anchor, Instant now) {
    return WriteJson(Json::Object({{"anchor", Json::Int(1)},
                                   {"seq", Json::Int(anchor.seq)},
                                   {"time", Json::String(FormatInstant(now))},
                                   {"head", Json::String(anchor.head)}}));
}

SentAnchors ReadAnchorLines(std::string_view text) {
    SentAnchors read;
    for (std::int64_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) continue;
        auto anchor = ReadLine(line);
        if (!anchor) {
            read.unreadable.push_back(number);
            continue;
        }
        anchor->line = number;
        read.anchors.push_back(std::move(*anchor));
    }
    const auto place = [](const SentAnchor& each) {
        return std::pair(each.anchor.seq, std::string_view(each.anchor.head));
    };
    std::stable_sort(read.anchors.begin(), read.anchors.end(),
                     [&](const SentAnchor& a, const SentAnchor& b) { return place(a) < place(b); });
    const auto same = [&](const SentAnchor& a, const SentAnchor& b) {
        return place(a) == place(b);
    };
    read.anchors.erase(std::unique(read.anchors.begin(), read.anchors.end(), same),
                       read.anchors.end());
    return read;
}

}  // namespace returns::gateway
