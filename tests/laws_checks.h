// The laws of the source tree: each looks at one file and says what breaks it and where.
// Pure; any thread.
#pragma once

#include "tests/laws_source.h"

#include <string>
#include <vector>

namespace returns::laws {

struct Violation {
    int line = 0;
    std::string text;
};
using Violations = std::vector<Violation>;

Violations IncludeArrows(const SourceFile& file);
Violations ThirdPartyHeaders(const SourceFile& file);
Violations RefusedParts(const SourceFile& file);
Violations BannedCalls(const SourceFile& file);
Violations ThreadsAndWaiting(const SourceFile& file);
Violations FileLength(const SourceFile& file);
Violations FunctionLength(const SourceFile& file);
Violations LineLength(const SourceFile& file);
Violations TypeNames(const SourceFile& file);
Violations Ownership(const SourceFile& file);
Violations PragmaOnce(const SourceFile& file);
Violations ProviderNames(const SourceFile& file);
Violations MachinePaths(const SourceFile& file);
Violations UnfinishedMarks(const SourceFile& file);

}  // namespace returns::laws
