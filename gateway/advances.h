// What stands paid ahead of its goods over all orders, for the policy's budget: kept up with every
// committed case, filled from the store in spare time at the start. Until all is counted nothing is
// said, and a budget lets nothing through. One thread, the lane's.
#pragma once

#include "gateway/engine.h"
#include "workflows/rules.h"

#include <cstdint>
#include <map>
#include <string>

namespace returns::gateway {

class Advances {
public:
    // Both outlive it; `book` is told the sums.
    Advances(Engine& engine, workflows::Rulebook& book);
    Advances(const Advances&) = delete;
    Advances& operator=(const Advances&) = delete;

    // Looks through the next cases the store has; false when there are no more.
    bool Fill();

private:
    void Note(const Case& subject);

    struct Share {
        std::string currency;
        std::int64_t minor = 0;
    };
    Engine& engine_;
    workflows::Rulebook& book_;
    std::map<CaseKey, Share> shares_;  // of cases that have any
    workflows::Amounts sums_;
    std::int64_t filled_to_ = 0;
    bool filled_ = false;
};

}  // namespace returns::gateway
