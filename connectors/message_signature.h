// HTTP message signatures (RFC 9421) of a request: what one of them says of itself, and the text it
// covers. Taken is what callbacks need: plain header fields and the parts of the address;
// components with parameters of their own are refused. Plain functions; any thread.
#pragma once

#include "connectors/signature.h"
#include "schemas/result.h"
#include "schemas/time.h"

#include <string>
#include <string_view>
#include <vector>

namespace returns::connectors {

struct MessageSignature {
    std::vector<std::string> covered;  // "content-digest", "@method"
    std::string base;                  // what is signed
    std::string raw;                   // the signature
    std::string key_id, algorithm;     // "" where it does not say
    Instant created = kNoTime, expires = kNoTime;
};

// The signature of that label; of "", the only one there is. kNotFound: there is none. kInvalid:
// it cannot be read, or covers what the request does not have.
Result<MessageSignature> ReadMessageSignature(const SignedRequest& request, std::string_view label);

// Whether the header Content-Digest (RFC 9530) has a digest we know, and all of those are right.
bool DigestFits(const SignedRequest& request);
std::string ContentDigest(std::string_view body);

// The headers of a signature over these components, and the text to sign. `sign` gives raw bytes.
struct MessageToSign {
    std::string input, base;  // of Signature-Input, without the label
};
Result<MessageToSign> MessageFor(const SignedRequest& request,
                                 const std::vector<std::string>& covered, Instant created,
                                 std::string_view key_id);

}  // namespace returns::connectors
