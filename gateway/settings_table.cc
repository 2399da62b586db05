#include "gateway/settings_table.h"

#include <algorithm>
#include <string>

namespace returns::gateway {
namespace {

template <class T>
using At = Target (*)(T&);

template <class T>
Row<T> Text(std::string_view name, At<T> at, std::string_view fallback, std::string_view sentence) {
    Row<T> row;
    row.name = name;
    row.fallback = fallback;
    row.sentence = sentence;
    row.at = at;
    return row;
}

template <class T>
Row<T> OfForm(Form form, std::string_view name, At<T> at, std::string_view fallback,
              std::string_view sentence) {
    Row<T> row = Text(name, at, fallback, sentence);
    row.form = form;
    return row;
}

template <class T>
Row<T> Needed(Row<T> row) {
    row.required = true;
    return row;
}

struct Bounds {
    std::int64_t min, max, extreme = -1;
};

template <class T>
Row<T> Number(std::string_view name, At<T> at, std::string_view fallback, Bounds bounds,
              std::string_view sentence) {
    Row<T> row = OfForm(Form::kNumber, name, at, fallback, sentence);
    row.min = bounds.min;
    row.max = bounds.max;
    row.extreme = bounds.extreme;
    return row;
}

template <class T>
Row<T> Choice(std::string_view name, At<T> at, std::vector<std::string_view> words,
              std::string_view fallback, std::string_view sentence) {
    Row<T> row = OfForm(Form::kChoice, name, at, fallback, sentence);
    row.words = std::move(words);
    return row;
}

constexpr std::int64_t kMega = 1 << 20;

// AT(Settings, listen.port) is where that value lives.
#define AT(type, field) +[](type& s) -> Target { return &s.field; }
#define IN(field) AT(Settings, field)

std::vector<Row<Settings>> PlaceRows() {
    return {
        Text("listen.host", IN(listen.host), "127.0.0.1", "Address the HTTP listener binds to."),
        Number("listen.port", IN(listen.port), "8080", {0, 65535}, "Its port; 0 takes a free one."),
        Number("listen.connections_max", IN(listen.connections_max), "8192", {1, 65536, 2},
               "Open connections at most; the system must allow 256 open files more."),
        Number("listen.connections_per_peer_max", IN(listen.connections_per_peer_max), "64",
               {1, 65536, 1},
               "Open connections of one address (of an IPv6 /64) at most; proxies excepted."),
        Number("listen.held_mib_max", IN(listen.held_mib_max), "256", {1, 65536, 1},
               "Memory for requests under way; beyond it only those up to 16 KiB are taken."),
        Number("listen.read_timeout_ms", IN(listen.read_timeout_ms), "10000", {100, 300000},
               "Time for one whole request to arrive."),
        Number("listen.idle_timeout_ms", IN(listen.idle_timeout_ms), "5000", {100, 300000},
               "Time a connection may wait for its next request."),
        Number("listen.reply_timeout_ms", IN(listen.reply_timeout_ms), "15000", {100, 300000},
               "Time for an answer to be ready; then 503."),
        OfForm(Form::kTexts, "listen.proxies", IN(listen.proxies), "",
               "Addresses of reverse proxies, of each hop: what they say of a caller's address and "
               "certificate is believed."),
        Text("public_url", IN(public_url), "",
             "How browsers and partners reach this gateway; https makes its cookies secure."),
        Text("database", IN(database), "backhaul.db", "File of the SQLite database."),
        Text("machines", IN(machines), "",
             "Folder of machine and policy files; empty takes those that came along."),
        Text("connectors", IN(connectors), "",
             "Folder of connectors; empty takes those that came along."),
        Choice(
            "money_proof", IN(money_proof), {"required", "warn"}, "required",
            "What a start does where the money proof of machines, policy and a payment connection "
            "is not kept: refuse, or say so and go on. See 'backhaul machine --help'."),
        Needed(OfForm(Form::kSecret, "deployment_secret", IN(deployment_secret), "",
                      "At least 32 bytes. Keys of commands, sessions and digests of personal data "
                      "derive from it: keep it as long as the database.")),
    };
}

std::vector<Row<Settings>> KafkaRows() {
    return {
        Text("kafka.brokers", IN(kafka.brokers), "",
             "host:port, comma-separated; empty: no Kafka."),
        Choice("kafka.start", IN(kafka.start), {"", "beginning", "end"}, "",
               "Where a topic never read before is started; needed where there are topics."),
        Text("kafka.group", IN(kafka.group), "backhaul", "Consumer group."),
        Text("kafka.instance", IN(kafka.instance), "",
             "This gateway's name in its group, no other's: after a crash it has its partitions at "
             "once instead of after 45 s. Empty: none."),
        Text("kafka.status_topic", IN(kafka.status_topic), "returns.status",
             "Topic that tells every move."),
        Text("kafka.rejected_topic", IN(kafka.rejected_topic), "returns.rejected",
             "Topic for input that cannot be understood."),
        Text("kafka.anchors_topic", IN(kafka.anchors_topic), "",
             "Topic that anchors of the journal are published to, for those who check it; empty: "
             "none."),
        Choice("kafka.protocol", IN(kafka.protocol),
               {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"}, "plaintext",
               "Security protocol of the brokers."),
        Choice("kafka.sasl_mechanism", IN(kafka.sasl_mechanism),
               {"", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}, "", "Mechanism of SASL."),
        Text("kafka.sasl_user", IN(kafka.sasl_user), "", "User of SASL."),
        OfForm(Form::kSecret, "kafka.sasl_password", IN(kafka.sasl_password), "",
               "Password of SASL."),
        Text("kafka.ca_file", IN(kafka.ca_file), "", "Authorities of the brokers, PEM."),
        Text("kafka.certificate_file", IN(kafka.certificate_file), "", "Own certificate, PEM."),
        Text("kafka.key_file", IN(kafka.key_file), "", "Own private key, PEM."),
    };
}

std::vector<Row<Settings>> LimitRows() {
    return {
        Number("limits.body_bytes_max", IN(limits.body_bytes_max), "1048576",
               {1024, 64 * kMega, 2048}, "Longest request body."),
        Number("limits.callback_bytes_max", IN(limits.callback_bytes_max), "262144",
               {1024, 64 * kMega, 1024}, "Longest callback body."),
        Number("limits.message_bytes_max", IN(limits.message_bytes_max), "1048576",
               {1024, 64 * kMega, 1024}, "Longest topic record; beyond, it is rejected."),
        Number("limits.lane_queue_max", IN(limits.lane_queue_max), "4096", {1, 1000000, 2},
               "Inputs waiting for the lane; beyond, HTTP says 429 and topics pause."),
        Number("limits.cases_cached_max", IN(limits.cases_cached_max), "20000", {1, 10000000, 1},
               "Cases kept in memory."),
        Number("limits.held_events_max", IN(limits.held_events_max), "64", {1, 4096, 1},
               "Events that wait in a case for its order."),
        Number("limits.lines_max", IN(limits.lines_max), "2000", {1, 100000, 3},
               "Order lines of one case."),
        Number("limits.slices_max", IN(limits.slices_max), "5000", {1, 100000, 4},
               "Return slices of one case."),
        Number("limits.events_max", IN(limits.events_max), "4096", {16, 100000, 24},
               "Events of one case."),
        Number("limits.row_bytes_max", IN(limits.row_bytes_max), "1048576",
               {16384, 64 * kMega, 16384}, "Bytes of one stored case."),
        Number("limits.search_results_max", IN(limits.search_results_max), "200", {1, 1000, 1},
               "Entries of one page of results."),
        Number("limits.missing_tickets_max", IN(limits.missing_tickets_max), "20", {0, 10000, 1},
               "Orders nobody told us of that get a ticket each, by shop; all beyond share one."),
        Number("limits.disk_free_mib_min", IN(limits.disk_free_mib_min), "256", {0, kMega},
               "With less free space beside the database, /readyz says not ready; 0: never."),
        Number("limits.raw_days", IN(limits.raw_days), "30", {1, 3650, 1},
               "Days that input which could not be read is kept as it came; then its digest."),
        Number("limits.callbacks_kept_mib", IN(limits.callbacks_kept_mib), "64", {0, 65536},
               "MiB a day of callbacks kept as they came, for raw_days, so that a new mapping can "
               "be rehearsed on them; 0: none."),
        Number("limits.deliveries_max", IN(limits.deliveries_max), "500", {1, 5000, 2},
               "Callbacks a partner sees of each connection, and as many that were refused."),
        Number("limits.deliveries_days", IN(limits.deliveries_days), "30", {1, 366, 1},
               "Days it sees them, and days its figures add up."),
        Number("limits.waits_max", IN(limits.waits_max), "200000", {1, 10000000, 2},
               "Returns listed as waiting for one partner; the newest beyond are only counted."),
        Number("limits.money_listed_max", IN(limits.money_listed_max), "200000", {1, 10000000, 2},
               "Refunds listed for finance as due by a legal date, in doubt or overpaid; those "
               "beyond are only counted."),
        Number("limits.import_row_bytes_max", IN(limits.import_row_bytes_max), "65536",
               {256, 64 * kMega, 256},
               "Longest row of a file to import or of a settlement report."),
        Number("limits.import_file_mib_max", IN(limits.import_file_mib_max), "1024", {1, 16384},
               "Longest file to import, in MiB; it is read into memory."),
        Number("limits.import_errors_max", IN(limits.import_errors_max), "50", {1, 100000, 1},
               "Errors an import lists; all are counted."),
    };
}

std::vector<Row<Settings>> RunRows() {
    return {
        Number("time_factor", IN(time_factor), "1", {1, 1000000},
               "Makes time run faster, for demonstrations; 1 in production."),
        Number("drain_seconds", IN(drain_seconds), "20", {1, 300, 1},
               "Time to finish what is under way when asked to stop."),
        Number("session_hours", IN(session_hours), "12", {1, 720}, "Life of a sign-in."),
        Number("signin.failures_per_address_max", IN(signin.failures_per_address_max), "10",
               {1, 10000, 1}, "Failed sign-ins of one address in a window; then it has to wait."),
        Number("signin.failures_max", IN(signin.failures_max), "500", {1, 1000000, 2},
               "Failed sign-ins of all addresses in a window; then everybody has to wait."),
        Number("signin.window_seconds", IN(signin.window_seconds), "300", {1, 86400},
               "Length of that window, in real time."),
        Number("fetched_keys.cache_hours", IN(fetched_keys.cache_hours), "12", {1, 168, 1},
               "Age at which a partner's published keys are fetched again."),
        Number("fetched_keys.keep_hours", IN(fetched_keys.keep_hours), "72", {1, 720, 1},
               "Age at which they count no more, if they could not be fetched again."),
        Number("fetched_keys.refetch_seconds", IN(fetched_keys.refetch_seconds), "60", {5, 3600, 5},
               "Least time between two fetches from one partner, whatever callbacks say."),
        Number("fetched_keys.waiting_max", IN(fetched_keys.waiting_max), "64", {0, 4096, 0},
               "Callbacks that may wait for keys being fetched; beyond, 503."),
        Number("client_workers", IN(client_workers), "0", {0, 4096},
               "Outbound calls at the same time, all connections together; 0: what their "
               "in_flight_max add up to. Fewer, and one partner that is slow holds up others."),
        Text("ledger.anchors_file", IN(ledger.anchors_file), "",
             "File that anchors of the journal are appended to, where finance keeps it; empty: "
             "none. It may be rotated at any time."),
        Number("ledger.anchors_seconds", IN(ledger.anchors_seconds), "300", {1, 86400, 1},
               "Time between two anchors sent out, while something happens."),
        Text("client_ca_file", IN(client_ca_file), "",
             "Authorities of partners, PEM; empty takes the system's."),
        Text("backup_folder", IN(backup_folder), "",
             "Where backups of the running gateway go; empty is backups/ beside the database."),
        Choice("log_level", IN(log_level), {"error", "warning", "information", "debug"},
               "information", "How much is logged."),
        Choice("language", IN(language), {"en", "de"}, "en",
               "Language of customer sentences where the order does not tell."),
    };
}

#undef IN
#define IN(field) AT(ConnectionSettings, field)

std::vector<Row<ConnectionSettings>> PartnerRows() {
    Row<ConnectionSettings> table = OfForm<ConnectionSettings>(
        Form::kTable, "settings", [](ConnectionSettings& s) -> Target { return &s; }, "",
        "What its connector asks for; secrets as file:/path or env:NAME, tables also as "
        "file:/path of CSV (ours,theirs) or JSON.");
    return {
        Needed(Text("name", IN(name), "", "Its name, in URLs and tickets.")),
        Needed(Text("connector", IN(connector), "", "The connector it speaks: payment/stripe.")),
        Text("shop", IN(shop), "main", "The shop it works for."),
        Text("base_url", IN(base_url), "", "Where its API lives; empty when it is never called."),
        Choice("mode", IN(mode), {"observe", "ask", "act"}, "observe",
               "observe: list what would be sent; ask: a person approves; act: send."),
        OfForm(Form::kFlag, "allow_plain_http", IN(allow_plain_http), "false",
               "Allows http:// beyond this machine."),
        OfForm(Form::kTexts, "client_certificates", IN(client_certificates), "",
               "TLS certificates its callbacks must come with, by a proxy's word: sha256:DIGITS or "
               "subject:CN=...; empty: none is asked for."),
        std::move(table),
        Number("in_flight_max", IN(in_flight_max), "4", {1, 256, 1}, "Calls at the same time."),
        Number("rate_per_minute", IN(rate_per_minute), "600", {1, 600000, 6}, "Calls a minute."),
        Number("burst", IN(burst), "20", {1, 10000, 1}, "Calls at once after a pause."),
        Number("breaker_failures", IN(breaker_failures), "5", {1, 1000, 1},
               "Failures in a row that open the breaker."),
        Number("breaker_open_seconds", IN(breaker_open_seconds), "30", {1, 86400, 1},
               "Rest before the breaker tries again."),
        Number("timeout_ms", IN(timeout_ms), "15000", {100, 120000, 100},
               "Total time of one call at most; a connector may ask for less."),
        Number("call_cap_minor", IN(call_cap_minor), "0", {0, 1'000'000'000'000, 1},
               "Most money of one call, in minor units, whoever approves; 0: no money."),
        Number("daily_cap_minor", IN(daily_cap_minor), "0", {0, 1'000'000'000'000, 1},
               "Most money of one day, in minor units; 0: no money."),
        Text("cap_currency", IN(cap_currency), "",
             "Only refunds in this currency go out; empty: any, each currency counted by itself."),
        Number("approve_above_minor", IN(approve_above_minor), "0", {0, 1'000'000'000'000},
               "Refunds above this wait for a person, in mode ask for a second one; 0: none do."),
        Number("poll_after_minutes", IN(poll_after_minutes), "360", {0, 43'200, 5},
               "Silence after which a partner that can be asked is asked how a return stands; once "
               "a night of each that is open; 0: never."),
        Text("calendar", IN(calendar), "",
             "When they work, by workflows/calendars; empty: as where the order is from."),
    };
}

#undef IN

std::string TypeOf(const RowFacts& row) {
    switch (row.form) {
        case Form::kText:
            return "text";
        case Form::kNumber:
            return "whole number, " + std::to_string(row.min) + " to " + std::to_string(row.max);
        case Form::kFlag:
            return "true or false";
        case Form::kSecret:
            return "secret, file:/path or env:NAME";
        case Form::kTexts:
            return "list of texts";
        case Form::kTable:
            return "object";
        case Form::kChoice:
            break;
    }
    std::string out = "one of";
    for (std::string_view word : row.words)
        if (!word.empty()) out += (out.size() > 6 ? ", " : " ") + std::string(word);
    return out;
}

template <class T>
void Append(std::vector<SettingRow>& out, const std::vector<Row<T>>& rows,
            std::string_view prefix) {
    for (const Row<T>& row : rows) {
        SettingRow entry;
        entry.path = std::string(prefix) + std::string(row.name);
        entry.type = TypeOf(row);
        entry.fallback = std::string(row.fallback);
        entry.min = row.min;
        entry.max = row.max;
        entry.extreme = row.extreme;
        entry.secret = row.form == Form::kSecret;
        entry.required = row.required;
        entry.sentence = std::string(row.sentence);
        out.push_back(std::move(entry));
    }
}

std::string DefaultOf(const SettingRow& row) {
    if (row.required) return "required";
    return row.fallback.empty() ? "empty" : row.fallback;
}

}  // namespace

const std::vector<Row<Settings>>& MainRows() {
    static const std::vector<Row<Settings>> rows = [] {
        std::vector<Row<Settings>> all = PlaceRows();
        for (const auto& more : {KafkaRows(), LimitRows(), RunRows()})
            all.insert(all.end(), more.begin(), more.end());
        return all;
    }();
    return rows;
}

const std::vector<Row<ShopSettings>>& ShopRows() {
    static const std::vector<Row<ShopSettings>> rows = {
        Needed(Text("name", AT(ShopSettings, name), "", "Name of a shop; none given: main.")),
        Text("calendar", AT(ShopSettings, calendar), "",
             "In whose days its books are kept, by workflows/calendars: de; empty: UTC."),
    };
    return rows;
}

const std::vector<Row<TopicSettings>>& TopicRows() {
    static const std::vector<Row<TopicSettings>> rows = {
        Needed(Text("name", AT(TopicSettings, name), "", "Topic to read.")),
        Text("connector", AT(TopicSettings, connector), "shop/cloudevents",
             "The connector that understands its records."),
        Text("shop", AT(TopicSettings, shop), "main", "The shop its records belong to."),
    };
    return rows;
}

const std::vector<Row<ConnectionSettings>>& ConnectionRows() {
    static const std::vector<Row<ConnectionSettings>> rows = PartnerRows();
    return rows;
}

const std::vector<Row<RouteSettings>>& RouteRows() {
    static const std::vector<Row<RouteSettings>> rows = {
        Needed(Text("name", AT(RouteSettings, name), "",
                    "Name of the rule. Rules are tried in their order, the first that fits counts; "
                    "a shop without rules takes its first connection of the kind.")),
        Choice("kind", AT(RouteSettings, kind), {"logistics", "desk"}, "logistics",
               "What is routed: returns to logistics partners, tickets to desks."),
        Needed(Text("connection", AT(RouteSettings, connection), "",
                    "Where it leads; 'none': nobody is told.")),
        Text("shop", AT(RouteSettings, shop), "", "Of which shop; empty: the connection's."),
        OfForm(Form::kTexts, "country", AT(RouteSettings, country), "",
               "Countries it is for, ISO 3166-1: DE. Empty, here and below: any."),
        OfForm(Form::kTexts, "jurisdiction", AT(RouteSettings, jurisdiction), "",
               "Jurisdictions it is for."),
        OfForm(Form::kTexts, "brand", AT(RouteSettings, brand), "", "Brands of the order line."),
        OfForm(Form::kTexts, "warehouse", AT(RouteSettings, warehouse), "",
               "Warehouses the line was sent from."),
        OfForm(Form::kTexts, "item_class", AT(RouteSettings, item_class), "",
               "Classes of goods: furniture, hazardous, ..., as the shop tells them."),
        OfForm(Form::kTexts, "reason", AT(RouteSettings, reason), "",
               "Reasons the line comes back for."),
        OfForm(Form::kFlag, "mixed", AT(RouteSettings, mixed), "false",
               "For returns whose lines lead to different partners by the other rules; without "
               "such a rule they wait for a person."),
    };
    return rows;
}

const std::vector<Row<KeySettings>>& KeyRows() {
    static const std::vector<Row<KeySettings>> rows = {
        Needed(Text("name", AT(KeySettings, name), "", "Who holds it; stands on the timeline.")),
        Needed(Choice("role", AT(KeySettings, role), {"partner", "agent", "operator", "shop"}, "",
                      "What it may do.")),
        Text("connection", AT(KeySettings, connection), "", "A partner's connection."),
        OfForm(Form::kTexts, "connections", AT(KeySettings, connections), "",
               "More connections of the same partner: it sees these and no others."),
        Text("shop", AT(KeySettings, shop), "", "The one shop it sees; empty: all."),
        Needed(Text("sha256", AT(KeySettings, sha256), "",
                    "Hash of the key, as 'backhaul key new' prints it.")),
    };
    return rows;
}

#undef AT

const std::vector<SettingRow>& SettingRows() {
    static const std::vector<SettingRow> rows = [] {
        std::vector<SettingRow> out;
        Append(out, MainRows(), "");
        Append(out, ShopRows(), "shops[].");
        Append(out, TopicRows(), "kafka.topics[].");
        Append(out, ConnectionRows(), "connections[].");
        Append(out, RouteRows(), "routes[].");
        Append(out, KeyRows(), "keys[].");
        return out;
    }();
    return rows;
}

std::string SettingsTable() {
    std::string out =
        "Settings (JSON). BACKHAUL_<NAME> in the environment replaces one that is not in a list:\n"
        "listen.port is BACKHAUL_LISTEN_PORT.\n\n";
    for (const SettingRow& row : SettingRows())
        out += row.path + "\n    " + row.type + "; " +
               (row.required ? "required" : "default " + DefaultOf(row)) + "\n    " + row.sentence +
               "\n";
    return out;
}

std::string SettingsTableMarkdown() {
    std::string out = "| Setting | Type | Default | What it does |\n|---|---|---|---|\n";
    for (const SettingRow& row : SettingRows())
        out += "| `" + row.path + "` | " + row.type + " | " + DefaultOf(row) + " | " +
               row.sentence + " |\n";
    return out;
}

}  // namespace returns::gateway
