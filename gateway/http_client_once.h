// One outbound call, waited for: for command lines, never for the lane.
#pragma once

#include "gateway/http_client.h"

namespace returns::gateway {

struct OneCall {
    connectors::HttpResult result;
    HttpTrace trace;
};
OneCall CallOnce(HttpClientOptions options, const std::string& base_url,
                 connectors::HttpRequest request);

// Again and again, a fifth of a second apart, until `enough` says so of a result.
OneCall CallUntil(const HttpClientOptions& options, const std::string& base_url,
                  const connectors::HttpRequest& request,
                  const std::function<bool(const connectors::HttpResult&)>& enough);

}  // namespace returns::gateway
