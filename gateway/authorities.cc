#include "gateway/authorities.h"

#include <fstream>
#include <sstream>

namespace returns::gateway {
namespace {

// Where Debian keeps them in one file.
constexpr const char* kSystemFile = "/etc/ssl/certs/ca-certificates.crt";

}  // namespace

Result<std::string> TrustedAuthorities(const std::string& ca_file) {
    const std::string path = ca_file.empty() ? kSystemFile : ca_file;
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) {
        return Invalid("reading the authorities that certificates are checked against: '" + path +
                       "' cannot be read; install ca-certificates or set client_ca_file");
    }
    return text.str();
}

}  // namespace returns::gateway
