#include "schemas/check.h"

#include <cstdio>
#include <cstdlib>

namespace returns {

void CheckFailed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "backhaul: invariant broken: %s at %s:%d\n", condition, file, line);
    std::abort();
}

}  // namespace returns
