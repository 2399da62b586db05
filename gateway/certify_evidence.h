// What was said, as it may be shown to others: without secrets and cut to a readable length.
// Values; any thread.
#pragma once

#include "connectors/manifest.h"
#include "gateway/certify.h"
#include "schemas/json.h"

#include <string>
#include <vector>

namespace returns::gateway::certify {

class Redaction {
public:
    // Knows the secrets among the settings in each form they travel in.
    Redaction(const connectors::Manifest& manifest, const Json& settings);

    // A secret that is not among the settings, such as one made wrong on purpose.
    void Add(const std::string& secret);
    std::string Clean(std::string text) const;

    std::string Of(const connectors::HttpRequest& request) const;
    std::string Of(const connectors::HttpResult& result) const;
    std::string Of(const Delivery& delivery) const;

private:
    std::string Excerpt(const std::string& first_line, const connectors::HttpHeaders& headers,
                        const std::string& body) const;

    std::vector<std::string> secrets_;         // longest first
    std::vector<std::string> secret_headers_;  // lower case
};

}  // namespace returns::gateway::certify
