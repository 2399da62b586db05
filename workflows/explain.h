// Why the money is not there yet, who can change that and when, in three registers; the one source
// of wording for pages, API, chat, text message and speech. Pure; any thread.
#pragma once

#include "schemas/case.h"
#include "workflows/rules.h"

#include <string>
#include <vector>

namespace returns::workflows {

enum class Audience : std::uint8_t { kCustomer, kAgent, kOperator };

struct Explanation {
    std::string headline;      // one sentence: "Your parcel has arrived and is being checked."
    std::string why_not;       // what is unmet: "" when the money is done
    std::string owner;         // who must act: us, customer, carrier, partner, provider, agent, ...
    Instant next_at = kNever;  // when a timer forces what `next` says
    std::string next;          // what happens then
    std::string action;        // what the reader can do; "" when nothing
};

// A return's computed status: its least advanced live slice, in one word of the customer wording
// (requested, send_it, on_its_way, arrived, checking, approved, at_bank, done, need_you,
// our_fault).
std::string StatusWord(const Case& subject, const std::string& return_id, const Rulebook& book);

Explanation Explain(const Case& subject, const std::string& return_id, Audience audience,
                    const Rulebook& book);

enum class Channel : std::uint8_t { kPage, kSms, kVoice, kAgent };
// The same as running text; kSms stays within 160 characters, kVoice spells out amounts and dates.
std::string Say(const Case& subject, const std::string& return_id, Channel channel,
                const Rulebook& book);

}  // namespace returns::workflows
