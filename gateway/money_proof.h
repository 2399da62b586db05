// Which money proofs (workflows/prove.h) have been made: by machines, policy, a provider's terms
// and this program's version. They take seconds and are made when one of these changes; a start
// only looks them up, in proofs.json beside the definitions. Any thread.
#pragma once

#include "gateway/definitions.h"

#include <map>
#include <string>
#include <vector>

namespace returns::connectors {
class Connector;
}

namespace returns::gateway {

using Proofs = std::map<std::string, std::string>;  // id → what was searched, in words

// REQUIRES: the connector has a `payment`.
workflows::ConnectionFacts ProviderFacts(const connectors::Connector& connector);

std::string ProofId(const std::string& rules_hash, const workflows::ConnectionFacts& provider);
// The text of proofs.json with these in it; "" makes a new one.
Result<std::string> WithProofs(const std::string& text, const Proofs& made);
// For each payment connection that is not proven, what it is and what to do. An error when there is
// a proofs.json that cannot be read.
Result<std::vector<std::string>> Unproven(const DefinitionFiles& files,
                                          const workflows::Rulebook& book);

}  // namespace returns::gateway
