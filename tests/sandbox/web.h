// The sandbox's HTTP server on loopback: whole requests in, answers out, also late or lost ones.
// One function answers everything, called with the given mutex held; waiting happens outside it.
#pragma once

#include "connectors/http.h"
#include "schemas/json.h"
#include "schemas/time.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace returns::sandbox {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct WebRequest {
    std::string method, path;
    Pairs query;  // decoded
    connectors::HttpHeaders headers;
    std::string body;

    std::string_view Header(std::string_view name) const;
    std::string Query(std::string_view name) const;  // "" when absent
};

struct WebAnswer {
    int status = 200;
    connectors::HttpHeaders headers;
    std::string body;
    Millis delay{0};    // real time
    bool lost = false;  // the connection is cut instead
};

WebAnswer JsonAnswer(int status, const Json& body);
Pairs DecodeForm(std::string_view text);  // application/x-www-form-urlencoded

class Web {
public:
    using Answer = std::function<WebAnswer(const WebRequest&)>;
    Web(int port, std::mutex& mutex, Answer answer);  // port 0: any; throws when it is taken
    ~Web();
    int port() const;
    void Stop();

private:
    struct Server;
    std::unique_ptr<Server> server_;
};

}  // namespace returns::sandbox
