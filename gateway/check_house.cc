// This machine: database, disk, clock; and Kafka.
#include "gateway/check.h"
#include "gateway/kafka_bus_log.h"
#include "gateway/kafka_settings.h"
#include "gateway/migration_files.h"
#include "gateway/sqlite_store_db.h"

#include <cerrno>
#include <filesystem>
#include <set>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

namespace returns::gateway {
namespace {

using Kind = Finding::Kind;

// Less than this and a busy day may fill it.
constexpr std::uint64_t kFreeBytesMin = std::uint64_t{1} << 30;

void CheckDisk(const std::string& folder, const Tell& tell) {
    struct statvfs disk {};
    if (statvfs(folder.c_str(), &disk) != 0) return;
    const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    const std::string told = std::to_string(free >> 20) + " MiB free in " + folder;
    if (free >= kFreeBytesMin) return tell({Kind::kGood, "disk", told});
    tell({Kind::kBad, "disk",
          told + ": below 1 GiB. Make room or move the database; a full disk stops intake"});
}

void CheckVersion(const std::string& path, const Tell& tell) {
    const std::string newest = std::to_string(MigrationFiles().size());
    auto database = SqliteConnection::Open(path);
    Result<std::string> version = std::string();
    if (database.ok()) version = database->Ask("SELECT max(version) FROM schema_versions");
    if (!database.ok() || !version.ok()) {
        const Error& error = database.ok() ? version.error() : database.error();
        const bool used = error.code == Code::kUnavailable;
        return tell({used ? Kind::kNote : Kind::kBad, "database",
                     used ? path + " is in use: a gateway runs on it"
                          : path + ": " + error.text + ". Restore it from a backup"});
    }
    if (*version == newest) return tell({Kind::kGood, "database", path + ", version " + newest});
    if (version->size() > newest.size() || (version->size() == newest.size() && *version > newest))
        return tell({Kind::kBad, "database",
                     path + " is of version " + *version + ", this program knows " + newest +
                         ". Run the newer program"});
    tell({Kind::kNote, "database",
          path + " is of version " + *version + "; the next start brings it to " + newest +
              ". Take a copy first"});
}

std::string FolderOf(const std::filesystem::path& path) {
    return path.has_parent_path() ? path.parent_path().string() : ".";
}

}  // namespace

std::string WhyNotWritable(const std::string& database) {
    const std::string folder = FolderOf(database);
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error))
        return "there is no folder " + folder + ". Make it";
    for (const std::string& path : {folder, database})
        if (access(path.c_str(), W_OK) != 0 && (path == folder || errno != ENOENT))
            return path + " cannot be written. Give it to the gateway's user";
    return "";
}

void CheckDatabase(const Settings& settings, const Tell& tell) {
    const std::filesystem::path path = settings.database;
    const std::string folder = FolderOf(path);
    std::error_code error;
    const std::string trouble = WhyNotWritable(settings.database);
    if (!trouble.empty()) return tell({Kind::kBad, "database", trouble});
    CheckDisk(folder, tell);
    if (!std::filesystem::exists(path, error))
        return tell({Kind::kGood, "database", path.string() + " will be made at the first start"});
    CheckVersion(path, tell);
}

void CheckAnchors(const Settings& settings, const Tell& tell) {
    const std::string& path = settings.ledger.anchors_file;
    if (path.empty() && settings.kafka.anchors_topic.empty())
        return tell({Kind::kNote, "anchors",
                     "they are sent nowhere: whoever can write the database could rewrite the past "
                     "unseen. Set ledger.anchors_file or kafka.anchors_topic"});
    if (path.empty()) return;
    const std::string trouble = WhyNotWritable(path);
    tell(trouble.empty() ? Finding{Kind::kGood, "anchors", "appended to " + path}
                         : Finding{Kind::kBad, "anchors", trouble});
}

void CheckClock(const Tell& tell) {
    timex state{};
    const int status = adjtimex(&state);
    if (status < 0 || status == TIME_ERROR || (state.status & STA_UNSYNC) != 0)
        return tell({Kind::kNote, "clock",
                     "this machine does not say that it keeps its clock by a time server. Signed "
                     "callbacks are refused when it is minutes off; run chrony or "
                     "systemd-timesyncd, unless the host does it for you"});
    tell({Kind::kGood, "clock", "kept by a time server"});
}

void CheckKafka(const KafkaSettings& kafka, const Tell& tell) {
    if (kafka.brokers.empty())
        return tell({Kind::kNote, "kafka", "kafka.brokers is empty: events come by HTTP alone"});
    const KafkaOptions options = KafkaOptionsOf(kafka);
    std::set<std::string> topics;
    for (const TopicSettings& topic : kafka.topics) topics.insert(topic.name);
    for (const std::string& out : {kafka.status_topic, kafka.rejected_topic, kafka.anchors_topic})
        if (!out.empty()) topics.insert(out);
    for (const std::string& topic : topics) {
        const auto log = AskKafkaLog(options, topic, 0);
        if (!log.ok()) {
            tell({Kind::kBad, "topic " + topic, log.error().text});
            continue;
        }
        tell({Kind::kGood, "topic " + topic,
              "partition 0 holds offsets " + std::to_string(log->low) + " to " +
                  std::to_string(log->high)});
    }
    if (kafka.topics.empty()) return;
    const Status group = AskKafkaGroup(options, kafka.topics.front().name);
    tell(group.ok() ? Finding{Kind::kGood, "group " + kafka.group, "may be used"}
                    : Finding{Kind::kBad, "group " + kafka.group, group.error().text});
    tell({Kind::kNote, "kafka",
          "whether it may write " + kafka.status_topic + " and " + kafka.rejected_topic +
              " shows with the first message: /readyz tells"});
}

}  // namespace returns::gateway
