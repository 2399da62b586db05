#include "gateway/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace returns::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kHash(64, 'a');

SettingsSources World() {
    SettingsSources world;
    world.environment = {{"SECRET", std::string(32, 's')}, {"STRIPE", "sk_1"}, {"EMPTY", ""}};
    world.read_file = [](const std::string& path) -> Result<std::string> {
        if (path == "/run/deployment") return std::string(40, 'd') + "\n";
        if (path == "/run/empty") return std::string("\n");
        if (path == "/etc/settings.json")
            return std::string(R"({"deployment_secret": "env:SECRET"})");
        return Invalid("cannot read the file '" + path + "'");
    };
    return world;
}

// The smallest good file with more members.
Result<Settings> Read(const std::string& more, const SettingsSources& world = World()) {
    return ReadSettings(
        R"({"deployment_secret": "env:SECRET")" + (more.empty() ? "" : ", " + more) + "}", world);
}

TEST(Settings, FallBackToTheTable) {
    const auto settings = Read("");
    ASSERT_TRUE(settings.ok()) << settings.error().text;
    EXPECT_EQ(settings->listen.host, "127.0.0.1");
    EXPECT_EQ(settings->listen.port, 8080);
    EXPECT_EQ(settings->limits.callback_bytes_max, 256 << 10);
    EXPECT_EQ(settings->kafka.status_topic, "returns.status");
    EXPECT_EQ(settings->time_factor, 1);
    EXPECT_EQ(settings->deployment_secret, std::string(32, 's'));
    ASSERT_EQ(settings->shops.size(), 1u);
    EXPECT_EQ(settings->shops[0].name, "main");
    EXPECT_TRUE(settings->listen.proxies.empty());
}

TEST(Settings, ReadEverythingFromTheFile) {
    const auto settings = Read(R"(
        "listen": {"port": 9000, "proxies": ["10.0.0.1"]}, "public_url": "https://returns.example",
        "shops": [{"name": "north"}, {"name": "main"}],
        "kafka": {"brokers": "k:9092", "start": "end", "sasl_password": "env:STRIPE",
                  "topics": [{"name": "orders", "shop": "north"}]},
        "connections": [{"name": "stripe-main", "connector": "payment/stripe", "mode": "act",
            "base_url": "https://api.example/v1", "daily_cap_minor": 500000, "cap_currency": "EUR",
            "settings": {"api_key": "env:STRIPE", "account": "acct_1", "depth": {"a": [1, true]},
                         "webhook_keys": ["env:STRIPE", "file:/run/deployment"]}}],
        "keys": [{"name": "anna", "role": "agent", "sha256": ")" +
                               kHash + R"("},
                 {"name": "p", "role": "partner", "connection": "stripe-main",
                  "sha256": ")" +
                               std::string(64, 'b') + R"("}])");
    ASSERT_TRUE(settings.ok()) << settings.error().text;
    EXPECT_EQ(settings->listen.port, 9000);
    EXPECT_EQ(settings->listen.proxies.at(0), "10.0.0.1");
    EXPECT_EQ(settings->kafka.sasl_password, "sk_1");
    EXPECT_EQ(settings->kafka.topics.at(0).connector, "shop/cloudevents");
    const ConnectionSettings& stripe = settings->connections.at(0);
    EXPECT_EQ(stripe.mode, ConnectionMode::kAct);
    EXPECT_EQ(stripe.settings["api_key"].AsString(), "sk_1");
    EXPECT_EQ(stripe.settings["account"].AsString(), "acct_1");
    EXPECT_EQ(stripe.settings["webhook_keys"].Items().at(1).AsString(), std::string(40, 'd'));
    EXPECT_EQ(stripe.secrets, (std::set<std::string>{"api_key", "webhook_keys"}));
    EXPECT_EQ(settings->keys.at(0).role, Role::kAgent);
    EXPECT_EQ(settings->keys.at(1).connection, "stripe-main");
}

