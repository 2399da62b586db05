#include "tests/gateway/lane_world.h"

#include "schemas/check.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace returns::gateway {

void ScriptedHttp::Answer(std::size_t at, int status, const std::string& body,
                          connectors::HttpHeaders headers, bool complete) {
    connectors::HttpResult result;
    result.answer.status = status;
    result.answer.headers = std::move(headers);
    result.answer.headers.emplace_back("Content-Type", "application/json");
    result.answer.body = body;
    result.answer.complete = complete;
    done.push_back({calls.at(at).id, std::move(result)});
}

void ScriptedHttp::Fail(std::size_t at, connectors::TransportFailure failure) {
    connectors::HttpResult result;
    result.failure = failure;
    done.push_back({calls.at(at).id, std::move(result)});
}

std::vector<std::size_t> ScriptedHttp::To(const std::string& connection,
                                          const std::string& begins) const {
    std::vector<std::size_t> found;
    for (std::size_t at = 0; at < calls.size(); ++at) {
        const connectors::HttpRequest& request = calls[at].request;
        const std::string line = request.method + " " + request.target;
        if (calls[at].base_url == "sim://" + connection && line.starts_with(begins))
            found.push_back(at);
    }
    return found;
}

std::vector<BusRecord> ScriptedBus::Poll(int n) {
    std::vector<BusRecord> read;
    while (!paused && position < topic.size() && static_cast<int>(read.size()) < n)
        read.push_back(topic[position++]);
    return read;
}

bool ScriptedBus::Produce(const std::string& to, const std::string& key,
                          const std::vector<std::pair<std::string, std::string>>& headers,
                          const std::string& value, std::int64_t token) {
    if (full) return false;
    if (delivers) produced.push_back({to, 0, 0, key, value, headers});
    deliveries.push_back({token, delivers});
    return true;
}

std::vector<BusDelivery> ScriptedBus::TakeDeliveries() { return std::exchange(deliveries, {}); }

namespace {

sim::Kit* SharedKit(const LaneWorld::Change& change) {
    static const std::unique_ptr<sim::Kit> kit = sim::MakeKit();
    static const std::vector<Connection> as_made = kit->connections->all();
    std::vector<Connection>& connections = kit->connections->all();
    for (std::size_t i = 0; i < connections.size(); ++i) {
        connections[i] = as_made[i];
        if (change) change(connections[i].settings);
    }
    return kit.get();
}

}  // namespace

LaneWorld::LaneWorld(const Change& change, EngineOptions options)
    : kit(SharedKit(change)), options_(std::move(options)) {
    options_.personal_secret = "personal";
    for (const Connection& each : kit->connections->all())
        configured_.push_back(each.settings.mode);
    Restart();
}

LaneWorld::~LaneWorld() { Crash(); }

void LaneWorld::Crash() {
    intake.reset();
    timers.reset();
    missing.reset();
    dispatcher.reset();
    switches.reset();
    publisher.reset();
    engine.reset();
    http.reset();
    store.reset();
}

void LaneWorld::Restart() {
    Crash();
    store = std::make_unique<sim::MemoryStore>(&database);
    http = std::make_unique<ScriptedHttp>();
    engine = std::make_unique<Engine>(*store, *store, clock, chance, kit->book, options_);
    publisher = std::make_unique<Publisher>(*engine, &bus, PublisherTopics{});
    std::size_t at = 0;
    for (Connection& each : kit->connections->all()) {
        each.settings.mode = configured_[at++];
        each.stopped = false;
    }
    switches = std::make_unique<Switches>(*engine, clock, *kit->connections);
    CHECK(switches->Recover(*store).ok());
    dispatcher =
        std::make_unique<Dispatcher>(*engine, *http, *publisher, clock, chance, *kit->connections);
    missing = std::make_unique<MissingOrders>(*engine, clock, missing_tickets_max);
    timers = std::make_unique<Timers>(*engine, *store, clock, *missing);
    intake = std::make_unique<Intake>(*engine, bus, clock, *kit->connections, kit->kafka,
                                      message_bytes_max);
    CHECK(engine->Recover().ok());
    CHECK(publisher->Recover(*store).ok());
    CHECK(dispatcher->Recover(*store).ok());
    bus.deliveries.clear();
    // A topic of its own each, so a record's place in `topic` is not its offset: read all again
    // that is not below its topic's committed offset.
    bus.position = 0;
    while (bus.position < bus.topic.size() &&
           bus.topic[bus.position].offset < Offset(bus.topic[bus.position].topic))
        ++bus.position;
}

void LaneWorld::Step() {
    bool worked = true;
    for (int round = 0; worked; ++round) {
        ASSERT_LT(round, 10'000) << "the lane never comes to rest";
        worked = intake->Step();
        worked = timers->Step() || worked;
        worked = dispatcher->Step() || worked;
        worked = engine->Step() || worked;
        worked = publisher->Step() || worked;
    }
}

void LaneWorld::Pass(Millis time) {
    clock.MoveTo(clock.Monotonic() + time);
    Step();
}

void LaneWorld::Put(std::optional<std::string> value, const std::string& topic) {
    const auto offset = std::count_if(bus.topic.begin(), bus.topic.end(),
                                      [&](const BusRecord& each) { return each.topic == topic; });
    bus.topic.push_back({topic, 0, offset, "key", std::move(value), {}});
}

void LaneWorld::Tell(const std::string& type, const std::string& order, const std::string& data,
                     const std::string& id) {
    const std::string name = id.empty() ? "t" + std::to_string(++told_) : id;
    Put(R"({"specversion":"1.0","source":"/shop","id":")" + name + R"(","type":")" + type +
        R"(","subject":")" + order + R"(","data":)" + data + "}");
    Step();
}

void LaneWorld::PlaceOrder(const std::string& order) {
    Tell("order.placed", order,
         R"({"lines":[{"id":"A","sku":"SKU-1","quantity":2,"unit_price_minor":5000}],)"
         R"("currency":"EUR","jurisdiction":"EU"})");
    Tell("order.captured", order,
         R"({"currency":"EUR","tender":{"id":"T1","kind":"card","connection":"psp",)"
         R"("reference":"pi_)" +
             order + R"(","amount_minor":10000}})");
    Tell("order.delivered", order, "{}");
}

void LaneWorld::ComeBack(const std::string& order) {
    const std::string id = R"({"return_id":"R-)" + order + "\"";
    Tell("return.requested", order,
         id + R"(,"lines":[{"id":"A","quantity":1,"reason":"too_small"}],)"
              R"("resolution":"refund","statutory":false})");
    Tell("parcel.scanned", order, id + "}");
    Tell("parcel.delivered", order, id + "}");
    Tell("return.opened", order, id + R"(,"lines":[{"id":"A","received":1}]})");
    Tell("return.inspected", order,
         id + R"(,"lines":[{"id":"A","accepted":1,"rejected":0,"grade":"ok"}]})");
}

const Case& LaneWorld::Subject(const std::string& order) {
    const auto known = engine->Read({"main", order});
    CHECK(known.ok() && *known != nullptr);
    return **known;
}

std::int64_t LaneWorld::Offset(const std::string& topic) const {
    const auto found = database.offsets.find({topic, 0});
    return found == database.offsets.end() ? 0 : found->second;
}

std::vector<BusRecord> LaneWorld::Rejected() const {
    std::vector<BusRecord> found;
    std::copy_if(bus.produced.begin(), bus.produced.end(), std::back_inserter(found),
                 [](const BusRecord& each) { return each.topic == "returns.rejected"; });
    return found;
}

}  // namespace returns::gateway
