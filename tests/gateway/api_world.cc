#include "tests/gateway/api_world.h"

#include "connectors/crypto.h"
#include "gateway/folders.h"
#include "schemas/check.h"

#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

constexpr std::string_view kSecret = "callback-secret-of-acme";

// A partner whose callback is {id, return, status, lines?}: one signature scheme, one mapping.
connectors::Connector::Files PartnerFiles() {
    return {{"connector.json", R"({
  "name": "logistics/acme", "title": "Acme", "version": "1", "proven_on": "contract",
  "announces": "none",
  "auth": {"type": "none"},
  "settings": {"secret": {"secret": true, "required": true, "sentence": "Signs callbacks."}},
  "operations": {},
  "callbacks": {
    "signature": {"scheme": "hmac-sha256", "header": "acme-signature", "encoding": "hex",
      "key": "text", "content": "{id}.{timestamp}.{body}", "id_header": "acme-id",
      "time_header": "acme-time", "tolerance_s": 300},
    "keys": "secret", "mapping": "callback.jq"},
  "cannot_tell": []})"},
            {"contract.json", R"({"about": "Acme", "operations": {}})"},
            {"callback.jq", R"(.body
| if .status == "broken" then error("no such status") else . end
| if .status == "nothing" then [] else
  [{type: .status, data: ({return_id: .return, raw_code: .status}
    + (if .lines then {lines: .lines} else {} end))}] end)"}};
}

KeySettings Key(const std::string& key, const std::string& name, Role role,
                const std::string& connection = "", const std::string& shop = "") {
    return {name, role, connection, shop, connectors::Sha256Hex(key)};
}

Settings MakeSettings() {
    Settings settings;
    settings.public_url = "http://gateway.example";
    settings.deployment_secret = "0123456789abcdef0123456789abcdef";
    settings.shops = {{"main"}, {"second"}};
    settings.session_hours = 8;
    settings.limits.body_bytes_max = 65536;
    settings.limits.callback_bytes_max = 4096;
    settings.limits.search_results_max = 2;
    settings.limits.deliveries_max = 50;
    settings.limits.deliveries_days = 30;
    settings.limits.waits_max = 100;
    settings.signin = {5, 20, 300};
    ConnectionSettings acme;
    acme.name = "acme";
    acme.connector = "logistics/acme";
    acme.shop = "main";
    acme.base_url = "https://acme.example";
    acme.settings = Json::Object({{"secret", Json::String(std::string(kSecret))}});
    acme.secrets = {"secret"};
    settings.connections = {acme};
    settings.keys = {Key(ApiWorld::kPartner, "partner:acme", Role::kPartner, "acme"),
                     Key(ApiWorld::kOtherPartner, "partner:other", Role::kPartner, "other"),
                     Key(ApiWorld::kAgent, "agent:anna", Role::kAgent),
                     Key(ApiWorld::kOperator, "operator:omar", Role::kOperator),
                     Key(ApiWorld::kSecond, "operator:olga", Role::kOperator),
                     Key(ApiWorld::kShop, "shop:main", Role::kShop, "", "main")};
    return settings;
}

}  // namespace

const std::string ApiWorld::kPartner = "bhk_partner";
const std::string ApiWorld::kOtherPartner = "bhk_other";
const std::string ApiWorld::kAgent = "bhk_agent";
const std::string ApiWorld::kOperator = "bhk_operator";
const std::string ApiWorld::kSecond = "bhk_second";
const std::string ApiWorld::kShop = "bhk_shop";

