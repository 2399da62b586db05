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

OneCall CallUntil(const HttpClientOptions& options, const std::string& base_url,
                  const connectors::HttpRequest& request,
                  const std::function<bool(const connectors::HttpResult&)>& enough) {
    constexpr auto kPause = std::chrono::milliseconds(200);
    while (true) {
        OneCall call = CallOnce(options, base_url, request);
        if (enough(call.result)) return call;
        std::promise<void> nothing;
        static_cast<void>(nothing.get_future().wait_for(kPause));
    }
}

}  // namespace returns::gateway
