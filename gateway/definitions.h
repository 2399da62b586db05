// Loads what `decide` follows: machine files, policy, calendars, wording; remembers by hash what
// returns were promised. One thread, at start.
#pragma once

#include "gateway/ports.h"
#include "workflows/rules.h"

#include <map>
#include <memory>
#include <string>

namespace returns::gateway {

// File texts by their path below workflows/: "machines/return.json", "policies/default.json", ...
// and "proofs.json", where there is one.
using DefinitionFiles = std::map<std::string, std::string>;
Result<DefinitionFiles> ReadDefinitionFiles(const std::string& folder);

class Definitions {
public:
    // Compiles, checks delays and verifies the structure; any finding is an error.
    static Result<std::unique_ptr<Definitions>> Load(const DefinitionFiles& files,
                                                     const std::string& language);
    // Rules that open returns were promised, kept in the database by hash ("rules:<hash>").
    Status Remember(Archive& archive, std::map<std::string, std::string>& meta_to_write);

    workflows::Rulebook& book() { return book_; }

private:
    workflows::Rulebook book_;
    std::string kept_;  // the texts of the newest rules, as one JSON document
    std::map<std::string, std::unique_ptr<workflows::Rules>> rules_;
};

// The idempotency key of a case's command: base32(HMAC-SHA256(deployment secret; store generation,
// shop, order, number)), 26 to 45 characters. Stable for ever, and different after a restore.
std::string MintKey(std::string_view secret, std::int64_t generation, const CaseKey& key,
                    std::int64_t command);

}  // namespace returns::gateway
