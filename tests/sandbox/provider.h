// A payment provider with the manners of Stripe's refunds: form-encoded requests, an idempotency
// key that replays its first answer, a list to look things up, signed events. It keeps its own book
// of what really happened. Under the clockwork's mutex.
#pragma once

#include "schemas/json.h"
#include "tests/sandbox/clockwork.h"
#include "tests/sandbox/courier.h"
#include "tests/sandbox/faults.h"
#include "tests/sandbox/web.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace returns::sandbox {

class Provider {
public:
    Provider(Clockwork& clockwork, Courier& courier, const Faults& faults);

    void SetConnection(std::string name) { connection_ = std::move(name); }
    // Money the shop has taken: what refunds are paid from.
    void Capture(const std::string& payment, const std::string& order_id, std::int64_t amount_minor,
                 const std::string& currency);
    WebAnswer Serve(const WebRequest& request);

    Json Payments() const;
    Json Refunds() const;
    // Every request to pay that came, in order: under which key, and whether that key is free of
    // money for good (refused, or what it paid has failed).
    Json Attempts() const;
    Json Disputes() const;

private:
    struct Payment {
        std::string id, order_id, currency;
        std::int64_t captured = 0, refunded = 0, disputed = 0;
    };
    struct Refund {
        std::string id, payment, status, failure_reason;
        std::int64_t amount = 0, created = 0;
        Pairs metadata;
        std::string key;
        bool odd = false;  // while it is on its way it is called by a word of its own
        const std::string& said() const;
    };
    struct Stored {  // what a key was used for, and its answer
        Pairs parameters;
        WebAnswer answer;
    };
    struct Dispute {
        std::string id, payment, status;
        std::int64_t amount = 0, created = 0;
    };

    struct Attempt {
        std::string order_id, our_reference, key;
        int status = 0;
    };

    WebAnswer Create(const WebRequest& request);
    WebAnswer List(const WebRequest& request) const;
    std::optional<WebAnswer> Check(const Pairs& parameters) const;
    Refund& Pay(const Pairs& parameters, const std::string& key);
    bool IsClosed(const WebRequest& request);
    void WorkLater(const Pairs& parameters, const std::string& key, Dice& dice);
    void PlanByHand(const std::string& payment);
    void RefundByHand(const std::string& payment, std::int64_t percent);
    void PlanFate(const std::string& id);
    void Move(const std::string& id, const std::string& status, const std::string& why);
    void OpenDispute(const std::string& payment);
    void CloseDispute(const std::string& id, bool won);
    Json AsJson(const Refund& refund) const;
    Json AsJson(const Dispute& dispute) const;
    void SendEvent(const std::string& type, Json object, Json previous);

    Clockwork& clockwork_;
    Courier& courier_;
    const Faults& faults_;
    std::string connection_ = "stripe";
    std::map<std::string, Payment> payments_;
    std::map<std::string, Refund> refunds_;
    std::vector<std::string> order_;  // refunds, oldest first
    std::map<std::string, Stored> keys_;
    std::vector<Attempt> attempts_;
    std::map<std::string, Dispute> disputes_;
    Instant closed_until_ = kNoTime;
    int calls_ = 0, visits_ = 0, events_ = 0;
};

}  // namespace returns::sandbox
