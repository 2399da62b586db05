// The models of a case's timeline, for the templates, and what a person's action came to. Pure;
// any thread.
#pragma once

#include "gateway/case_view.h"
#include "schemas/json.h"

#include <string>
#include <vector>

namespace returns::gateway {

// Newest first. Operators also see the machines' own names.
Json TimelineModels(const Case& subject, const std::vector<TimelineRow>& rows, bool operator_view);

// Name, "<name>_iso" and "<name>_span" of a moment; nothing where it is not set.
void SetTimes(Json& model, const std::string& name, Instant at, Instant now);

// "1 × LAMP"
std::string SliceText(const Case& subject, const Slice& slice);

// {"tone", "text"} of the action journaled as `row`; null when there is no such action here.
Json ToldModel(const std::vector<TimelineRow>& rows, const std::string& row, bool operator_view);

}  // namespace returns::gateway
