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

}  // namespace returns::gateway
