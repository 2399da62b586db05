#include "tests/sim/kit.h"

#include "gateway/definitions.h"
#include "schemas/check.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace returns::sim {
namespace {

template <class T>
T Good(Result<T> result) {
    if (!result.ok()) std::cerr << result.error().text << '\n';
    CHECK(result.ok());
    return std::move(result).value();
}

std::string ReadAll(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

Result<connectors::Connector::Files> ReadFolder(const std::string& name) {
    const std::filesystem::path root =
        std::filesystem::path(BACKHAUL_SOURCE_DIR) / "connectors" / name;
    connectors::Connector::Files files;
    for (const auto& entry : std::filesystem::directory_iterator(root))
        if (entry.is_regular_file())
            files[entry.path().filename().string()] = ReadAll(entry.path());
    return files;
}

ConnectionSettings Connect(const std::string& name, const std::string& connector,
                           const std::string& settings) {
    ConnectionSettings made;
    made.name = name;
    made.connector = connector;
    made.shop = "main";
    made.base_url = "sim://" + name;
    made.mode = ConnectionMode::kAct;
    made.settings = Good(ParseJson(settings));
    made.secrets = {"secret_key", "webhook_secret", "api_token", "token", "callback_secret"};
    made.in_flight_max = 4;
    made.breaker_failures = 5;
    made.breaker_open_seconds = 30;
    made.call_cap_minor = made.daily_cap_minor = 1'000'000'000;
    return made;
}

constexpr const char* kWarehouse =
    R"({"api_token":"t","webhook_secret":"whsec_c2VjcmV0","channel_id":"1",
        "fulfillment_center_id":10,"inventory":{"SKU-1":1,"SKU-2":2},
        "requested_action":"Default"})";

Settings MakeSettings() {
    Settings settings;
    settings.shops = {{"main"}};
    settings.connections = {
        Connect("psp", "payment/stripe", R"({"secret_key":"k","webhook_secret":"whsec_s"})"),
        Connect("3pl", "logistics/shipbob", kWarehouse),
        Connect("3pl-b", "logistics/shipbob", kWarehouse),
        Connect("desk", "desk/solarwinds-service-desk",
                R"({"token":"t","callback_secret":"s","requester":"backhaul@shop.example",
                    "reference_field":"Backhaul reference","resolved_state":"Resolved",
                    "automation":false,
                    "priorities":{"critical":"Critical","high":"High","medium":"Medium",
                                  "low":"Low"},
                    "states":{"Resolved":"resolved","New":""}})"),
        Connect("shop", "shop/refund-executor",
                R"({"topic":"returns.status","source":"backhaul"})"),
        Connect("orders", "shop/lookup-example",
                R"({"api_token":"t","payment_connections":{"STRIPE":"psp"}})")};
    // Nobody answers for it in a simulated world; tests of the lane do by hand.
    settings.connections.back().mode = ConnectionMode::kObserve;
    settings.kafka.topics = {{"shop.events", "shop/cloudevents", "main"},
                             {"shop.foreign", "shop/oms-example", "main"}};
    return settings;
}

}  // namespace

void Set(Json& value, const std::vector<std::string>& path, const Json& replacement) {
    CHECK(!path.empty());
    if (path.size() == 1) {
        value.Set(path.front(), replacement);
        return;
    }
    Json inner = value[path.front()];
    CHECK(inner.IsObject());
    Set(inner, {path.begin() + 1, path.end()}, replacement);
    value.Set(path.front(), std::move(inner));
}

void Remove(Json& value, const std::vector<std::string>& path) {
    CHECK(!path.empty());
    if (path.size() > 1) {
        Json inner = value[path.front()];
        Remove(inner, {path.begin() + 1, path.end()});
        value.Set(path.front(), std::move(inner));
        return;
    }
    Json kept = Json::Object();
    bool found = false;
    for (const auto& [name, member] : value.Members()) {
        found = found || name == path.front();
        if (name != path.front()) kept.Set(name, member);
    }
    CHECK(found);
    value = std::move(kept);
}

workflows::Calendars ReadCalendars(std::map<std::string, Json> more) {
    for (const auto& [name, text] :
         Good(ReadDefinitionFiles(std::string(BACKHAUL_SOURCE_DIR) + "/workflows")))
        if (name.starts_with("calendars/"))
            more[name.substr(name.find('/') + 1)] = Good(ParseJson(text));
    return Good(workflows::Calendars::Read(more));
}

std::unique_ptr<connectors::Connector> WithTokens(const std::string& folder,
                                                  const std::string& secret) {
    connectors::Connector::Files files = Good(ReadFolder(folder));
    Json manifest = Good(ParseJson(files.at("connector.json")));
    Set(manifest, {"settings", "client_id"},
        Good(ParseJson(R"({"default":"client","sentence":"Client."})")));
    manifest.Set("auth", Good(ParseJson(R"({"type":"oauth2","token_path":"/token",
        "client_id":"client_id","client_secret":")" +
                                        secret + R"("})")));
    files["connector.json"] = WriteJson(manifest);
    return std::make_unique<connectors::Connector>(Good(connectors::Connector::Load(files)));
}

std::unique_ptr<Kit> MakeKit(Plant plant) {
    auto kit = std::make_unique<Kit>();
    kit->plant = std::move(plant);
    const DefinitionFiles files =
        Good(ReadDefinitionFiles(std::string(BACKHAUL_SOURCE_DIR) + "/workflows"));
    Json returns = Good(ParseJson(files.at("machines/return.json")));
    Json refunds = Good(ParseJson(files.at("machines/refund.json")));
    Json policy = Good(ParseJson(files.at("policies/default.json")));
    if (kit->plant.definitions) kit->plant.definitions(returns, refunds, policy);
    kit->rules.returns = Good(workflows::Compile(workflows::MachineKind::kReturn, returns));
    kit->rules.refunds = Good(workflows::Compile(workflows::MachineKind::kRefund, refunds));
    kit->rules.policy = Good(workflows::ReadPolicy(policy));
    CHECK(workflows::CheckDelays(kit->rules).ok());
    kit->rules.hash = "sim";
    kit->book.newest = &kit->rules;
    kit->book.pinned["sim"] = &kit->rules;
    kit->book.calendars = ReadCalendars();
    kit->book.wording = Good(ParseJson(files.at("wording/en.json")));
    kit->book.mint_key = [book = &kit->book](const CaseKey& key, std::int64_t command) {
        return MintKey("the deployment secret of simulated worlds", book->generation, key, command);
    };
    const Settings settings = MakeSettings();
    kit->kafka = settings.kafka;
    kit->connections = std::make_unique<Connections>(
        Good(Connections::Make(settings, [&](const std::string& name) {
            auto files = ReadFolder(name);
            if (files.ok() && kit->plant.files) kit->plant.files(name, *files);
            return files;
        })));
    kit->with_tokens = WithTokens("logistics/shipbob", "api_token");
    kit->book.connections = kit->connections->Facts();
    kit->book.routes = kit->connections->routes();
    if (kit->plant.book) kit->plant.book(kit->book);
    return kit;
}

}  // namespace returns::sim
