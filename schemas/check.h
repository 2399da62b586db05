// CHECK: an invariant that no input can break. It stays on in production; a broken one stops the
// process, because going on would act on a state nobody reasoned about. Any thread.
#pragma once

namespace returns {

// Writes one line to standard error and aborts.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace returns

#define CHECK(condition) \
    ((condition) ? static_cast<void>(0) : ::returns::CheckFailed(#condition, __FILE__, __LINE__))
