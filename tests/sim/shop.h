// The retailer: sells, delivers, takes returns and tells so on its topic; pays refunds it is asked
// for by event, once per request, and now and then one that nobody asked for. Keeps its own book.
// One thread.
#pragma once

#include "tests/sim/partners.h"
#include "tests/sim/sim_bus.h"

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace returns::sim {

inline constexpr const char* kShopTopic = "shop.events";
inline constexpr const char* kStatusTopic = "returns.status";
inline constexpr const char* kRejectedTopic = "returns.rejected";

struct SoldTender {
    std::string id, payment;  // payment "": the shop pays it back itself
    std::int64_t amount_minor = 0;
};
struct SoldLine {
    std::string sku;
    std::int64_t quantity = 0, price_minor = 0, requested = 0;
};
struct Sold {
    std::string id;
    std::vector<SoldLine> lines;
    std::vector<SoldTender> tenders;
    std::vector<std::string> returns;
};

class Shop {
public:
    Shop(Scene& scene, Topics& topics, Provider& provider)
        : scene_(scene), topics_(topics), provider_(provider) {}

    void Sell();
    // Tells of its orders days after their first returns, or never: events wait for them.
    bool late = false;
    // Reads what it has been asked for since the last time.
    void Step();

    const std::vector<Sold>& sold() const { return sold_; }
    const std::vector<Payment>& book() const { return book_; }
    // Ids of all events ever said, and of the records nobody can read.
    const std::set<std::string>& said() const { return said_; }
    std::int64_t poison() const { return poison_; }

private:
    Sold Draw();
    void TellOf(std::size_t at);
    void Ask(std::size_t at, Millis when);
    void Carry(std::size_t at, const std::string& return_id);
    void PayByHand(std::size_t at);
    void Execute(const Json& asked);
    void Say(const std::string& type, const std::string& order_id, const Json& data);
    void Put(const std::string& value);

    Scene& scene_;
    Topics& topics_;
    Provider& provider_;
    std::vector<Sold> sold_;
    std::vector<Payment> book_;
    std::set<std::string> said_, executed_;
    std::size_t read_ = 0;
    std::int64_t events_ = 0, poison_ = 0;
};

}  // namespace returns::sim
