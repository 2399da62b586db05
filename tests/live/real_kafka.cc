#include "tests/live/real_kafka.h"

#include "gateway/keys.h"
#include "schemas/check.h"

#include <csignal>
#include <cstdlib>
#include <set>
#include <unistd.h>

namespace returns::live {
namespace {

std::string FromEnvironment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

// No two tests share one, nor two runs on one node.
std::string NewRun() {
    return "t" + std::to_string(getpid()) + "-" +
           std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
}

}  // namespace

const std::string kPlaced =
    R"({"lines":[{"id":"A","sku":"LAMP","quantity":2,"unit_price_minor":5000}],"currency":"EUR",)"
    R"("jurisdiction":"EU"})";
const std::string kCaptured =
    R"({"currency":"EUR","tender":{"id":"T1","kind":"card","reference":"ch_1",)"
    R"("amount_minor":10000}})";

std::string Event(const std::string& type, const std::string& id, const std::string& order,
                  const std::string& data) {
    return R"({"specversion":"1.0","source":"/shop","id":")" + id + R"(","type":")" + type +
           R"(","subject":")" + order + R"(","data":)" + data + "}";
}

std::string Requested(const std::string& return_id) {
    return R"({"return_id":")" + return_id +
           R"(","lines":[{"id":"A","quantity":1,"reason":"too_small"}],"resolution":"refund",)"
           R"("statutory":true})";
}

std::string Header(const gateway::BusRecord& record, const std::string& name) {
    for (const auto& [key, value] : record.headers)
        if (key == name) return value;
    return "";
}

RealKafka::RealKafka()
    : brokers_(FromEnvironment("BACKHAUL_KAFKA")),
      secure_(FromEnvironment("BACKHAUL_KAFKA_SECURE")),
      run_(NewRun()),
      kafka_(brokers_),
      settings_(LoneSettings(folder_.path())) {
    CHECK(!brokers_.empty());
    const gateway::NewKey key = gateway::MakeKey(std::string(32, 'k'));
    key_ = key.key;
    settings_.Set("keys", Json::Array({Json::Object({{"name", Json::String("operator:live")},
                                                     {"role", Json::String("operator")},
                                                     {"sha256", Json::String(key.sha256)}})}));
    settings_.Set("limits", Json::Object({{"message_bytes_max", Json::Int(kMessageMax)}}));
    settings_.Set("public_url", Json::String("https://returns.example"));
    bus_ = Json::Object({{"brokers", Json::String(brokers_)}});
    kafka_.CreateTopic(Name("status"));
    kafka_.CreateTopic(Name("rejected"));
}

void RealKafka::Launch(const std::string& start, const Topics& topics) {
    Json list = Json::Array();
    for (const auto& [topic, connector] : topics)
        list.Append(
            Json::Object({{"name", Json::String(topic)}, {"connector", Json::String(connector)}}));
    bus_.Set("start", Json::String(start));
    bus_.Set("group", Json::String(run_));
    bus_.Set("status_topic", Json::String(Name("status")));
    bus_.Set("rejected_topic", Json::String(Name("rejected")));
    bus_.Set("topics", std::move(list));
    settings_.Set("kafka", bus_);
    WriteFile(SettingsPath(), WriteJson(settings_));
    Start();
}

void RealKafka::Start() {
    gateway_.reset();
    url_.clear();
    WriteFile(LogPath(), "");  // the last run's port is not this one's
    gateway_ = std::make_unique<Child>(
        std::vector<std::string>{BACKHAUL_PROGRAM, "serve", "--settings", SettingsPath()},
        folder_.path() + "/out", LogPath());
    static constexpr std::string_view kWords = "listening on ";
    ASSERT_TRUE(Until(kStartPatience, [&] {
        const std::string text = Log();
        const std::size_t at = text.find(kWords);
        const std::size_t end = at == std::string::npos ? at : text.find('"', at);
        if (end == std::string::npos) return false;
        url_ = "http://" + text.substr(at + kWords.size(), end - at - kWords.size());
        return true;
    })) << Log();
}

void RealKafka::Stop() {
    gateway_->Signal(SIGTERM);
    ASSERT_EQ(gateway_->Exit(kKafkaPatience), 0) << Log();
}

