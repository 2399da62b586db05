// The table behind the settings: each row with its place in the struct. Values; any thread.
#pragma once

#include "gateway/settings.h"

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

namespace returns::gateway {

enum class Form : std::uint8_t {
    kText,
    kNumber,
    kFlag,
    kChoice,
    kSecret,  // "file:/path" or "env:NAME"
    kTexts,   // a list of texts
    kTable,   // free, its references replaced
};

using Target = std::variant<std::string*, std::int64_t*, bool*, std::vector<std::string>*, Role*,
                            ConnectionMode*, ConnectionSettings*>;

struct RowFacts {
    std::string_view name;  // within its object: "listen.port", "mode"
    Form form = Form::kText;
    std::string_view fallback;  // of a choice: one of its words
    std::string_view sentence;
    std::int64_t min = 0, max = 0;
    std::int64_t extreme = -1;
    std::vector<std::string_view> words;  // of a choice
    bool required = false;
};

template <class T>
struct Row : RowFacts {
    Target (*at)(T&) = nullptr;
};

const std::vector<Row<Settings>>& MainRows();
const std::vector<Row<ShopSettings>>& ShopRows();
const std::vector<Row<TopicSettings>>& TopicRows();
const std::vector<Row<ConnectionSettings>>& ConnectionRows();
const std::vector<Row<RouteSettings>>& RouteRows();
const std::vector<Row<KeySettings>>& KeyRows();

inline constexpr std::string_view kLists[] = {"shops", "kafka.topics", "connections", "routes",
                                              "keys"};

}  // namespace returns::gateway
