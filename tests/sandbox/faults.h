// How often the simulated world misbehaves, in percent, by name. Values; under the clockwork's
// mutex.
#pragma once

#include "schemas/json.h"
#include "schemas/result.h"

#include <map>
#include <string>

namespace returns::sandbox {

class Faults {
public:
    Faults();
    int operator[](const std::string& name) const;  // REQUIRES: a known name
    // {"payment.lost_answer": 5}; kInvalid, and nothing set, for unknown names and bad rates.
    Status Set(const Json& rates);
    void Clear();  // all to zero
    Json Rates() const;

private:
    std::map<std::string, int> rates_;
};

}  // namespace returns::sandbox