void RealKafka::Kill() {
    gateway_->Signal(SIGKILL);
    gateway_->Exit(kKafkaPatience);
}

Json RealKafka::Get(const std::string& path) const {
    auto json = ParseJson(Fetch("GET", url_, path, "", key_).body, {16 << 20});
    return json.ok() ? std::move(*json) : Json();
}

bool RealKafka::BusSays(const std::string& words) const {
    return Until(kKafkaPatience, [&] { return Bus().find(words) != std::string::npos; });
}

bool RealKafka::BusIsWell() const {
    return Until(kKafkaPatience, [&] { return Bus() == "ok"; });
}

bool RealKafka::HasReadAll(const std::vector<std::string>& topics, int partitions) {
    return Until(kKafkaPatience, [&] {
        for (const std::string& topic : topics)
            for (int p = 0; p < partitions; ++p)
                if (kafka_.End(topic, p) > 0 &&
                    kafka_.Committed(run_, topic, p) != kafka_.End(topic, p))
                    return false;
        return true;
    });
}

std::size_t RealKafka::Returns(const std::string& order) const {
    return Order(order)["returns"].Items().size();
}

std::size_t RealKafka::Told(const std::string& order) const {
    std::size_t n = 0;
    const Json found = Order(order);
    for (const Json& row : found["timeline"].Items())
        n += row["source"].AsString().starts_with("kafka:") ? 1U : 0U;
    return n;
}

void RealKafka::PutOrder(const std::string& topic, const std::string& order, int partition) {
    const std::pair<const char*, std::string> events[] = {
        {"order.placed", kPlaced},
        {"order.captured", kCaptured},
        {"order.delivered", "{}"},
        {"return.requested", Requested("R-" + order)}};
    int n = 0;
    for (const auto& [type, data] : events)
        kafka_.Put(topic, order, Event(type, order + "-" + std::to_string(++n), order, data), {},
                   partition);
}

Run RealKafka::Offset(const std::string& topic, const std::string& to) {
    return RunProgram({BACKHAUL_PROGRAM, "kafka", "offset", "--settings", SettingsPath(), "--topic",
                       topic, "--partition", "0", "--to", to},
                      folder_.path());
}

Run RealKafka::Node(const std::string& command) {
    std::vector<std::string> arguments = {"/usr/bin/env"};
    if (const std::string cache = FromEnvironment("BACKHAUL_CACHE"); !cache.empty())
        arguments.push_back("BACKHAUL_CACHE=" + cache);
    arguments.insert(arguments.end(), {BACKHAUL_SOURCE_DIR "/deploy/kafka", command, "--name",
                                       FromEnvironment("BACKHAUL_KAFKA_NODE")});
    if (command == "start") arguments.emplace_back("--keep");
    return RunProgram(arguments, folder_.path());
}

void RealKafka::CheckStatus(const std::vector<std::string>& orders) {
    std::set<std::string> ids;
    std::map<std::string, std::string> state;  // by slice or leg, as told last
    for (const gateway::BusRecord& record : kafka_.ReadAll(Name("status"))) {
        const auto told = ParseJson(record.value.value_or(""));
        ASSERT_TRUE(told.ok());
        EXPECT_EQ((*told)["type"].AsString(), "return.status");
        if (!ids.insert((*told)["id"].AsString()).second) continue;  // said again after a restart
        const Json& data = (*told)["data"];
        for (const Json& move : data["moves"].Items()) {
            const std::string name = data["order_id"].AsString() + "/" + move["kind"].AsString() +
                                     "/" + move["id"].Literal();
            const auto known = state.find(name);
            if (known != state.end()) {
                EXPECT_EQ(move["from"].AsString(), known->second) << name;
            }
            state[name] = move["to"].AsString();
        }
    }
    std::size_t moved = 0;
    for (const std::string& order : orders) {
        const Json found = Order(order);
        for (const Json& row : found["timeline"].Items())
            moved += row["moves"].Items().empty() ? 0U : 1U;
        for (const Json& back : found["returns"].Items())
            for (const Json& slice : back["slices"].Items())
                EXPECT_EQ(state[order + "/return/" + slice["id"].Literal()],
                          slice["state"].AsString());
    }
    EXPECT_EQ(ids.size(), moved);
}

}  // namespace returns::live
