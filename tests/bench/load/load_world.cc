#include "tests/bench/load/load_world.h"

#include "gateway/keys.h"
#include "schemas/check.h"
#include "schemas/json.h"
#include "tests/live/kafka_client.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace returns::load {
namespace {

constexpr live::milliseconds kStartPatience{120'000};
constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";

Json Text(std::string text) { return Json::String(std::move(text)); }

// User and system time of a process, all its threads.
double ProcessorSeconds(const std::string& process) {
    std::string text = live::ReadFile("/proc/" + process + "/stat");
    std::istringstream rest(text.substr(std::min(text.rfind(')'), text.size() - 1) + 1));
    std::string word;
    double ticks = 0;
    for (int field = 3; field <= 15 && rest >> word; ++field)
        if (field >= 14) ticks += std::atof(word.c_str());
    return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::int64_t Sum(const std::string& metrics, const std::string& name) {
    std::int64_t sum = 0;
    std::istringstream lines(metrics);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(name)) sum += std::atoll(line.substr(line.rfind(' ')).c_str());
    return sum;
}

std::string NewFolder() {
    std::string path = std::filesystem::temp_directory_path() / "backhaul-load-XXXXXX";
    CHECK(mkdtemp(path.data()) != nullptr);
    return path;
}

}  // namespace

LoadWorld::LoadWorld(const LoadOptions& options)
    : options_(options),
      run_("load-" + std::to_string(std::chrono::system_clock::now().time_since_epoch().count())),
      folder_(NewFolder()) {
    first_ = std::chrono::system_clock::now().time_since_epoch().count() / 1000 % options_.cases;
    live::KafkaClient kafka(options_.brokers);
    kafka.CreateTopic(run_ + ".orders", options_.partitions);
    kafka.CreateTopic(run_ + ".status", options_.partitions);
    kafka.CreateTopic(run_ + ".rejected");
    gateway::KafkaOptions bus;
    bus.bootstrap = options_.brokers;
    shop_ = gateway::KafkaBus::Open(bus, {}).value();
    gateway::DoorOptions door;
    door.connections_max = door.connections_per_peer_max = 512;
    partner_ = gateway::HttpDoor::Open(door, [this](auto request, auto reply) {
                   Receive(std::move(request), reply);
               }).value();
    const gateway::NewKey key = gateway::MakeKey(std::string(32, 'k'));
    key_ = key.key;
    live::WriteFile(folder_ + "/settings.json", Settings(key.sha256));
}

LoadWorld::~LoadWorld() {
    gateway_.reset();
    std::filesystem::remove_all(folder_);
}

// The file's cases know one connection, "3pl".
std::string LoadWorld::Settings(const std::string& agent_sha256) const {
    live::WriteFile(folder_ + "/secret", std::string(kSecret));
    live::WriteFile(folder_ + "/webhook", "whsec_dGVzdC1zZWNyZXQtb2Ytc2hpcGJvYg==");
    const Json secret = Text("file:" + folder_ + "/secret");
    const Json partner = Json::Object(
        {{"name", Text("3pl")},
         {"connector", Text("logistics/shipbob")},
         {"base_url", Text("http://127.0.0.1:" + std::to_string(partner_->port()))},
         {"allow_plain_http", Json::Bool(true)},
         {"mode", Text("act")},
         {"in_flight_max", Json::Int(64)},
         {"rate_per_minute", Json::Int(600'000)},
         {"burst", Json::Int(10'000)},
         {"settings", Json::Object({{"api_token", secret},
                                    {"webhook_secret", Text("file:" + folder_ + "/webhook")},
                                    {"channel_id", Text("4401")},
                                    {"fulfillment_center_id", Json::Int(10)},
                                    {"inventory", Json::Object({{"TEE", Json::Int(730'001)}})}})}});
    const Json topic =
        Json::Object({{"name", Text(run_ + ".orders")}, {"connector", Text("shop/cloudevents")}});
    const Json kafka = Json::Object({{"brokers", Text(options_.brokers)},
                                     {"group", Text(run_)},
                                     {"start", Text("beginning")},
                                     {"status_topic", Text(run_ + ".status")},
                                     {"rejected_topic", Text(run_ + ".rejected")},
                                     {"topics", Json::Array({topic})}});
    const Json agent = Json::Object(
        {{"name", Text("agent:load")}, {"role", Text("operator")}, {"sha256", Text(agent_sha256)}});
    return WriteJson(Json::Object(
        {{"listen", Json::Object({{"host", Text("127.0.0.1")}, {"port", Json::Int(0)}})},
         {"database", Text(options_.database)},
         {"machines", Text(BACKHAUL_SOURCE_DIR "/workflows")},
         {"connectors", Text(BACKHAUL_SOURCE_DIR "/connectors")},
         {"deployment_secret", secret},
         {"public_url", Text("https://returns.example")},
         {"client_workers", Json::Int(64)},
         {"connections", Json::Array({partner})},
         {"keys", Json::Array({agent})},
         {"kafka", kafka}}));
}

double LoadWorld::Start() {
    const Moment begin = Now();
    const std::string log = folder_ + "/log";
    gateway_ = std::make_unique<live::Child>(
        std::vector<std::string>{BACKHAUL_PROGRAM, "serve", "--settings",
                                 folder_ + "/settings.json"},
        folder_ + "/out", log);
    static constexpr std::string_view kWords = "listening on ";
    const bool listens = live::Until(kStartPatience, [&] {
        const std::string text = live::ReadFile(log);
        const std::size_t at = text.find(kWords);
        const std::size_t end = at == std::string::npos ? at : text.find('"', at);
        if (end == std::string::npos) return !gateway_->Running();
        url_ = "http://" + text.substr(at + kWords.size(), end - at - kWords.size());
        return true;
    });
    if (!listens || url_.empty()) std::fputs(live::ReadFile(log).c_str(), stderr);
    CHECK(listens && !url_.empty());
    CHECK(Status(1) == 200);
    return Seconds(begin, Now());
}

void LoadWorld::Stop() {
    gateway_->Signal(SIGTERM);
    const Moment begin = Now();
    const auto exit = gateway_->Exit(live::milliseconds(60'000));
    std::printf("%-34s %.1f s\n", "stop", Seconds(begin, Now()));
    if (exit != 0) std::fputs(live::ReadFile(folder_ + "/log").c_str(), stderr);
}

// Each case once, in no order: 7919 is prime to the count, which is full thousands.
std::int64_t LoadWorld::CaseOf(std::int64_t n) const {
    return (first_ + n) % options_.cases * 7919 % options_.cases;
}

void LoadWorld::Put(const std::string& type, std::int64_t order, const std::string& data) {
    const std::string id = "O-" + std::to_string(order);
    const std::string event = R"({"specversion":"1.0","source":"/shop","id":")" + run_ + "-" +
                              std::to_string(put_) + R"(","type":")" + type + R"(","subject":")" +
                              id + R"(","data":)" + data + "}";
    while (!shop_->Produce(run_ + ".orders", "main/" + id, {}, event, put_)) {
        for (const gateway::BusDelivery& each : shop_->TakeDeliveries())
            delivered_ += each.delivered;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ++put_;
}

void LoadWorld::PutArrival(std::int64_t n) {
    const std::int64_t order = CaseOf(n);
    Put("parcel.delivered", order, R"({"return_id":"R-)" + std::to_string(order) + "\"}");
}

void LoadWorld::PutRequest(std::int64_t n) {
    {
        const std::lock_guard lock(mutex_);
        sent_.push_back(Now());
        arrived_.emplace_back();
        CHECK(static_cast<std::int64_t>(sent_.size()) == n + 1);
    }
    Put("return.requested", CaseOf(n),
        R"({"return_id":")" + run_ + "." + std::to_string(n) +
            R"(","lines":[{"id":"1","quantity":1,"reason":"too_big"}],"resolution":"refund",)"
            R"("statutory":true})");
}

void LoadWorld::AwaitDelivery() {
    while (delivered_ < put_) {
        for (const gateway::BusDelivery& each : shop_->TakeDeliveries())
            delivered_ += each.delivered;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

// The partner: notes when a return it is told of arrived, and takes it.
void LoadWorld::Receive(gateway::DoorRequest request, const gateway::DoorReplyFunction& reply) {
    const Moment now = Now();
    const auto json = ParseJson(request.body);
    const std::string reference = json.ok() ? (*json)["reference_id"].AsString() : "";
    gateway::DoorReply answer;
    answer.status = 404;
    if (reference.starts_with(run_ + ".")) {
        const auto n = static_cast<std::size_t>(std::atoll(reference.c_str() + run_.size() + 1));
        const std::lock_guard lock(mutex_);
        if (n < arrived_.size() && arrived_[n] == Moment()) {
            arrived_[n] = now;
            ++requests_;
        }
        answer.status = 201;
        answer.headers = {{"Content-Type", "application/json"}};
        answer.body = R"({"id":)" + std::to_string(700'000'000 + n) + R"(,"reference_id":")" +
                      reference + R"(","status":"AwaitingArrival","return_type":"Regular"})";
    }
    reply(std::move(answer));
}

bool LoadWorld::AwaitRequests(std::int64_t count, double seconds) {
    const Moment begin = Now();
    for (;;) {
        {
            const std::lock_guard lock(mutex_);
            if (requests_ >= count) return true;
        }
        if (Seconds(begin, Now()) > seconds) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

std::vector<double> LoadWorld::Latencies() const {
    const std::lock_guard lock(mutex_);
    std::vector<double> millis;
    for (std::size_t n = 0; n < sent_.size(); ++n)
        if (arrived_[n] != Moment()) millis.push_back(Seconds(sent_[n], arrived_[n]) * 1e3);
    return millis;
}

int LoadWorld::Status(std::uint64_t n) const {
    const std::uint64_t number = n % static_cast<std::uint64_t>(options_.cases);
    return live::Fetch("GET", url_, "/v1/returns/R-" + std::to_string(number), "", key_).status;
}

std::int64_t LoadWorld::Decided() const {
    return Sum(live::Fetch("GET", url_, "/metrics", "", key_).body, "backhaul_events_total{");
}

std::int64_t LoadWorld::Moved() const {
    return Sum(live::Fetch("GET", url_, "/metrics", "", key_).body,
               "backhaul_events_total{verdict=\"moved\"}");
}

Used LoadWorld::Use(pid_t broker) const {
    return {ProcessorSeconds(std::to_string(gateway_->pid())),
            broker == 0 ? 0 : ProcessorSeconds(std::to_string(broker)), ProcessorSeconds("self")};
}

double LoadWorld::Memory(const std::string& row) const {
    const std::string text = live::ReadFile("/proc/" + std::to_string(gateway_->pid()) + "/status");
    const std::size_t at = text.find(row);
    return at == std::string::npos ? 0 : std::atof(text.c_str() + at + row.size()) / 1024;
}

}  // namespace returns::load
