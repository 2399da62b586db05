// What all commands share: how they end, how they speak, and what they forget before mappings run.
// The process's one thread.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace returns::gateway {

inline constexpr int kGood = 0, kFailed = 1, kBadUsage = 2;  // exit codes

inline void Print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

// Gives the code back, so that a command can end with it.
inline int Complain(const std::string& text, int code) {
    std::fprintf(stderr, "backhaul: %s\n", text.c_str());
    return code;
}

// What mappings could reach of the process's surroundings is gone before they run. REQUIRES: what
// settings name by env: has been read.
inline void ForgetSurroundings() {
    clearenv();
    setenv("TZ", "UTC", 1);
}

}  // namespace returns::gateway
