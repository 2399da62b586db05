// Whom outbound calls trust, as text: for certificates that are checked apart from a connection.
// Reads files. Any thread.
#pragma once

#include "schemas/result.h"

#include <string>

namespace returns::gateway {

// In PEM: `ca_file`, or where it is empty what the system trusts. An error says what is missing.
Result<std::string> TrustedAuthorities(const std::string& ca_file);

}  // namespace returns::gateway
