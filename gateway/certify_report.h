// What a run came to, for programs (schemas/certify.json) and for people. Pure; any thread.
#pragma once

#include "gateway/certify.h"
#include "schemas/json.h"

#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway::certify {

struct Tally {
    int passed = 0, failed = 0, not_tested = 0;
    // A: nothing failed. B, C, D: by what the worst failure costs, a nuisance, time, money.
    // "-": nothing was tested.
    std::string grade = "-";
};
Tally TallyOf(const Report& report, std::string_view area);  // "" for all
// Something was tested and nothing failed.
bool IsPassed(const Report& report);
std::string_view WordOf(Judgement::Result result);  // "passed", "failed", "not tested"

Json ReportJson(const Report& report);
// One page that needs nothing else: no script, no font, no other file.
std::string ReportPage(const Report& report);
// The lines after the last case.
std::string ReportText(const Report& report);

}  // namespace returns::gateway::certify
