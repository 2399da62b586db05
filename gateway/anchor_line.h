// One anchor of the journal as it is sent out, a line of JSON, and such lines read again: from the
// file finance keeps, or from what a consumer of the topic wrote down. Pure; any thread.
//
//   {"anchor":1,"seq":1234,"time":"2026-11-28T12:00:00.000Z","head":"<64 hex digits>"}
#pragma once

#include "gateway/batch.h"
#include "schemas/time.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

struct SentAnchor {
    Anchor anchor;
    Instant sent_at = kNoTime;
    std::int64_t line = 0;  // of the file it was read from
};

std::string AnchorLine(const Anchor& anchor, Instant now);  // without a line end
// By row; the same anchor twice stands once. `unreadable` are lines that are none: a write that was
// cut short leaves one behind.
struct SentAnchors {
    std::vector<SentAnchor> anchors;
    std::vector<std::int64_t> unreadable;
};
SentAnchors ReadAnchorLines(std::string_view text);

}  // namespace returns::gateway
