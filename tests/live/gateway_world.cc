#include "tests/live/gateway_world.h"

#include "gateway/keys.h"
#include "schemas/check.h"
#include "schemas/time.h"
#include "tests/live/books.h"
#include "tests/sandbox/catalogue.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <unistd.h>

namespace returns::live {

namespace {

const std::string kDeploymentSecret(48, 's');
constexpr int kPartitions = 6;  // as the sandbox wants it
constexpr std::int64_t kFactor = 7200, kStorySpeed = 57600;

Json Text(const std::string& text) { return Json::String(text); }

Json Parse(const std::string& text) {
    constexpr std::size_t kBytesMax = 64 << 20;
    Result<Json> json = ParseJson(text, {kBytesMax});
    return json.ok() ? std::move(json).value() : Json();
}

// The default policy with its days cut to what a short story can show.
void WriteDefinitions(const std::string& folder) {
    std::filesystem::copy(BACKHAUL_SOURCE_DIR "/workflows", folder,
                          std::filesystem::copy_options::recursive);
    const std::string path = folder + "/policies/default.json";
    Json policy = Parse(ReadFile(path));
    Json delays = policy["delays"];
    const std::pair<const char*, const char*> shorter[] = {{"ship_by", "60h"},
                                                           {"scan_silence", "40h"},
                                                           {"dock", "10h"},
                                                           {"inspection", "10h"},
                                                           {"exception", "12h"},
                                                           {"exception_again", "12h"},
                                                           {"lost_claim", "24h"},
                                                           {"lost_again", "24h"},
                                                           {"review_escalation", "4h"},
                                                           {"review_limit", "4h"},
                                                           {"returning", "24h"},
                                                           {"choice", "24h"},
                                                           {"due", "1h"},
                                                           {"ready", "1h"},
                                                           {"submitting", "1h"},
                                                           {"in_doubt_ticket", "3h"},
                                                           {"pending", "48h"},
                                                           {"failed", "12h"},
                                                           {"alternative_reminder", "24h"},
                                                           {"order_shell", "4h"},
                                                           {"ticket_recheck", "2h"}};
    for (const auto& [name, delay] : shorter) delays.Set(name, Text(delay));
    policy.Set("id", Text("live"));
    policy.Set("delays", std::move(delays));
    policy.Set("dispatch_retry", Text("10min"));
    policy.Set("dispatch_retry_max", Text("1h"));
    policy.Set("answer_within", Text("40min"));
    WriteFile(path, WriteJson(policy));
}

// A secret's value in a file of its own; how settings name it.
Json Secret(const std::string& folder, const std::string& name, const std::string& value) {
    WriteFile(folder + "/" + name, value);
    return Text("file:" + folder + "/" + name);
}

Json Connection(const std::string& name, const std::string& connector, const Json& base_url,
                Json settings) {
    constexpr std::int64_t kTimeoutMs = 250;
    return Json::Object({{"name", Text(name)},
                         {"connector", Text(connector)},
                         {"mode", Text("act")},
                         {"base_url", base_url},
                         {"timeout_ms", Json::Int(kTimeoutMs)},
                         // Time runs fast: a few seconds without a word would be a day's silence.
                         {"poll_after_minutes", Json::Int(0)},
                         {"settings", std::move(settings)}});
}

Json Connections(const Json& ready, const std::string& folder) {
    const Json &logistics = ready["logistics"], &payment = ready["payment"], &desk = ready["desk"];
    const auto secret = [&](const std::string& kind, const std::string& name) {
        return Secret(folder, kind + "." + name, ready[kind][name].AsString());
    };
    Json money =
        Connection("stripe", "payment/stripe", payment["base_url"],
                   Json::Object({{"secret_key", secret("payment", "secret_key")},
                                 {"webhook_secret", secret("payment", "webhook_secret")}}));
    constexpr std::int64_t kCallCap = 100000000, kDailyCap = 10000000000;
    money.Set("call_cap_minor", Json::Int(kCallCap));
    money.Set("daily_cap_minor", Json::Int(kDailyCap));
    return Json::Array(
        {Connection("shipbob", "logistics/shipbob", logistics["base_url"],
                    Json::Object({{"api_token", secret("logistics", "api_token")},
                                  {"webhook_secret", secret("logistics", "webhook_secret")},
                                  {"channel_id", logistics["channel_id"]},
                                  {"fulfillment_center_id", logistics["fulfillment_center_id"]},
                                  {"inventory", logistics["inventory"]}})),
         std::move(money),
         Connection("desk", "desk/solarwinds-service-desk", desk["base_url"],
                    Json::Object({{"token", secret("desk", "token")},
                                  {"automation", Json::Bool(true)},
                                  {"callback_secret", secret("desk", "callback_secret")},
                                  {"requester", Text("returns@shop.example")}})),
         Json::Object({{"name", Text("shop-refunds")},
                       {"connector", Text("shop/refund-executor")},
                       {"mode", Text("act")},
                       {"settings", Json::Object({{"topic", ready["topics"]["status"]}})}})});
}

Json Topic(const Json& name, const std::string& connector) {
    return Json::Object({{"name", name}, {"connector", Text(connector)}});
}

}  // namespace

Folder::Folder() {
    std::string pattern = std::filesystem::temp_directory_path().string() + "/backhaul-live-XXXXXX";
    CHECK(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
}

Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

Json LoneSettings(const std::string& folder) {
    constexpr std::int64_t kDrainSeconds = 5;
    return Json::Object(
        {{"listen", Json::Object({{"host", Text("127.0.0.1")}, {"port", Json::Int(0)}})},
         {"database", Text(folder + "/backhaul.db")},
         {"machines", Text(BACKHAUL_SOURCE_DIR "/workflows")},
         {"connectors", Text(BACKHAUL_SOURCE_DIR "/connectors")},
         {"deployment_secret", Secret(folder, "deployment.secret", kDeploymentSecret)},
         {"drain_seconds", Json::Int(kDrainSeconds)}});
}

World::World(std::int64_t seed, const std::string& brokers)
    : database_(folder_.path() + "/backhaul.db") {
    const std::string ready = folder_.path() + "/sandbox.json";
    std::vector<std::string> command = {BACKHAUL_SANDBOX_PROGRAM, "--seed", std::to_string(seed)};
    if (!brokers.empty()) {
        kafka_ = std::make_unique<KafkaClient>(brokers);
        MakeTopics();
        command.insert(command.end(), {"--kafka", brokers, "--topics", topics_});
    }
    sandbox_ = std::make_unique<Child>(command, ready, folder_.path() + "/sandbox.log");
    CHECK(Until(kStartPatience, [&] { return ReadFile(ready).ends_with("\n"); }));
    ready_ = Parse(ReadFile(ready));
    sandbox_url_ = ready_["http"].AsString();
    WriteDefinitions(folder_.path() + "/workflows");
    const gateway::NewKey key = gateway::MakeKey(std::string(32, 'k'));
    key_ = key.key;
    base_ = LoneSettings(folder_.path());
    base_.Set("machines", Text(folder_.path() + "/workflows"));
    base_.Set("money_proof", Text("warn"));  // nobody proves a policy made for one run
    base_.Set("time_factor", Json::Int(kFactor));
    base_.Set("connections", Connections(ready_, folder_.path()));
    base_.Set("keys", Json::Array({Json::Object({{"name", Text("operator:live")},
                                                 {"role", Text("operator")},
                                                 {"sha256", Text(key.sha256)}})}));
}

void World::MakeTopics() {
    topics_ = "s" + std::to_string(getpid()) + "-" +
              std::to_string(std::chrono::system_clock::now().time_since_epoch().count()) + ".";
    for (const std::string_view topic : {sandbox::kOrdersTopic, sandbox::kForeignTopic,
                                         sandbox::kStatusTopic, sandbox::kRejectedTopic})
        kafka_->CreateTopic(topics_ + std::string(topic), kPartitions);
}

// The broker in the sandbox knows no static members, and would keep a killed one's partitions until
// its session ends: there a group of its own for every run. Where to read on is in the database.
Json World::Settings() const {
    Json settings = base_;
    const Json& topics = ready_["topics"];
    Json kafka = Json::Object(
        {{"brokers", ready_["kafka"]},
         {"start", Text("beginning")},
         {"group", Text(kafka_ ? topics_ + "group" : "live-" + std::to_string(launches_))},
         {"status_topic", topics["status"]},
         {"rejected_topic", topics["rejected"]},
         {"topics", Json::Array({Topic(topics["orders"], "shop/cloudevents"),
                                 Topic(topics["foreign"], "shop/oms-example")})}});
    if (kafka_) kafka.Set("instance", Text("gateway"));
    settings.Set("kafka", std::move(kafka));
    return settings;
}

void World::Launch() {
    ++launches_;
    const std::string settings = folder_.path() + "/settings.json";
    WriteFile(settings, WriteJson(Settings()));
    gateway_.reset();
    gateway_url_.clear();
    if (launches_ == 1) began_ = std::chrono::system_clock::now();
    gateway_ = std::make_unique<Child>(
        std::vector<std::string>{BACKHAUL_PROGRAM, "serve", "--settings", settings},
        folder_.path() + "/gateway.out", folder_.path() + "/gateway.log");
}

std::string World::Log() const { return ReadFile(folder_.path() + "/gateway.log"); }

bool World::Listening(milliseconds patience) {
    static constexpr std::string_view kWords = "listening on ";
    return Until(patience, [this] {
        const std::string log = Log();
        const std::size_t at = log.find(kWords);
        if (!gateway_->Running() || at == std::string::npos) return false;
        const std::size_t end = log.find('"', at);
        if (end == std::string::npos) return false;
        gateway_url_ = "http://" + log.substr(at + kWords.size(), end - at - kWords.size());
        return Fetch("PUT", sandbox_url_, "/gateway", gateway_url_).status == 200 &&
               Fetch("GET", gateway_url_, "/readyz").status == 200;
    });
}

bool World::BeginStory(std::int64_t returns, std::int64_t speed) {
    const auto now = std::chrono::time_point_cast<Millis>(
        began_ + (std::chrono::system_clock::now() - began_) * kFactor);
    const Json story = Json::Object({{"gateway", Text(gateway_url_)},
                                     {"returns", Json::Int(returns)},
                                     {"speed", Json::Int(speed > 0 ? speed : kStorySpeed)},
                                     {"time", Json::Object({{"now", Text(FormatInstant(now))},
                                                            {"factor", Json::Int(kFactor)}})}});
    return Fetch("POST", sandbox_url_, "/story", WriteJson(story)).status == 202;
}

bool World::SetFaults(const std::string& rates) {
    return Fetch("POST", sandbox_url_, "/faults", rates).status == 200;
}

bool World::StoryOver() const {
    return Parse(Fetch("GET", sandbox_url_, "/story").body)["state"].AsString() == "quiet";
}

Json World::Books() const { return Parse(Fetch("GET", sandbox_url_, "/books").body); }

std::vector<std::string> World::Disagreements() const {
    const Json books = Books();
    if (books["orders"].Items().empty()) return {"the shop has no orders"};
    std::vector<std::string> found;
    std::vector<Json> orders;
    for (const Json& row : books["orders"].Items()) {
        const std::string& id = row["order_id"].AsString();
        orders.push_back(OrderOf(id));
        if (orders.back()["order_id"].AsString() != id) found.push_back("not known: order " + id);
    }
    const std::vector<std::string> money = Compare(books, orders);
    found.insert(found.end(), money.begin(), money.end());
    const std::vector<std::string> owed = CompareOwed(books, orders);
    found.insert(found.end(), owed.begin(), owed.end());
    const std::vector<std::string> keys = ForeignKeys(books, kDeploymentSecret, generations_);
    found.insert(found.end(), keys.begin(), keys.end());
    return found;
}

Json World::OrderOf(const std::string& id) const { return Ask("GET", "/v1/orders/" + id); }

Json World::Ask(const std::string& method, const std::string& path, const Json& body) const {
    const std::string text = body.IsNull() ? "" : WriteJson(body);
    return Parse(Fetch(method, gateway_url_, path, text, key_, "application/json").body);
}

std::vector<gateway::BusRecord> World::Records(const std::string& topic) const {
    std::vector<gateway::BusRecord> all;
    for (int p = 0; p < kPartitions; ++p) {
        std::vector<gateway::BusRecord> some = kafka_->ReadAll(topic, p);
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

std::int64_t World::Produced() const {
    std::int64_t n = 0;
    for (const char* name : {"orders", "foreign"})
        for (int p = 0; p < kPartitions; ++p)
            n += kafka_->End(ready_["topics"][name].AsString(), p);
    return n;
}

void World::SkipProduced() {
    for (const char* name : {"orders", "foreign"})
        for (int p = 0; p < kPartitions; ++p)
            CHECK(Command({"kafka", "offset", "--topic", ready_["topics"][name].AsString(),
                           "--partition", std::to_string(p), "--to", "end"})
                      .exit == 0);
}

std::vector<std::string> World::Unanswered() const {
    if (!kafka_) return {};
    const Json& topics = ready_["topics"];
    std::vector<Json> produced, orders;
    std::set<std::string> bad, rejected;
    for (const char* name : {"orders", "foreign"}) {
        const std::string topic = topics[name].AsString();
        for (const gateway::BusRecord& record : Records(topic)) {
            Json event = Parse(record.value.value_or(""));
            if (event.IsNull())
                bad.insert(topic + " " + std::to_string(record.partition) + "/" +
                           std::to_string(record.offset) + "/");
            else
                produced.push_back(Json::Object(
                    {{"source", Text("kafka:" + topic)}, {"event", std::move(event)}}));
        }
    }
    for (const gateway::BusRecord& record : Records(topics["rejected"].AsString())) {
        std::map<std::string, std::string> headers(record.headers.begin(), record.headers.end());
        const std::string& id = headers["backhaul_source_id"];
        rejected.insert(headers["backhaul_source"].substr(std::string("kafka:").size()) + " " +
                        id.substr(0, id.rfind('/') + 1));
    }
    for (const std::string& id : Orders()) orders.push_back(OrderOf(id));
    std::vector<std::string> found = WithoutTrace(produced, orders);
    for (const std::string& place : bad)
        if (rejected.count(place) == 0) found.push_back("not rejected: " + place);
    return found;
}

std::vector<std::string> World::Orders() const {
    std::vector<std::string> ids;
    const Json books = Books();
    for (const Json& row : books["orders"].Items()) ids.push_back(row["order_id"].AsString());
    return ids;
}

std::size_t World::payments() const {
    const Json books = Books();
    const auto& refunds = books["refunds"].Items();
    return static_cast<std::size_t>(std::count_if(
        refunds.begin(), refunds.end(),
        [](const Json& refund) { return refund["status"].AsString() == "succeeded"; }));
}

Run World::Command(const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {BACKHAUL_PROGRAM};
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.insert(all.end(), {"--settings", folder_.path() + "/settings.json"});
    return RunProgram(all, folder_.path());
}

}  // namespace returns::live
