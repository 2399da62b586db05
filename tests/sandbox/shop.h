// The retailer: takes orders and return requests as a seeded story, tells them on its topics (most
// in our vocabulary, some in a foreign system's own form), and pays the refunds it is asked to pay
// itself. Under the clockwork's mutex.
#pragma once

#include "schemas/json.h"
#include "tests/sandbox/clockwork.h"
#include "tests/sandbox/faults.h"
#include "tests/sandbox/provider.h"
#include "tests/sandbox/web.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace returns::sandbox {

struct OrderLine {
    std::string id, sku;
    int quantity = 0, returned = 0;
    std::int64_t price = 0;  // minor units, for one
    std::string cause;       // of the return, in our words
    std::int64_t Tax() const;
};

struct Tender {
    std::string id, kind, connection, reference;
    std::int64_t amount = 0, refunded = 0;
};

struct Order {
    std::string id, return_id, currency, jurisdiction, buyer;
    bool foreign = false;
    std::int64_t shipping = 0;
    std::vector<OrderLine> lines;
    std::vector<Tender> tenders;
    std::int64_t Total() const;
};

class Shop {
public:
    using Put = std::function<void(const std::string& topic, const std::string& key,
                                   const std::optional<std::string>& value, const Pairs& headers)>;
    Shop(Clockwork& clockwork, const Faults& faults, Provider& provider, Put put);

    void SetPayment(std::string connection) { payment_ = std::move(connection); }
    void Play(int returns);                     // plans the whole story; once
    void ReadStatus(const std::string& value);  // a record of returns.status
    // GET /orders/{no}: orders of the story, and those from before it, O-15000 to O-15999.
    WebAnswer Serve(const WebRequest& request);

    Json Refunds() const;   // those the shop paid itself
    Json Attempts() const;  // every request to pay, by its id; see Provider
    Json Orders() const;
    Json Progress() const;

private:
    struct Paid {
        std::string order_id, return_id, tender_id, our_reference, their_reference, currency;
        std::string status;
        std::int64_t amount = 0;
    };

    Order MakeOrder(int number);
    void PlanOrder(const Order& order);
    void Tell(const Order& order, const std::string& what, const std::string& type, Json content);
    void TellPlaced(const Order& order);
    void TellCaptured(const Order& order);
    void TellDelivered(const Order& order);
    void TellReturn(const Order& order);
    void Send(const Order& order, const std::string& topic, const std::string& value,
              const Pairs& headers);
    void Pay(const Json& event);
    void TellRefund(const std::string& no, const std::string& type);

    Clockwork& clockwork_;
    const Faults& faults_;
    Provider& provider_;
    Put put_;
    std::string payment_ = "stripe";
    std::map<std::string, Order> orders_;
    std::map<std::string, Paid> paid_;  // by their reference
    std::set<std::string> seen_;        // ids of requests to pay
    std::map<std::string, std::int64_t> statuses_;
    struct Attempt {
        std::string order_id, our_reference, key;
    };
    std::vector<Attempt> attempts_;
    int planned_ = 0, placed_ = 0, requested_ = 0, sent_ = 0;
};

// The same facts in the foreign system's form.
namespace foreign {
Json Placed(const Order& order, const std::string& id, const std::string& at);
Json Kept(const Order& order, const std::string& at);  // as its own interface shows it
Json Delivered(const Order& order, const std::string& id, const std::string& at);
Json Requested(const Order& order, const std::string& id, const std::string& at);
Json Refunded(const Order& order, const std::string& id, const std::string& at,
              const std::string& asked, const std::string& no, std::int64_t amount);
}  // namespace foreign

}  // namespace returns::sandbox
