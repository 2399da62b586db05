// Checks a machine before it may run, and draws it. Pure; any thread.
#pragma once

#include "workflows/machine.h"
#include "workflows/rules.h"

#include <string>
#include <vector>

namespace returns::workflows {

struct Finding {
    std::string rule;  // reachable, deterministic, meta, timer, closable, no_timer_to_money
    std::string text;  // in words, with the shortest bad path: "REQUESTED, after 2d: ACCEPTED"
};

// Structure: every state reachable; rows deterministic (an unguarded edge is the last, guards do
// not repeat); every non-final state has owner, wording, agent action and a timer whose last row
// moves or reenters; every state can reach a final one by timers and our own commands alone; no
// path of timers alone leads to money (return: into ACCEPTED or KEPT; refund: from NOT_DUE into
// DUE or READY, from UNKNOWN or FAILED into READY or SUBMITTING). Empty: good.
std::vector<Finding> Verify(const Machine& machine);

// The machine as a Mermaid state diagram.
std::string Graph(const Machine& machine);

}  // namespace returns::workflows
