#include "gateway/http_client.h"

#include <algorithm>
#include <charconv>

namespace returns::gateway {
namespace {

bool IsHostLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

bool IsPathLetter(char c) { return c > 0x20 && c < 0x7f && c != '?' && c != '#' && c != '\\'; }

Error Wrong(const std::string& text, std::string_view what) {
    return Invalid("'" + text + "' " + std::string(what));
}

}  // namespace

Result<BaseUrl> ParseBaseUrl(const std::string& text) {
    BaseUrl out;
    std::string_view rest = text;
    if (rest.substr(0, 8) == "https://") {
        rest.remove_prefix(8);
    } else if (rest.substr(0, 7) == "http://") {
        rest.remove_prefix(7);
        out.tls = false;
        out.port = 80;
    } else {
        return Wrong(text, "is not a URL that starts with https:// or http://");
    }
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    std::string_view host = rest.substr(0, slash);
    std::string_view path = rest.substr(slash);
    while (!path.empty() && path.back() == '/') path.remove_suffix(1);
    if (!std::all_of(path.begin(), path.end(), IsPathLetter))
        return Wrong(text, "has a query, a fragment or an unescaped character in its path");
    std::string_view port;
    if (!host.empty() && host.front() == '[') {
        const std::size_t end = std::min(host.find(']'), host.size());
        port = host.substr(std::min(end + 1, host.size()));
        host = host.substr(1, end - 1);
        if (end == slash || host.find_first_not_of("0123456789abcdefABCDEF:.") != host.npos)
            host = {};
    } else {
        const std::size_t colon = std::min(host.find(':'), host.size());
        port = host.substr(colon);
        host = host.substr(0, colon);
        if (!std::all_of(host.begin(), host.end(), IsHostLetter)) host = {};
    }
    if (host.empty()) return Wrong(text, "has no plain host name");
    if (!port.empty()) {
        const auto [end, error] =
            std::from_chars(port.data() + 1, port.data() + port.size(), out.port);
        if (port.front() != ':' || error != std::errc() || out.port == 0 ||
            end != port.data() + port.size())
            return Wrong(text, "has a bad port");
    }
    out.host = std::string(host);
    out.path = std::string(path);
    return out;
}

bool IsLoopbackName(std::string_view host) {
    if (host == "localhost" || host == "::1") return true;
    // An address, not a name that begins like one: 127.example.org is somebody else's.
    return host.substr(0, 4) == "127." &&
           host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace returns::gateway
