#include "gateway/log.h"

#include "schemas/json.h"
#include "schemas/time.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>

namespace returns::gateway {
namespace {

LogLevel least = LogLevel::kInfo;
std::atomic<std::int64_t> lost{0};

const char* Word(LogLevel level) {
    switch (level) {
        case LogLevel::kError:
            return "error";
        case LogLevel::kWarn:
            return "warn";
        case LogLevel::kInfo:
            return "info";
    }
    return "";
}

}  // namespace

std::int64_t LogLinesLost() { return lost; }

void SetLogLevel(LogLevel level) { least = level; }

void Log(LogLevel level, std::string_view part, std::string_view text, std::string_view trace_id) {
    if (level > least) return;
    const Instant now = std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
    Json all = Json::Object({{"at", Json::String(FormatInstant(now))},
                             {"level", Json::String(Word(level))},
                             {"part", Json::String(std::string(part))},
                             {"text", Json::String(std::string(text))}});
    if (!trace_id.empty()) all.Set("trace_id", Json::String(std::string(trace_id)));
    const std::string line = WriteJson(all) + "\n";
    if (std::fwrite(line.data(), 1, line.size(), stderr) == line.size()) return;
    ++lost;
    std::clearerr(stderr);
}

}  // namespace returns::gateway
