// The text form that Prometheus reads. Label values are names from the settings and fixed words,
// never anything that comes from outside. One thread.
#pragma once

#include "gateway/histogram.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace returns::gateway {

class Exposition {
public:
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    // A family; its samples follow by Add. Those of one family stand together.
    void Begin(std::string_view name, std::string_view type, std::string_view help);
    void Add(std::int64_t value, Labels labels = {});
    void Add(const Histogram& values, Labels labels = {});

    void Counter(std::string_view name, std::string_view help, std::int64_t value);
    void Gauge(std::string_view name, std::string_view help, std::int64_t value);
    struct Labelled {
        std::string_view value;
        std::int64_t count;
    };
    void Counters(std::string_view name, std::string_view help, std::string_view label,
                  std::initializer_list<Labelled> counts);

    std::string Take() { return std::move(text_); }

private:
    void Sample(std::string_view suffix, Labels labels, std::string_view bound,
                const std::string& value);

    std::string name_, text_;
};

}  // namespace returns::gateway
