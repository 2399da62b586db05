// The outside systems with books of their own, which is what our books are compared with: a
// payment provider, a warehouse, a service desk. Each speaks its connector's field names. One
// thread.
#pragma once

#include "tests/sim/sim_http.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace returns::sim {

// A callback to be delivered: until somebody says it has been taken.
struct Call {
    std::string connection, id, body;
    connectors::HttpHeaders headers;
};
using CallBack = std::function<void(Call)>;

// A refund as those who pay it know it.
struct Payment {
    std::string id, reference, payment, order_id, return_id;
    std::int64_t amount_minor = 0;
    std::string status;  // pending, succeeded, failed
    bool bounced = false;
    bool alive() const { return status != "failed"; }
    bool paid() const { return status == "succeeded"; }
};

// Stores the first answer per key for its window and compares what is asked again. Enforces no
// limit of its own, so that only we keep the sums right.
class Provider final : public Partner {
public:
    Provider(Scene& scene, CallBack call_back) : scene_(scene), call_back_(std::move(call_back)) {}

    connectors::HttpAnswer Serve(const connectors::HttpRequest& request) override;
    void PayByHand(const std::string& payment, const std::string& order_id, std::int64_t amount);
    void Dispute(const std::string& payment, const std::string& order_id, std::int64_t amount);

    const std::vector<Payment>& book() const { return book_; }
    std::int64_t ChargedBack(const std::string& payment) const;
    const CallBack& call_back() const { return call_back_; }
    std::function<void(const Payment&)> on_paid;  // whenever money of ours starts to move
    Millis key_window = kDay;

private:
    struct Stored {
        std::string asked;
        connectors::HttpAnswer answer;
        Millis at;
    };
    connectors::HttpAnswer Create(const connectors::HttpRequest& request);
    connectors::HttpAnswer List(const connectors::HttpRequest& request) const;
    Payment& Book(Payment payment);
    Json Tell(const Payment& payment) const;
    void Settle(std::size_t at);
    void Bounce(std::size_t at);
    void Say(const Payment& payment, const std::string& before);
    void Event(const std::string& type, const Json& object, const std::string& before);

    Scene& scene_;
    CallBack call_back_;
    std::map<std::string, Stored> keys_;
    std::vector<Payment> book_;
    std::map<std::string, std::int64_t> charged_back_;  // lost, by payment
    std::map<std::string, bool> disputed_;
    std::int64_t events_ = 0;
};

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
