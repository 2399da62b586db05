// A candidate partner judged by its papers: what an OpenAPI description or sample callbacks suggest
// it could tell us, and what would go blind. All of it is guessed from names and words, and says
// so. Pure; any thread.
#pragma once

#include "schemas/json.h"
#include "schemas/vocabulary.h"
#include "workflows/rules.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace returns::gateway {

struct FitPaper {
    std::string name;  // the file's
    Json json;
};

struct Fit {
    bool described = false;                           // at least one is an OpenAPI description
    bool pushes = false;                              // it speaks of webhooks or callbacks
    std::map<EventType, std::set<std::string>> told;  // by what words
    std::set<std::string> unknown_words;              // of statuses, that mean nothing to us
    std::map<std::string, std::string> used;          // their field -> what it is to us
    std::set<std::string> lost;                       // their fields we have no place for
    std::vector<std::string> missing;                 // what we need and no field looks like
};

Fit FitOf(const std::vector<FitPaper>& papers);

std::string FormatFit(const Fit& fit, const workflows::Rulebook& book);
Json FitJson(const Fit& fit, const workflows::Rulebook& book);

}  // namespace returns::gateway
