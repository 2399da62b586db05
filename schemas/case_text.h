// What the store writes and reads with every event, as text and without a tree between: EncodeCase,
// DecodeCase, Diff and Apply of case.h and EncodeEnvelope of event.h are the same through a tree.
// Pure; any thread.
#pragma once

#include "schemas/case.h"

#include <string>
#include <string_view>

namespace returns {

void AppendCase(const Case& subject, std::string& out);
Result<Case> ReadCase(std::string_view text);

void AppendDiff(const Case& before, const Case& after, std::string& out);
Status ApplyText(Case& subject, std::string_view diff);

void AppendEnvelope(const Envelope& event, std::string& out);
std::string EnvelopeText(const Envelope& event);

}  // namespace returns
