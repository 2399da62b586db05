// The money proof: everything that can happen to one small refund when its provider, the network
// and the customer's bank do their worst, played through the real `Decide`. A search over states,
// breadth first, so a bad end is found by its shortest way. Pure; any thread; seconds.
#pragma once

#include "workflows/rules.h"

#include <string>
#include <vector>

namespace returns::workflows {

// What the outside may do, and how far it is followed. Always: a request or an answer is lost, or
// late by any time; a notice is repeated, late, or overtakes another; the gateway dies at any
// moment; a look-up does not show what is there yet; time passes.
struct Adversary {
    bool bounces = false;   // paid refunds come back
    bool disputes = false;  // a chargeback at any time, won or lost
    bool by_hand = false;   // once, a person refunds it at the provider, without our name
    int requests = 1;       // for money, repeats included
    Delay remembers{24, Delay::Unit::kHours};  // a key, from its first request
    bool keeps_refusals = true;  // a key once refused stays refused; else its repeat may be paid
    bool absence_is_refusal = false;  // the connector calls "not found" a refusal
};

struct Proof {
    bool holds = false;
    std::string broken;              // the invariant, in words; "" where it holds
    std::vector<std::string> trace;  // how it came to that, a line for each step
    int states = 0, steps = 0, deepest = 0;
};

// REQUIRES: rules that verify (verify.h) and pass CheckDelays.
Proof ProveMoney(const Rules& rules, const Calendars& calendars, const ConnectionFacts& provider,
                 const Adversary& adversary);

// One search for all of it at once would take hours: each act lets some of it happen together.
struct Act {
    std::string title;
    Adversary adversary;
};
// Against that provider's own terms. In depth: more at once, for minutes each.
std::vector<Act> Acts(const ConnectionFacts& provider, bool in_depth);
// What is assumed in every act, a sentence each: part of every result shown.
std::vector<std::string> ProofBounds(const ConnectionFacts& provider);

}  // namespace returns::workflows
