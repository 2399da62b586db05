// What we still wait for from each partner: which returns, for which event, since when. Kept in
// memory as places in a list by age, fed with every committed case; at the start it is filled from
// the store in spare time. Only for connections a partner's key looks at. One thread, the lane's.
#pragma once

#include "gateway/engine.h"
#include "schemas/case.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

struct WaitLine {
    std::string id, sku;
    int quantity = 0;
    EventType awaits = EventType::kReturnOpened;
};

// One return that waits for its partner's word.
struct Wait {
    EventType awaits = EventType::kReturnOpened;  // by the goods that wait longest
    Instant since = kNoTime;
    Instant due_at = kNever;  // when we stop waiting and a person steps in
    bool late = false;        // that has happened
    std::vector<WaitLine> lines;
};
// Nothing where the return waits for somebody else, or for nobody.
std::optional<Wait> WaitOf(const Case& subject, const Return& header);

struct WaitPlace {
    Instant since = kNoTime;
    CaseKey key;
    std::string return_id;
    friend auto operator<=>(const WaitPlace&, const WaitPlace&) = default;
};

class WaitingBoard {
public:
    // `most` of one connection are listed; what comes when it is full is only counted.
    WaitingBoard(std::set<std::string> connections, std::int64_t most)
        : connections_(std::move(connections)), most_(most) {}

    void Note(const Case& subject);
    // Looks through the next cases the store has; false when there are no more.
    bool Fill(Engine& engine);
    bool complete() const { return filled_ || connections_.empty(); }

    // Longest waiting first, after that place.
    std::vector<WaitPlace> After(const std::string& connection, const WaitPlace& place,
                                 std::size_t most) const;
    std::int64_t Count(const std::string& connection) const;
    std::int64_t not_listed() const { return not_listed_; }

private:
    using Place = std::pair<std::string, WaitPlace>;  // by connection

    const std::set<std::string> connections_;
    const std::int64_t most_;
    std::map<std::string, std::set<WaitPlace>> lists_;
    std::map<CaseKey, std::vector<Place>> of_case_;
    std::int64_t not_listed_ = 0;
    std::int64_t filled_to_ = 0;
    bool filled_ = false;
};

// Opaque, for "next page" links.
std::string EncodePlace(const WaitPlace& place);
std::optional<WaitPlace> DecodePlace(std::string_view cursor);

}  // namespace returns::gateway