ApiWorld::ApiWorld(std::size_t queue_max, const std::function<void(Settings&)>& change)
    : settings(MakeSettings()) {
    if (change) change(settings);
    const auto files = ReadDefinitionFiles(BACKHAUL_SOURCE_DIR "/workflows");
    CHECK(files.ok());
    auto loaded = Definitions::Load(*files, "en");
    CHECK(loaded.ok());
    definitions = std::move(*loaded);
    auto made = Connections::Make(
        settings,
        [](const std::string&) -> Result<connectors::Connector::Files> { return PartnerFiles(); });
    if (!made.ok()) ADD_FAILURE() << made.error().text;
    CHECK(made.ok());
    connections = std::move(*made);
    definitions->book().connections = connections->Facts();
    definitions->book().routes = connections->routes();
    definitions->book().mint_key = [](const CaseKey& key, std::int64_t command) {
        return MintKey("0123456789abcdef0123456789abcdef", 1, key, command);
    };
    EngineOptions options;
    options.queue_max = queue_max;
    options.personal_secret = "personal";
    engine = std::make_unique<Engine>(store, store, clock, random, definitions->book(), options);
    publisher = std::make_unique<Publisher>(*engine, nullptr, PublisherTopics{});
    switches = std::make_unique<Switches>(*engine, clock, *connections);
    dispatcher =
        std::make_unique<Dispatcher>(*engine, http, *publisher, clock, random, *connections);
    auto days = BookDaysOf(settings, definitions->book().calendars);
    CHECK(days.ok());
    money = std::make_unique<MoneyDays>(*engine, clock, std::move(*days),
                                        settings.limits.money_listed_max);
    MakeApi();
}

void ApiWorld::Reconnect() {
    auto made = Connections::Make(settings, [](const std::string& name) {
        return ReadConnectorFolder(BACKHAUL_SOURCE_DIR "/connectors/" + name);
    });
    ASSERT_TRUE(made.ok()) << made.error().text;
    api.reset();
    dispatcher.reset();
    switches.reset();
    connections = std::move(*made);
    definitions->book().connections = connections->Facts();
    ApiParts parts{*engine, *connections, clock, settings};
    api = std::make_unique<Api>(std::move(parts));
}

void ApiWorld::MakeApi() {
    ApiParts parts{*engine, *connections, clock, settings};
    parts.dispatcher = dispatcher.get();
    parts.switches = switches.get();
    parts.money = money.get();
    parts.reread = reread;
    parts.random_bytes = [this](std::size_t n) {
        std::string bytes = std::to_string(random.Next());
        bytes.resize(n, 'x');
        return bytes;
    };
    api = std::make_unique<Api>(std::move(parts));
}

DoorReply ApiWorld::Ask(DoorRequest request) {
    request.peer = peer;
    const auto answers = std::make_shared<std::vector<DoorReply>>();  // may come after we are gone
    std::optional<CallbackRead> read;
    if (apart && CallbackReader::IsCallback(request)) read = apart->Read(request);
    api->Handle(
        std::move(request), [answers](DoorReply reply) { answers->push_back(reply); },
        std::move(read));
    if (!step) return answers->empty() ? DoorReply{.status = 0} : answers->front();
    while (engine->Step()) {
    }
    EXPECT_EQ(answers->size(), 1U);
    return answers->empty() ? DoorReply{.status = 0} : answers->front();
}

DoorReply ApiWorld::Get(const std::string& target, const std::string& key,
                        connectors::HttpHeaders headers) {
    DoorRequest request;
    request.method = "GET";
    const std::size_t mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string::npos) request.query = target.substr(mark + 1);
    request.headers = std::move(headers);
    if (!key.empty()) request.headers.emplace_back("Authorization", "Bearer " + key);
    return Ask(std::move(request));
}

DoorReply ApiWorld::Post(const std::string& target, const std::string& key, const std::string& body,
                         connectors::HttpHeaders headers) {
    DoorRequest request;
    request.method = "POST";
    request.path = target;
    request.headers = std::move(headers);
    request.body = body;
    if (!key.empty()) request.headers.emplace_back("Authorization", "Bearer " + key);
    return Ask(std::move(request));
}

connectors::HttpHeaders ApiWorld::Signed(const std::string& body, const std::string& id, int age) {
    const auto& recipe = connections->Find("acme")->connector->manifest().callbacks->recipe;
    const std::string path = "/v1/callbacks/acme";
    const connectors::SignedRequest request{"POST", "http://gateway.example/v1/callbacks/acme",
                                            path, nullptr, body};
    auto headers = recipe.Sign(id, clock.now - std::chrono::seconds(age), request, kSecret);
    CHECK(headers.ok());
    return *headers;
}

