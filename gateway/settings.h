// The settings: one JSON file, one table that says everything about each of them, overrides from
// the environment, secrets by reference only. Values; any thread. Errors are one line and name the
// key; the program ends with exit code 2 on them.
#pragma once

#include "gateway/settings_limits.h"
#include "schemas/json.h"
#include "schemas/result.h"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

enum class Role : std::uint8_t { kPartner, kAgent, kOperator, kShop };
std::string_view Name(Role role);

// What a connection may do by itself: list what it would send, ask a person, or send.
enum class ConnectionMode : std::uint8_t { kObserve, kAsk, kAct };
std::string_view Name(ConnectionMode mode);

struct ListenSettings {
    std::string host;
    std::int64_t port = 0, connections_max = 0, connections_per_peer_max = 0, held_mib_max = 0;
    std::int64_t read_timeout_ms = 0, idle_timeout_ms = 0, reply_timeout_ms = 0;
    std::vector<std::string> proxies;
};

struct ShopSettings {
    std::string name;
    std::string calendar = {};  // in whose days its books are kept, of workflows/calendars; "": UTC
};

struct TopicSettings {
    std::string name, connector, shop;
};

struct KafkaSettings {
    std::string brokers;  // "" for none
    std::string start;    // "beginning" or "end"
    std::string group, instance, status_topic, rejected_topic;
    std::string anchors_topic;  // "": anchors go to no topic
    std::vector<TopicSettings> topics;
    std::string protocol, sasl_mechanism, sasl_user, sasl_password, ca_file, certificate_file,
        key_file;
};

struct ConnectionSettings {
    std::string name, connector, shop, base_url;
    ConnectionMode mode = ConnectionMode::kObserve;
    bool allow_plain_http = false;
    std::vector<std::string> client_certificates;  // see gateway/client_certificate.h; none: any
    // The connector's own settings with every reference already replaced by its secret. `secrets`
    // names those that came by reference: "api_key".
    Json settings;
    std::set<std::string> secrets;
    std::int64_t in_flight_max = 0, rate_per_minute = 0, burst = 0;
    std::int64_t breaker_failures = 0, breaker_open_seconds = 0, timeout_ms = 0;
    std::int64_t call_cap_minor = 0, daily_cap_minor = 0;  // of money; 0: no money may be sent
    std::string cap_currency;
    std::int64_t approve_above_minor = 0;  // refunds beyond it need one person more; 0: none do
    std::string calendar;  // when they work, of workflows/calendars; "": as the jurisdiction
    std::int64_t poll_after_minutes = 0;  // of silence; 0: never asked
};

// One rule of which connection handles what; the first that fits counts. See workflows/routes.h.
struct RouteSettings {
    std::string name, kind, connection, shop;
    bool mixed = false;
    std::vector<std::string> country, jurisdiction, brand, warehouse, item_class, reason;
};

struct KeySettings {
    std::string name;
    Role role = Role::kPartner;
    std::string connection, shop;
    std::string sha256;                         // hex, of the key's text
    std::vector<std::string> connections = {};  // a partner's, beside `connection`
};

struct Settings {
    ListenSettings listen;
    std::string public_url;
    std::string database;
    std::string machines;  // a folder; "" for those that came with the program
    std::string connectors, money_proof;
    std::string deployment_secret;    // the secret itself, at least 32 bytes
    std::vector<ShopSettings> shops;  // never empty: "main" when none is given
    KafkaSettings kafka;
    std::vector<ConnectionSettings> connections;
    std::vector<RouteSettings> routes;
    std::vector<KeySettings> keys;
    LimitSettings limits;
    SignInSettings signin;
    LedgerSettings ledger;
    FetchedKeySettings fetched_keys;
    std::int64_t time_factor = 1;
    std::int64_t drain_seconds = 0, session_hours = 0, client_workers = 0;
    std::string client_ca_file;
    std::string backup_folder;  // "": backups/ beside the database
    std::string log_level, language;
};

// What reading needs of the world.
struct SettingsSources {
    std::map<std::string, std::string> environment;
    std::function<Result<std::string>(const std::string& path)> read_file;
};
SettingsSources SystemSources();

// The file with its overrides. An environment variable BACKHAUL_<PATH>, upper case with '_' for
// '.', replaces a value that is not in a list: BACKHAUL_LISTEN_PORT=8081.
Result<Settings> LoadSettings(const std::string& path, const SettingsSources& sources);
// The same from text.
Result<Settings> ReadSettings(std::string_view text, const SettingsSources& sources);

// Every setting the connector calls secret must have come by reference.
Status CheckSecrets(const ConnectionSettings& connection,
                    const std::vector<std::string>& secret_names);

// One line of the table: what the simulator, the help text and README know about a setting.
struct SettingRow {
    std::string path;      // "listen.port", "connections[].mode"
    std::string type;      // "whole number", "text", "yes or no", "one of ask, act", "secret", ...
    std::string fallback;  // as text; "" with `required` false is an empty value
    std::int64_t min = 0, max = 0;  // whole numbers
    std::int64_t extreme = -1;      // a harsh value a simulation may take; -1: none
    bool secret = false, required = false;
    std::string sentence;
};
const std::vector<SettingRow>& SettingRows();
std::string SettingsTable();          // as text, for a terminal
std::string SettingsTableMarkdown();  // for README.md

}  // namespace returns::gateway