TEST(Settings, TheEnvironmentReplacesTheFile) {
    SettingsSources world = World();
    world.environment["BACKHAUL_LISTEN_PORT"] = "8081";
    world.environment["BACKHAUL_LISTEN_PROXIES"] = "10.0.0.1,10.0.0.2";
    world.environment["BACKHAUL_LANGUAGE"] = "de";
    world.environment["BACKHAUL_DEPLOYMENT_SECRET"] = "file:/run/deployment";
    const auto settings = Read(R"("listen": {"port": 9000})", world);
    ASSERT_TRUE(settings.ok()) << settings.error().text;
    EXPECT_EQ(settings->listen.port, 8081);
    EXPECT_EQ(settings->listen.proxies, (std::vector<std::string>{"10.0.0.1", "10.0.0.2"}));
    EXPECT_EQ(settings->language, "de");
    EXPECT_EQ(settings->deployment_secret, std::string(40, 'd'));
    world.environment["BACKHAUL_LISTEN_PORT"] = "80x";
    EXPECT_THAT(Read("", world).error().text, HasSubstr("listen.port: expected a whole number"));
}

struct Fault {
    const char* name;
    std::string more;
    std::string said;
};
class SettingsFault : public testing::TestWithParam<Fault> {};

TEST_P(SettingsFault, IsOneLineThatNamesTheKey) {
    const auto settings = Read(GetParam().more);
    ASSERT_FALSE(settings.ok());
    const std::string& text = settings.error().text;
    EXPECT_THAT(text, testing::StartsWith("reading settings: "));
    EXPECT_THAT(text, HasSubstr(GetParam().said));
    EXPECT_EQ(text.find('\n'), std::string::npos);
}

std::string Connection(const std::string& more) {
    return R"("connections": [{"name": "c", "connector": "a/b")" + more + "}]";
}
std::string Key(const std::string& more) {
    return R"("keys": [{"name": "k", "sha256": ")" + kHash + "\"" + more + "}]";
}

