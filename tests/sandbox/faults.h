// How often the simulated world misbehaves, in percent, by name. Values; under the clockwork's
// mutex.
#pragma once

#include "schemas/json.h"
#include "schemas/result.h"
#include "tests/sandbox/dice.h"

#include <cstdint>
#include <map>
#include <string>

namespace returns::sandbox {

class Faults {
public:
    Faults();
    // Whether this mishap happens now; counted when it does. REQUIRES: a known name.
    bool Strikes(Dice& dice, const std::string& name) const;
    // The same in two steps, where what was drawn may still not come about.
    bool Drawn(Dice& dice, const std::string& name) const;
    void Note(const std::string& name) const { ++struck_[name]; }
    // {"payment.lost_answer": 5}; kInvalid, and nothing set, for unknown names and bad rates.
    Status Set(const Json& rates);
    void Clear();  // all to zero
    Json Rates() const;
    Json Struck() const;  // how often each has happened, those that have

private:
    std::map<std::string, int> rates_;
    mutable std::map<std::string, std::int64_t> struck_;
};

}  // namespace returns::sandbox
