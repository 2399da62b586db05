// The lane's parts as the program composes them (intake, timers, dispatcher, engine, publisher)
// over a store in memory, a bus and an HTTP client that do what a test says, and a clock whose wall
// time may jump. Destroying and making the parts again is a crash and a restart. One thread.
#pragma once

#include "gateway/dispatcher.h"
#include "gateway/intake.h"
#include "gateway/publisher.h"
#include "gateway/switches.h"
#include "gateway/timers.h"
#include "tests/sim/kit.h"
#include "tests/sim/memory_store.h"
#include "tests/sim/scene.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace returns::gateway {

class ScriptedHttp final : public HttpClient {
public:
    void Submit(HttpCall call) override { calls.push_back(std::move(call)); }
    std::vector<HttpCompletion> Take() override { return std::exchange(done, {}); }

    // To the call at that place, in the order they were sent.
    void Answer(std::size_t at, int status, const std::string& body,
                connectors::HttpHeaders headers = {}, bool complete = true);
    void Fail(std::size_t at, connectors::TransportFailure failure);
    // Places of the calls to that connection whose method and path begin like this: "POST /v1/".
    std::vector<std::size_t> To(const std::string& connection, const std::string& begins) const;

    std::vector<HttpCall> calls;
    std::vector<HttpCompletion> done;
};

class ScriptedBus final : public Bus {
public:
    std::vector<BusRecord> Poll(int n) override;
    void Pause(bool pause) override { paused = pause; }
    bool Produce(const std::string& topic, const std::string& key,
                 const std::vector<std::pair<std::string, std::string>>& headers,
                 const std::string& value, std::int64_t token) override;
    std::vector<BusDelivery> TakeDeliveries() override;

    std::vector<BusRecord> topic;  // what there is to read, offsets in order
    std::size_t position = 0;
    bool paused = false, full = false, delivers = true;
    std::vector<BusRecord> produced;
    std::vector<BusDelivery> deliveries;
};

class LaneWorld {
public:
    using Change = std::function<void(ConnectionSettings&)>;
    explicit LaneWorld(const Change& change = {}, EngineOptions options = {});
    ~LaneWorld();

    void Crash();    // what was not committed is gone; the calls under way reach nobody
    void Restart();  // the bus reads on from the committed offset
    void Step();     // until nothing has anything to do
    void Pass(Millis time);

    // A record of the shop's topic, or of the foreign one; Step reads it.
    void Put(std::optional<std::string> value, const std::string& topic = "shop.events");
    void Tell(const std::string& type, const std::string& order, const std::string& data,
              const std::string& id = "");
    // Order of two lamps at 50.00 EUR paid by card at "psp".
    void PlaceOrder(const std::string& order);
    // One lamp of it comes back as return "R-" + order and is found good: a refund is due.
    void ComeBack(const std::string& order);
    const Case& Subject(const std::string& order);
    std::vector<JournalRow> Journal() const { return database.journal; }
    std::int64_t Offset(const std::string& topic = "shop.events") const;
    // What was told on the rejected topic.
    std::vector<BusRecord> Rejected() const;

    sim::Kit* const kit;  // one for all: making it takes longer than most tests
    sim::SimClock clock;
    sim::Chance chance{1};
    sim::MemoryDatabase database;
    ScriptedBus bus;
    std::int64_t message_bytes_max = 1 << 20;
    std::int64_t missing_tickets_max = 20;
    // The parts; made anew by Restart.
    std::unique_ptr<sim::MemoryStore> store;
    std::unique_ptr<ScriptedHttp> http;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<Publisher> publisher;
    std::unique_ptr<Switches> switches;
    std::unique_ptr<Dispatcher> dispatcher;
    std::unique_ptr<MissingOrders> missing;
    std::unique_ptr<Timers> timers;
    std::unique_ptr<Intake> intake;

private:
    EngineOptions options_;
    std::vector<ConnectionMode> configured_;  // modes as the settings have them
    int told_ = 0;
};

}  // namespace returns::gateway
