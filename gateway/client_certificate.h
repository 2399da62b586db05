// The TLS certificate a caller showed to the proxy in front, as that proxy tells it in the headers
// X-Client-Verify (SUCCESS), X-Client-Subject and X-Client-Cert (the certificate as PEM, escaped as
// in URLs). Believed is a proxy of listen.proxies alone, which must set all three for every
// request; deploy/nginx does. Pure; any thread.
#pragma once

#include "gateway/http_door.h"
#include "schemas/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

// A certificate is named by its fingerprint, "sha256:" and 64 hex digits with or without colons, or
// by the subject some authority of the proxy's vouches for, "subject:CN=acme,O=Acme" (RFC 2253).
Status CheckCertificateName(std::string_view name);

// Whether the request came with one of them. No names: none is asked for.
bool HasCertificate(const std::vector<std::string>& names, const DoorRequest& request);

}  // namespace returns::gateway
