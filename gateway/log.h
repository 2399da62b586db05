// One JSON line to standard error for what a person must know. Never per event, never secrets or
// personal data. Any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace returns::gateway {

enum class LogLevel { kError, kWarn, kInfo };

void SetLogLevel(LogLevel level);  // before threads start
// Lines that could not be written, since the disk behind standard error is full or nobody reads
// it. The gateway goes on without them.
std::int64_t LogLinesLost();
// `trace_id` where it belongs to a request or a command; see trace.h.
void Log(LogLevel level, std::string_view part, std::string_view text,
         std::string_view trace_id = {});

}  // namespace returns::gateway
