#include "gateway/case_walk.h"

namespace returns::gateway {

Result<std::int64_t> WalkCases(Engine& engine, std::int64_t after, int n,
                               const Engine::Listener& listener) {
    ASSIGN_OR_RETURN(const KeysPage page, engine.archive().Cases(after, n));
    for (const CaseKey& key : page.keys) {
        const auto subject = engine.Read(key);
        if (subject.ok() && *subject != nullptr) listener(**subject);
    }
    return page.next;
}

}  // namespace returns::gateway
