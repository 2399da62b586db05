// Plain words for what machines, events and sources are called, for the pages. Constants; any
// thread.
#pragma once

#include "gateway/journal.h"
#include "schemas/refund.h"
#include "schemas/return.h"

#include <string>
#include <string_view>

namespace returns::gateway {

std::string_view PlainState(ReturnState state);  // "on its way"
std::string_view PlainState(RefundState state);
// By a state's name, as journal rows have it; the name itself when it is unknown.
std::string PlainState(workflows::MachineKind kind, const std::string& name);

std::string PlainEvent(const Envelope& event);             // "The parcel was delivered"
std::string PlainSource(const Envelope& event);            // "said by shipbob-eu"
std::string_view PlainVerdict(const JournalEntry& entry);  // "" when it moved something

// A status word as the people who work on a return read it: "Waits for the customer".
std::string PlainStatus(const std::string& word);
// A decision's reason with the machines' own names put into plain words.
std::string PlainReason(const std::string& reason);
// An action as a button says it: "Cancel the return"; any other by its own name.
std::string PlainAction(std::string_view action);
// What it means that a guard of an action is not met: "its refund is already due"; "" for others.
std::string PlainUnmet(std::string_view guard);
// What is asked of a partner: "pay the refund".
std::string PlainOperation(std::string_view operation);
// What an attempt at a command came to: "We asked desk to open a ticket".
std::string PlainAttempt(EventType outcome, std::string_view operation, const std::string& partner);

// "in 3 hours", "2 days ago", "now"; "" when either is not set.
std::string PlainSpan(Instant now, Instant at);
// "22 Nov 2026, 16:45 UTC"; "" for kNoTime and kNever.
std::string PlainTime(Instant at);

}  // namespace returns::gateway
