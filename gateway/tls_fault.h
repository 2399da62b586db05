// Why the other side's certificate was not believed, in OpenSSL's words ("certificate has
// expired"): Poco's exception only says that it was not. Each thread sees its own handshakes.
#pragma once

#include <string>

namespace returns::gateway {

void NoteTlsFaults();        // from now on, once for the process
std::string TakeTlsFault();  // since the last call on this thread; "" for none

}  // namespace returns::gateway
