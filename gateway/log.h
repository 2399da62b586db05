// One JSON line to standard error for what a person must know. Never per event, never secrets or
// personal data. Any thread.
#pragma once

#include <string_view>

namespace returns::gateway {

enum class LogLevel { kError, kWarn, kInfo };

void SetLogLevel(LogLevel level);  // before threads start
void Log(LogLevel level, std::string_view part, std::string_view text);

}  // namespace returns::gateway