INSTANTIATE_TEST_SUITE_P(
    Settings, SettingsFault,
    testing::Values(
        Fault{"UnknownKey", R"("prot": 1)", "unknown key 'prot'"},
        Fault{"UnknownKeyOfTwoLines", R"("pr\not": 1)", "unknown key 'pr ot'"},
        Fault{"UnknownNested", R"("listen": {"prot": 1})",
              "unknown key 'listen.prot', did you mean 'port'?"},
        Fault{"UnknownInList", Connection(R"(, "base_ulr": "")"),
              "unknown key 'connections[0].base_ulr', did you mean 'base_url'?"},
        Fault{"NotAnObject", R"("listen": 8080)", "listen: expected an object, found a number"},
        Fault{"NotAList", R"("keys": {})", "keys: expected a list, found an object"},
        Fault{"NotANumber", R"("listen": {"port": "8080"})",
              "listen.port: expected a whole number, found a text"},
        Fault{"Fraction", R"("listen": {"port": 1.5})", "listen.port: expected a whole number"},
        Fault{"TooBig", R"("listen": {"port": 65536})",
              "listen.port: 65536 is not within 0 to 65535"},
        Fault{"TooSmall", R"("time_factor": 0)", "time_factor: 0 is not within 1 to 1000000"},
        Fault{"NotAText", R"("database": 7)", "database: expected a text, found a number"},
        Fault{"ProxyByName", R"("listen": {"proxies": ["nginx"]})",
              "listen.proxies: 'nginx' is not an IP address"},
        Fault{"CertificateWithoutProxy",
              Connection(R"(, "client_certificates": ["subject:CN=acme"])"),
              "connections[0].client_certificates: only a proxy sees certificates"},
        Fault{"CertificateOfNoKind",
              R"("listen": {"proxies": ["::1"]}, )" +
                  Connection(R"(, "client_certificates": ["CN=acme"])"),
              "connections[0].client_certificates: expected sha256:"},
        Fault{"CertificateCutShort",
              R"("listen": {"proxies": ["::1"]}, )" +
                  Connection(R"(, "client_certificates": ["sha256:abcd"])"),
              "connections[0].client_certificates: expected sha256:"},
        Fault{"NotAFlag", Connection(R"(, "allow_plain_http": "yes")"),
              "connections[0].allow_plain_http: expected true or false"},
        Fault{"NotTexts", R"("listen": {"proxies": [1]})", "listen.proxies: expected a list"},
        Fault{"NotAChoice", Connection(R"(, "mode": "go")"),
              "connections[0].mode: 'go' is not one of observe, ask, act"},
        Fault{"MissingInList", R"("connections": [{"name": "c"}])",
              "connections[0].connector: is missing"},
        Fault{"EmptyRequired", R"("shops": [{"name": ""}])", "shops[0].name: must not be empty"},
        Fault{"Twice", R"("shops": [{"name": "a"}, {"name": "a"}])",
              "shops[1].name: 'a' is there twice"},
        Fault{"ConnectionTwice",
              R"("connections": [{"name": "c", "connector": "a/b"}, )"
              R"({"name": "c", "connector": "a/b"}])",
              "connections[1].name: 'c' is there twice"},
        Fault{"BadName", R"("connections": [{"name": "C/x", "connector": "a/b"}])",
              "connections[0].name: use lower-case"},
        Fault{"UnknownShop", Connection(R"(, "shop": "south")"),
              "connections[0].shop: 'south' is not among the shops"},
        Fault{"BadUrl", Connection(R"(, "base_url": "api.example")"),
              "connections[0].base_url: 'api.example' is not a URL"},
        Fault{"PlainHttp", Connection(R"(, "base_url": "http://api.example")"),
              "connections[0].base_url: http:// only reaches this machine"},
        Fault{"LiteralSecret", R"("kafka": {"sasl_password": "hunter2"})",
              "kafka.sasl_password: a secret never stands here itself, write file:/path or "
              "env:NAME"},
        Fault{"UnsetSecret", Connection(R"(, "settings": {"api_key": "env:NOPE"})"),
              "connections[0].settings.api_key: the environment variable 'NOPE' is not set"},
        Fault{"EmptySecret", R"("kafka": {"sasl_password": "env:EMPTY"})",
              "the environment variable 'EMPTY' is not set"},
        Fault{"UnreadableSecret", Connection(R"(, "settings": {"k": ["file:/nope"]})"),
              "connections[0].settings.k[0]: cannot read the file '/nope'"},
        Fault{"EmptySecretFile", R"("kafka": {"sasl_password": "file:/run/empty"})",
              "the file '/run/empty' is empty"},
        Fault{"TopicsWithoutBrokers", R"("kafka": {"topics": [{"name": "t"}]})",
              "kafka.brokers: is missing"},
        Fault{"TopicsWithoutStart", R"("kafka": {"brokers": "k:9092", "topics": [{"name": "t"}]})",
              "kafka.start: is missing"},
        Fault{"TopicOfUnknownShop",
              R"("kafka": {"brokers": "k:9092", "start": "end",
                           "topics": [{"name": "t", "shop": "south"}]})",
              "kafka.topics[0].shop: 'south' is not among the shops"},
        Fault{"BadRole", Key(R"(, "role": "root")"), "keys[0].role: 'root' is not one of"},
        Fault{"PartnerWithoutConnection", Key(R"(, "role": "partner", "connection": "x")"),
              "keys[0].connection: 'x' is not among the connections"},
        Fault{"KeyOfUnknownShop", Key(R"(, "role": "agent", "shop": "south")"),
              "keys[0].shop: 'south' is not among the shops"},
        Fault{"ShopKeyWithoutShop", Key(R"(, "role": "shop")"), "keys[0].shop: is missing"},
        Fault{"BadHash", R"("keys": [{"name": "k", "role": "agent", "sha256": "key-itself"}])",
              "keys[0].sha256: expected 64 lower-case hex digits"},
        Fault{"SameKeyTwice",
              R"("keys": [{"name": "a", "role": "agent", "sha256": ")" + kHash +
                  R"("}, {"name": "b", "role": "operator", "sha256": ")" + kHash + R"("}])",
              "keys[1].sha256: another entry has the same key"},
        Fault{"Limits", R"("limits": {"body_bytes_max": 2048})",
              "limits.callback_bytes_max: is more than limits.body_bytes_max"},
        Fault{"BadPublicUrl", R"("public_url": "returns.example")", "public_url: "},
        Fault{"BadJson", R"("listen": {)", "reading JSON"}),
    [](const auto& row) { return row.param.name; });

