// Reading event data from JSON: shapes and bounds of single members, each error with its path.
// Pure; any thread.
#pragma once

#include "schemas/event.h"
#include "schemas/json.h"
#include "schemas/result.h"

#include <string>
#include <string_view>

namespace returns {

inline constexpr int kCountMax = 1'000'000;

// A place inside a document, written out only when something is wrong there:
// "data.lines[2].quantity". Lives on the stack of whoever descends.
struct Place {
    const Place* above = nullptr;
    std::string_view name;
    int index = -1;

    std::string Path() const;
};

// Every member of `data` as it stands, checked one by one; which members a type needs is not
// checked here. `wire` names the event in errors.
Status ReadEventData(std::string_view wire, const Json& data, const Place& at, EventData& out);

// "reading event return.opened: data.lines[0].id: missing".
Error RefuseEvent(std::string_view wire, const std::string& path, std::string_view why);

// Why a text cannot be an id (1 to `bytes_max` bytes, no control characters); "" when it can.
std::string_view IdFault(std::string_view text, std::size_t bytes_max = 128);

}  // namespace returns
