// A command that works on what strangers wrote, or waits for what strangers do, ends by itself. It
// runs in a process of its own, so that whoever made temporary files is there to take them away.
// For the command line, which has one thread.
#pragma once

#include <functional>
#include <string>

namespace returns::gateway {

inline constexpr int kMinutesMax = 24 * 60;

// What the work gives, or 1 with these words on standard error when the time is over.
int RunWithin(int minutes, const std::string& words, const std::function<int()>& work);
// The same in seconds, for tests.
int RunWithinSeconds(unsigned seconds, const std::string& words, const std::function<int()>& work);

}  // namespace returns::gateway
