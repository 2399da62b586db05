// Checks the fuzzing itself: it reads past the end of an input that random bytes do not hit and
// that coverage leads to. A run that does not end with this finding proves nothing.
#include "tests/fuzz/fuzz.h"

#include <vector>

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::vector<std::uint8_t> copy(bytes, bytes + size);
    if (size < 4 || copy[0] != 'r' || copy[1] != 'e' || copy[2] != 'f') return 0;
    CHECK(copy.data()[size] <= 255);  // AddressSanitizer ends the run at this reading
    return 0;
}
