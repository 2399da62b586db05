// One payment provider's book behind the faces of three: what they take, answer and tell, signed as
// each of them signs, with one memory of keys and one record of what really moved. One thread.
#pragma once

#include "connectors/connector.h"
#include "gateway/ports.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace returns::gateway {

struct BookedRefund {
    std::string id, payment, ours;  // ours: the reference we gave it; "" for one made by hand
    std::int64_t amount_minor = 0;
    bool alive = true;  // the money is with the customer, or on its way there
};

struct SignedNotice {
    connectors::HttpHeaders headers;
    std::string body;
};

class ProviderFace {
public:
    virtual ~ProviderFace() = default;
    virtual const char* folder() const = 0;  // of its connector
    virtual Json Settings() const = 0;
    virtual const connectors::KeySet* keys() const { return nullptr; }

    connectors::HttpAnswer Serve(const connectors::HttpRequest& request);
    SignedNotice Paid(const BookedRefund& refund);
    SignedNotice Failed(const BookedRefund& refund);
    SignedNotice Disputed(const std::string& payment, std::int64_t amount_minor);

    BookedRefund& PayByHand(const std::string& payment, std::int64_t amount_minor);
    std::vector<BookedRefund*> Of(const std::string& payment);

    connectors::Connector* connector = nullptr;  // ours, for its recipe
    Instant now = kNoTime;
    bool closed = false;  // the account: whoever calls is turned away
    int turned_away = 0;
    int created = 0;  // requests to pay that were looked at, repeats of a key among them

protected:
    // The refund made under the key, the first time and every time after.
    const BookedRefund& Create(const std::string& payment, const std::string& ours,
                               std::int64_t amount_minor, const std::string& key);
    virtual connectors::HttpAnswer Take(const connectors::HttpRequest& request) = 0;
    virtual connectors::HttpAnswer TurnAway() const = 0;
    virtual Json Tell(const BookedRefund& refund, const std::string& what) = 0;
    virtual Json TellDispute(const std::string& payment, std::int64_t amount_minor) = 0;
    virtual SignedNotice Sign(const Json& body) = 0;
    std::string NewId(const std::string& prefix) { return prefix + std::to_string(++ids_); }
    std::vector<std::unique_ptr<BookedRefund>> book_;

private:
    std::map<std::string, const BookedRefund*> by_key_;
    int ids_ = 0;
};

std::unique_ptr<ProviderFace> StripeFace();
std::unique_ptr<ProviderFace> AdyenFace();
std::unique_ptr<ProviderFace> PayPalFace();

}  // namespace returns::gateway
