// A 3PL with the manners of ShipBob's returns: announces, looks up and cancels returns, then tells
// by signed callbacks what becomes of them. Under the clockwork's mutex.
#pragma once

#include "schemas/json.h"
#include "tests/sandbox/clockwork.h"
#include "tests/sandbox/courier.h"
#include "tests/sandbox/faults.h"
#include "tests/sandbox/web.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace returns::sandbox {

class Logistics {
public:
    Logistics(Clockwork& clockwork, Courier& courier, const Faults& faults);

    void SetConnection(std::string name) { connection_ = std::move(name); }
    WebAnswer Serve(const WebRequest& request);
    Json Returns() const;

private:
    struct Item {
        std::int64_t inventory_id = 0, quantity = 0;
        std::string sku, wanted;
        std::vector<std::pair<std::string, std::int64_t>> taken;  // action, quantity
    };
    struct Return {
        std::int64_t id = 0;
        std::string reference, tracking, status;
        Instant inserted = kNoTime, arrived = kNoTime, processing = kNoTime, completed = kNoTime;
        std::vector<Item> items;
        std::string fate;  // for the books
    };

    WebAnswer Create(const WebRequest& request);
    WebAnswer List(const WebRequest& request) const;
    WebAnswer Cancel(std::int64_t id);
    Result<Return> ReadReturn(const Json& body) const;
    void PlanLife(std::int64_t id);
    void Arrive(std::int64_t id);
    void Open(std::int64_t id);
    void Complete(std::int64_t id);
    void Tell(const Return& item, const std::string& topic);
    Json AsJson(const Return& item) const;

    Clockwork& clockwork_;
    Courier& courier_;
    const Faults& faults_;
    std::string connection_ = "shipbob";
    std::map<std::int64_t, Return> returns_;
    int calls_ = 0, messages_ = 0;
};

}  // namespace returns::sandbox