DoorReply ApiWorld::CallBack(const std::string& body, const std::string& id, int age) {
    return Post("/v1/callbacks/acme", "", body, Signed(body, id, age));
}

DoorReply ApiWorld::Tell(const std::string& type, const std::string& id, const std::string& order,
                         const std::string& data) {
    return Post("/v1/events", kShop,
                R"({"specversion":"1.0","source":"/shop","id":")" + id + R"(","type":")" + type +
                    R"(","subject":")" + order + R"(","time":"2026-03-01T10:00:00Z","data":)" +
                    data + "}",
                {{"Content-Type", "application/cloudevents+json"}});
}

void ApiWorld::TellReturn() {
    const auto taken = [](const DoorReply& reply) { EXPECT_EQ(reply.status, 202) << reply.body; };
    taken(Tell("order.placed", "e1", "1001",
               R"({"lines":[{"id":"A","sku":"LAMP","quantity":2,"unit_price_minor":5000}],)"
               R"("currency":"EUR","jurisdiction":"EU",)"
               R"("customer":{"name":"Ada","mail":"ada@shop.example","phone":"+49 30 55"}})"));
    taken(Tell("order.captured", "e2", "1001",
               R"({"currency":"EUR","tender":{"id":"T1","kind":"card","reference":"ch_1",)"
               R"("amount_minor":10000}})"));
    taken(Tell("order.delivered", "e3", "1001", "{}"));
    taken(Tell("return.requested", "e4", "1001",
               R"({"return_id":"R-1","lines":[{"id":"A","quantity":1,"reason":"too_small"}],)"
               R"("resolution":"refund","statutory":true})"));
    taken(Tell("parcel.scanned", "e5", "1001", R"({"return_id":"R-1"})"));
}

std::string ApiWorld::SignIn(const std::string& key) {
    const DoorReply reply = Form("/signin", "", "key=" + key + "&next=%2F");
    EXPECT_EQ(reply.status, 303);
    const std::string cookie = HeaderOf(reply, "Set-Cookie");
    return cookie.substr(0, cookie.find(';'));
}

DoorReply ApiWorld::Page(const std::string& target, const std::string& cookie) {
    connectors::HttpHeaders headers = {{"Accept", "text/html"}, {"Host", "gateway.example"}};
    if (!cookie.empty()) headers.emplace_back("Cookie", cookie);
    return Get(target, "", std::move(headers));
}

DoorReply ApiWorld::Form(const std::string& target, const std::string& cookie,
                         const std::string& form) {
    connectors::HttpHeaders headers = {{"Accept", "text/html"},
                                       {"Host", "gateway.example"},
                                       {"Origin", "http://gateway.example"},
                                       {"Content-Type", "application/x-www-form-urlencoded"}};
    if (!cookie.empty()) headers.emplace_back("Cookie", cookie);
    return Post(target, "", form, std::move(headers));
}

std::string HeaderOf(const DoorReply& reply, std::string_view name) {
    return std::string(connectors::FindHeader(reply.headers, name));
}

Json BodyOf(const DoorReply& reply) {
    const auto json = ParseJson(reply.body);
    return json.ok() ? *json : Json();
}

std::string CodeOf(const DoorReply& reply) {
    EXPECT_EQ(HeaderOf(reply, "Content-Type"), kProblemType) << reply.body;
    return BodyOf(reply)["code"].AsString();
}

std::string FieldOf(const std::string& page, const std::string& name) {
    const std::string mark = "name=\"" + name + "\" value=\"";
    const std::size_t at = page.find(mark);
    if (at == std::string::npos) return "";
    return page.substr(at + mark.size(), page.find('"', at + mark.size()) - at - mark.size());
}

}  // namespace returns::gateway
