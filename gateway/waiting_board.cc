#include "gateway/waiting_board.h"

#include "connectors/crypto.h"
#include "gateway/case_walk.h"

#include <algorithm>
#include <charconv>

namespace returns::gateway {
namespace {

constexpr int kCasesPerLook = 100;

// What the partner has to say of these goods next; nothing where it is not the partner's turn. What
// it has been silent about for too long is with a person too, and still its to tell.
std::optional<EventType> AwaitedFor(const Slice& slice) {
    switch (slice.state) {
        case ReturnState::kAtPartner:
            return EventType::kReturnOpened;
        case ReturnState::kInspecting:
            return EventType::kReturnInspected;
        case ReturnState::kException:
            if (slice.cause != "partner_silent") return std::nullopt;
            return slice.received ? EventType::kReturnInspected : EventType::kReturnOpened;
        case ReturnState::kLost:
            // Nobody has seen it: perhaps it lies on their dock. Not where it was told as lost.
            if (slice.evidence == Facts(EventType::kParcelLost).wire) return std::nullopt;
            return EventType::kParcelDelivered;
        default:
            return std::nullopt;
    }
}

bool IsLate(const Slice& slice) {
    return slice.stalled_at != kNoTime || slice.state == ReturnState::kException ||
           slice.state == ReturnState::kLost;
}

void AddLine(const Case& subject, const Slice& slice, EventType awaits, Wait& wait) {
    for (WaitLine& line : wait.lines)
        if (line.id == slice.line_id && line.awaits == awaits) {
            line.quantity += slice.quantity;
            return;
        }
    WaitLine line{slice.line_id, "", slice.quantity, awaits};
    for (const OrderLine& ordered : subject.lines)
        if (ordered.id == slice.line_id) line.sku = ordered.sku;
    wait.lines.push_back(std::move(line));
}

std::string_view TakeUntilNul(std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
}

}  // namespace

std::optional<Wait> WaitOf(const Case& subject, const Return& header) {
    if (!subject.quarantine.empty()) return std::nullopt;  // frozen: no word would be heard
    Wait wait;
    for (const Slice& slice : subject.slices) {
        if (slice.return_id != header.id) continue;
        const auto awaits = AwaitedFor(slice);
        if (!awaits) continue;
        if (wait.since == kNoTime || slice.entered_at < wait.since) {
            wait.since = slice.entered_at;
            wait.awaits = *awaits;
        }
        if (IsLate(slice))
            wait.late = true;
        else if (slice.due_at != kNoTime)
            wait.due_at = std::min(wait.due_at, slice.due_at);
        AddLine(subject, slice, *awaits, wait);
    }
    if (wait.since == kNoTime) return std::nullopt;
    return wait;
}

void WaitingBoard::Note(const Case& subject) {
    if (connections_.empty()) return;
    std::vector<Place> places;
    for (const Return& header : subject.returns) {
        if (!connections_.contains(header.connection)) continue;
        if (const auto wait = WaitOf(subject, header))
            places.push_back({header.connection, {wait->since, subject.key, header.id}});
    }
    const auto before = of_case_.find(subject.key);
    if (before != of_case_.end()) {
        if (before->second == places) return;
        for (const auto& [connection, place] : before->second) lists_[connection].erase(place);
        of_case_.erase(before);
    }
    std::vector<Place> kept;
    for (Place& place : places) {
        auto& list = lists_[place.first];
        if (static_cast<std::int64_t>(list.size()) >= most_) {
            ++not_listed_;
            continue;
        }
        list.insert(place.second);
        kept.push_back(std::move(place));
    }
    if (!kept.empty()) of_case_[subject.key] = std::move(kept);
}

bool WaitingBoard::Fill(Engine& engine) {
    if (complete()) return false;
    const auto next = WalkCases(engine, filled_to_, kCasesPerLook,
                                [this](const Case& subject) { Note(subject); });
    if (!next.ok()) return false;
    filled_to_ = *next;
    filled_ = filled_to_ == 0;
    return !filled_;
}

std::vector<WaitPlace> WaitingBoard::After(const std::string& connection, const WaitPlace& place,
                                           std::size_t most) const {
    std::vector<WaitPlace> found;
    const auto list = lists_.find(connection);
    if (list == lists_.end()) return found;
    for (auto at = list->second.upper_bound(place); at != list->second.end(); ++at) {
        if (found.size() == most) break;
        found.push_back(*at);
    }
    return found;
}

std::int64_t WaitingBoard::Count(const std::string& connection) const {
    const auto list = lists_.find(connection);
    return list == lists_.end() ? 0 : static_cast<std::int64_t>(list->second.size());
}

std::string EncodePlace(const WaitPlace& place) {
    std::string all = std::to_string(place.since.time_since_epoch().count());
    for (const std::string* part : {&place.key.shop, &place.key.order_id, &place.return_id}) {
        all += '\0';
        all += *part;
    }
    return connectors::EncodeBase64Url(all);
}

std::optional<WaitPlace> DecodePlace(std::string_view cursor) {
    const auto all = connectors::DecodeBase64Url(cursor);
    if (!all) return std::nullopt;
    std::string_view rest = *all;
    const std::string_view since = TakeUntilNul(rest);
    std::int64_t millis = 0;
    const auto [end, error] = std::from_chars(since.data(), since.data() + since.size(), millis);
    if (error != std::errc() || end != since.data() + since.size()) return std::nullopt;
    WaitPlace place;
    place.since = Instant(Millis(millis));
    place.key.shop = std::string(TakeUntilNul(rest));
    place.key.order_id = std::string(TakeUntilNul(rest));
    place.return_id = std::string(TakeUntilNul(rest));
    if (place.return_id.empty()) return std::nullopt;
    return place;
}

}  // namespace returns::gateway
