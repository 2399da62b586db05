#include "gateway/exposition.h"

#include <cstdio>

namespace returns::gateway {
namespace {

std::string Seconds(double value, const char* format) {
    char text[48];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

}  // namespace

void Exposition::Begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += "# HELP " + name_ + " " + std::string(help) + "\n";
    text_ += "# TYPE " + name_ + " " + std::string(type) + "\n";
}

void Exposition::Sample(std::string_view suffix, Labels labels, std::string_view bound,
                        const std::string& value) {
    text_ += name_ + std::string(suffix);
    char before = '{';
    const auto add = [&](std::string_view label, std::string_view said) {
        text_ += before + std::string(label) + "=\"";
        for (const char c : said) {
            if (c == '"' || c == '\\') text_ += '\\';
            text_ += c == '\n' ? ' ' : c;
        }
        text_ += '"';
        before = ',';
    };
    for (const auto& [label, said] : labels) add(label, said);
    if (!bound.empty()) add("le", bound);
    if (before == ',') text_ += '}';
    text_ += " " + value + "\n";
}

void Exposition::Add(std::int64_t value, Labels labels) {
    Sample("", labels, "", std::to_string(value));
}

void Exposition::Add(const Histogram& values, Labels labels) {
    for (std::size_t at = 0; at < Histogram::kBounds_s.size(); ++at)
        Sample("_bucket", labels, Seconds(Histogram::kBounds_s[at], "%g"),
               std::to_string(values.up_to[at]));
    Sample("_bucket", labels, "+Inf", std::to_string(values.count));
    Sample("_sum", labels, "", Seconds(values.sum_s, "%.6f"));
    Sample("_count", labels, "", std::to_string(values.count));
}

void Exposition::Counter(std::string_view name, std::string_view help, std::int64_t value) {
    Begin(name, "counter", help);
    Add(value);
}

void Exposition::Gauge(std::string_view name, std::string_view help, std::int64_t value) {
    Begin(name, "gauge", help);
    Add(value);
}

void Exposition::Counters(std::string_view name, std::string_view help, std::string_view label,
                          std::initializer_list<Labelled> counts) {
    Begin(name, "counter", help);
    for (const Labelled& one : counts) Add(one.count, {{label, one.value}});
}

}  // namespace returns::gateway
