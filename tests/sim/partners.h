// The outside systems with books of their own, which is what our books are compared with: a
// payment provider, a warehouse, a service desk. Each speaks its connector's field names. One
// thread.
#pragma once

#include "tests/sim/provider.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace returns::sim {

class Warehouse final : public Partner {
public:
    // `connection`: under which name it calls back.
    Warehouse(Scene& scene, CallBack call_back, std::string connection)
        : scene_(scene), call_back_(std::move(call_back)), connection_(std::move(connection)) {}

    connectors::HttpAnswer Serve(const connectors::HttpRequest& request) override;
    // The most units of the return it has ever called acceptable, by article.
    std::map<std::string, std::int64_t> accepted(const std::string& reference) const;
    bool Knows(const std::string& reference) const;
    bool HasCompleted(const std::string& reference) const;

    enum class Stage : std::uint8_t { kArrival, kOpening, kGrading };
    // How long until that happens to the parcel; nothing: never. Unset: as chance has it.
    std::function<std::optional<Millis>(const std::string& reference, Stage)> pace;
    bool flawless = false;      // tells of every opening; all is there, and good
    bool deaf = false;          // its callbacks never arrive: it has to be asked
    bool wants_tokens = false;  // of an hour; forgets one now and then

private:
    struct Item {
        std::int64_t inventory = 0, quantity = 0, accepted = 0, rejected = 0;
    };
    struct Expected {
        std::string reference, status = "AwaitingArrival";
        std::vector<Item> items;
        std::string arrived, processing, completed;
    };
    connectors::HttpAnswer GiveToken(const connectors::HttpRequest& request);
    bool LetsIn(const connectors::HttpRequest& request);
    connectors::HttpAnswer Create(const Json& body);
    connectors::HttpAnswer Cancel(const std::string& path);
    connectors::HttpAnswer List(const std::string& reference) const;
    connectors::HttpAnswer ListOpen(const std::string& cursor) const;
    Json Tell(std::size_t at) const;
    void Later(std::size_t at, Stage stage, Millis low, Millis high, std::function<void()> what);
    void Live(std::size_t at);
    void Arrive(std::size_t at);
    void Complete(std::size_t at, bool regrade);
    void Say(std::size_t at);

    Scene& scene_;
    CallBack call_back_;
    const std::string connection_;
    std::vector<Expected> expected_;
    std::map<std::pair<std::string, std::int64_t>, std::int64_t> accepted_;
    std::map<std::string, Millis> tokens_;  // until when each is good
    std::int64_t calls_ = 0, given_ = 0;
};

// Takes whatever it is told: two creates are two incidents.
class Desk final : public Partner {
public:
    Desk(Scene& scene, CallBack call_back) : scene_(scene), call_back_(std::move(call_back)) {}

    connectors::HttpAnswer Serve(const connectors::HttpRequest& request) override;
    bool TakesLate() const override { return false; }

    struct Incident {
        std::string reference, state = "New";
        bool hasty = false;  // asked for just after our clock had jumped
    };
    const std::vector<Incident>& incidents() const { return incidents_; }  // id is place + 1

private:
    Json Tell(std::size_t at) const;
    void MayBeResolved(std::size_t at);

    Scene& scene_;
    CallBack call_back_;
    std::vector<Incident> incidents_;
    bool down_ = false;
};

}  // namespace returns::sim
