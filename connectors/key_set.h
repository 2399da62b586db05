// The public keys a partner signs with, as it publishes them (JWKS, RFC 7517). Fetching them is the
// caller's; or as certificates, one under each address. Immutable; any thread.
#pragma once

#include "connectors/crypto.h"
#include "schemas/result.h"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace returns::connectors {

class KeySet {
public:
    // Keys for other uses and of kinds unknown here are left out. Refused: a set without a key
    // left, one key id twice, a signing key that is broken or too weak, and private or shared keys
    // in it.
    static Result<KeySet> Read(std::string_view text);

    // One more key, as a set of its own; an older one of that id gives way.
    KeySet With(const std::string& id, const PublicKey& key) const;

    const PublicKey* Find(std::string_view id) const;  // null: there is none
    std::size_t size() const { return keys_.size(); }

private:
    std::map<std::string, PublicKey, std::less<>> keys_;
};

}  // namespace returns::connectors
