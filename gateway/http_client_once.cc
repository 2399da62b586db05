#include "gateway/http_client_once.h"

#include <future>

namespace returns::gateway {

OneCall CallOnce(HttpClientOptions options, const std::string& base_url,
                 connectors::HttpRequest request) {
    OneCall call;
    std::promise<void> done;
    options.workers = 1;
    options.trace = [&](const HttpTrace& trace) { call.trace = trace; };
    auto client = HttpClientAdapter::Make(std::move(options), [&] { done.set_value(); });
    if (!client.ok()) {
        call.result = {.failure = connectors::TransportFailure::kNotSent,
                       .detail = client.error().text};
        return call;
    }
    (*client)->Submit({1, base_url, std::move(request)});
    done.get_future().wait();
    call.result = std::move((*client)->Take().at(0).result);
    return call;
}

}  // namespace returns::gateway
