// The network between us and the partners: requests that get lost, arrive late or not at all, and
// answers that do the same after the work was done. What is under way survives the death of the
// gateway that sent it; its answer then reaches nobody. One thread.
#pragma once

#include "tests/sim/scene.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace returns::sim {

// Answers one request at once; the network does the waiting.
class Partner {
public:
    virtual ~Partner() = default;
    virtual connectors::HttpAnswer Serve(const connectors::HttpRequest& request) = 0;
    // Whether a request may arrive after its sender has given it up.
    virtual bool TakesLate() const { return true; }
};

connectors::HttpAnswer Answer(int status, const Json& body);
// "a=1&b=2" as members, percent signs resolved.
std::map<std::string, std::string> ReadForm(std::string_view text);
std::string PathOf(const connectors::HttpRequest& request);
std::map<std::string, std::string> QueryOf(const connectors::HttpRequest& request);

class SimHttp final : public HttpClient {
public:
    SimHttp(Scene& scene, const std::map<std::string, Partner*>& partners)
        : scene_(scene), partners_(partners) {}

    void Submit(HttpCall call) override;
    std::vector<HttpCompletion> Take() override { return std::exchange(*done_, {}); }

    // Called before anything leaves, and before an answer is handed in: planted bugs and checks.
    std::function<void(HttpCall&)> on_submit;
    std::function<void(const HttpCall&, connectors::HttpResult&)> on_complete;

private:
    void Finish(const HttpCall& call, Millis after, connectors::HttpResult result);
    void Fail(const HttpCall& call, Millis after, connectors::TransportFailure failure);
    bool Obstructed(const HttpCall& call);
    void Carry(const HttpCall& call);

    Scene& scene_;
    const std::map<std::string, Partner*>& partners_;  // by base URL
    std::shared_ptr<std::vector<HttpCompletion>> done_ =
        std::make_shared<std::vector<HttpCompletion>>();
};

}  // namespace returns::sim
