// The payment provider of a simulated world, with books of its own, which is what our books are
// compared with. Speaks its connector's field names. One thread.
#pragma once

#include "tests/sim/sim_http.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
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
    bool odd = false;  // while it is pending it is called by a word of its own
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
    // The shop gives up: the open dispute will be lost.
    void Concede(const std::string& payment) { conceded_.insert(payment); }
    std::int64_t ChargedBack(const std::string& payment) const;
    const CallBack& call_back() const { return call_back_; }
    std::function<void(const Payment&)> on_paid;  // whenever money of ours starts to move
    Millis key_window = kDay;
    bool answers_later = false;  // says only that it has heard; notices tell the rest

private:
    struct Stored {
        std::string asked;
        connectors::HttpAnswer answer;
        Millis at;
    };
    bool IsClosed(const connectors::HttpRequest& request);
    std::string Refuses(const std::string& payment);  // a code; "" for none
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
    std::set<std::string> conceded_;
    Millis closed_until_{0};
    bool topped_up_late_ = false;  // the next one is queued until the shop has money there
    std::int64_t events_ = 0;
};

}  // namespace returns::sim