TEST(Settings, TheDeploymentSecretIsNeededAndLong) {
    EXPECT_THAT(ReadSettings("{}", World()).error().text,
                HasSubstr("deployment_secret: is missing"));
    SettingsSources world = World();
    world.environment["SECRET"] = "short";
    EXPECT_THAT(Read("", world).error().text, HasSubstr("deployment_secret: is shorter"));
    EXPECT_THAT(Read("", world).error().text, Not(HasSubstr("short ")));
}

TEST(Settings, ComeFromAFile) {
    EXPECT_TRUE(LoadSettings("/etc/settings.json", World()).ok());
    EXPECT_THAT(LoadSettings("/etc/none.json", World()).error().text, HasSubstr("/etc/none.json"));
    EXPECT_FALSE(LoadSettings("/nonexistent/settings.json", SystemSources()).ok());
}

TEST(Settings, PlainHttpBeyondThisMachineIsAskedFor) {
    EXPECT_TRUE(Read(Connection(R"(, "base_url": "http://127.0.0.1:8080")")).ok());
    EXPECT_TRUE(
        Read(Connection(R"(, "base_url": "http://partner", "allow_plain_http": true)")).ok());
}

TEST(Settings, DeclaredSecretsMustBeReferences) {
    const auto settings = Read(Connection(
        R"(, "settings": {"api_key": "sk_literal", "keys": ["env:STRIPE", "whsec_literal"]})"));
    ASSERT_TRUE(settings.ok());
    const ConnectionSettings& c = settings->connections[0];
    EXPECT_TRUE(CheckSecrets(c, {"absent"}).ok());
    EXPECT_THAT(CheckSecrets(c, {"api_key"}).error().text,
                HasSubstr("connections.c.settings.api_key: a secret never stands here"));
    EXPECT_FALSE(CheckSecrets(c, {"keys"}).ok());
    EXPECT_THAT(CheckSecrets(c, {"api_key"}).error().text, Not(HasSubstr("sk_literal")));
}

TEST(Settings, TheTableIsWholeAndSound) {
    std::set<std::string> paths;
    for (const SettingRow& row : SettingRows()) {
        EXPECT_TRUE(paths.insert(row.path).second) << row.path;
        EXPECT_FALSE(row.sentence.empty()) << row.path;
        if (row.max > 0) {
            EXPECT_LE(row.min, std::stoll(row.fallback)) << row.path;
            EXPECT_GE(row.max, std::stoll(row.fallback)) << row.path;
        }
        if (row.extreme >= 0) {
            EXPECT_GE(row.extreme, row.min) << row.path;
            EXPECT_LE(row.extreme, row.max) << row.path;
        }
        EXPECT_THAT(SettingsTable(), HasSubstr(row.path));
        EXPECT_THAT(SettingsTableMarkdown(), HasSubstr("| `" + row.path + "` |"));
    }
    EXPECT_TRUE(paths.contains("connections[].mode"));
    EXPECT_TRUE(paths.contains("kafka.topics[].name"));
}

}  // namespace
}  // namespace returns::gateway
