#include "gateway/cli_kafka.h"

#include "gateway/cli_words.h"
#include "gateway/kafka_bus_log.h"
#include "gateway/kafka_settings.h"
#include "gateway/log.h"
#include "gateway/settings.h"
#include "gateway/sqlite_store.h"
#include "gateway/system_clock.h"
#include "schemas/time.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>

namespace returns::gateway {
namespace {

constexpr const char* kHint = "; see 'backhaul --help'";

std::optional<std::int64_t> WholeNumber(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
    return number;
}

struct Wish {
    Settings settings;
    std::string topic, to;
    std::int32_t partition = 0;
};

Result<Wish> ReadWish(const std::vector<std::string>& arguments) {
    std::map<std::string, std::string> given;
    for (std::size_t at = 1; at + 1 < arguments.size(); at += 2)
        given[arguments[at]] = arguments[at + 1];
    for (const char* name : {"--settings", "--topic", "--partition", "--to"})
        if (given.count(name) == 0)
            return Invalid("reading arguments: " + std::string(name) + " is missing" + kHint);
    if (given.size() != 4 || arguments.size() != 9)
        return Invalid(
            "reading arguments: kafka offset takes --settings, --topic, --partition and --to, each "
            "once" +
            std::string(kHint));
    Wish wish;
    wish.topic = given["--topic"];
    wish.to = given["--to"];
    const auto partition = WholeNumber(given["--partition"]);
    if (!partition || *partition > INT32_MAX)
        return Invalid("reading arguments: --partition '" + given["--partition"] +
                       "' is not a partition's number, such as 0");
    wish.partition = static_cast<std::int32_t>(*partition);
    if (wish.to != "beginning" && wish.to != "end" && !WholeNumber(wish.to))
        return Invalid("reading arguments: --to '" + wish.to +
                       "': say beginning, end or the offset to read next");
    ASSIGN_OR_RETURN(wish.settings, LoadSettings(given["--settings"], SystemSources()));
    const KafkaSettings& kafka = wish.settings.kafka;
    if (kafka.brokers.empty())
        return Invalid("reading settings: kafka.brokers is empty, there is no topic to move in");
    if (std::none_of(kafka.topics.begin(), kafka.topics.end(),
                     [&](const TopicSettings& topic) { return topic.name == wish.topic; }))
        return Invalid("reading settings: topic '" + wish.topic + "' is not in kafka.topics");
    return wish;
}

Result<std::int64_t> Target(const Wish& wish, const KafkaLog& log) {
    if (wish.to == "beginning") return log.low;
    if (wish.to == "end") return log.high;
    const std::int64_t offset = *WholeNumber(wish.to);
    if (offset >= log.low && offset <= log.high) return offset;
    return Invalid("moving to offset " + wish.to + ": the log of " + wish.topic + "/" +
                   std::to_string(wish.partition) + " reaches from " + std::to_string(log.low) +
                   " to " + std::to_string(log.high) + "; choose one within, beginning or end");
}

// Stored with its reason for being: who looks later finds when a position was moved, and from
// where.
Status Move(SqliteStore& store, const Wish& wish, const KafkaLog& log, std::int64_t next) {
    const std::string name = wish.topic + "/" + std::to_string(wish.partition);
    std::string before = "none";
    ASSIGN_OR_RETURN(const auto offsets, store.Offsets());
    for (const TopicOffset& each : offsets)
        if (each.topic == wish.topic && each.partition == wish.partition)
            before = std::to_string(each.next);
    const std::string now = FormatInstant(SystemClock::Wall());
    const Json record = Json::Object({{"from", Json::String(before)},
                                      {"to", Json::Int(next)},
                                      {"asked", Json::String(wish.to)},
                                      {"log_from", Json::Int(log.low)},
                                      {"log_to", Json::Int(log.high)}});
    Batch batch;
    batch.moved = {{wish.topic, wish.partition, next}};
    batch.meta = {{"kafka.moved/" + name + "/" + now, WriteJson(record)}};
    const auto outcome = store.Commit(batch);
    if (!outcome.ok()) return outcome.error();
    const std::string told = "position of " + name + " moved from " + before + " to " +
                             std::to_string(next) + " by hand (--to " + wish.to + ")";
    Log(LogLevel::kWarn, "kafka", told);
    std::printf("good  %s\n", told.c_str());
    return {};
}

}  // namespace

int RunKafkaCommand(const std::vector<std::string>& arguments) {
    if (arguments.empty() || arguments[0] != "offset")
        return Complain("kafka knows only 'offset'" + std::string(kHint), kBadUsage);
    const auto wish = ReadWish(arguments);
    if (!wish.ok()) return Complain(wish.error().text, kBadUsage);
    // First the database: it is locked while the gateway runs.
    const auto store = SqliteStore::Open(wish->settings.database);
    if (!store.ok()) return Complain(store.error().text, kFailed);
    const auto log =
        AskKafkaLog(KafkaOptionsOf(wish->settings.kafka), wish->topic, wish->partition);
    if (!log.ok()) return Complain(log.error().text, kFailed);
    const auto next = Target(*wish, *log);
    if (!next.ok()) return Complain(next.error().text, kFailed);
    const Status moved = Move(**store, *wish, *log, *next);
    return moved.ok() ? kGood : Complain(moved.error().text, kFailed);
}

}  // namespace returns::gateway
