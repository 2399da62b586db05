#include "gateway/restore.h"

#include "gateway/journal.h"
#include "gateway/sqlite_store.h"
#include "gateway/verify_chain.h"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace returns::gateway {
namespace {

namespace fs = std::filesystem;

// A database's companions; the flight file marks an event of a life that is over.
constexpr const char* kBeside[] = {"", "-wal", "-shm", ".flight"};

// A file that goes with this object, and with it what SQLite puts beside it.
class Scratch {
public:
    explicit Scratch(std::string path) : path_(std::move(path)) { Remove(); }
    ~Scratch() { Remove(); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    const std::string& path() const { return path_; }

private:
    void Remove() const {
        std::error_code ignored;
        for (const char* end : kBeside) fs::remove(path_ + end, ignored);
    }
    const std::string path_;
};

Error Broken(const std::string& file, const Error& error) {
    return {error.code, "checking " + file + ": " + error.text};
}

Status CopyWhole(const std::string& file, const std::string& to) {
    std::error_code error;
    if (!fs::is_regular_file(file, error))
        return Error{Code::kNotFound, "checking " + file + ": there is no such file"};
    if (fs::exists(file + "-wal", error) && fs::file_size(file + "-wal", error) > 0)
        return Error{Code::kConflict,
                     "checking " + file +
                         ": it has a log (-wal) beside it, so it is a database in use or the copy "
                         "of one, not a backup; take one with 'backhaul backup'"};
    fs::copy_file(file, to, error);
    if (error) return Error{Code::kInternal, "copying to " + to + ": " + error.message()};
    return {};
}

Result<BackupFacts> Examine(SqliteStore& store) {
    ASSIGN_OR_RETURN(const ChainReport report, VerifyChain(store));
    if (report.fault)
        return Error{Code::kInternal, "its ledger is broken at row " +
                                          std::to_string(report.fault->seq) + ": " +
                                          report.fault->what};
    BackupFacts facts;
    facts.rows = report.rows;
    facts.head = report.head;
    facts.cases = store.Figures().cases;
    ASSIGN_OR_RETURN(const std::string generation, store.Meta("generation"));
    if (!generation.empty()) {
        ASSIGN_OR_RETURN(facts.generation, Json::Number(generation).AsInt());
    }
    if (facts.rows == 0) return facts;
    ASSIGN_OR_RETURN(const auto last, store.Row(facts.rows));
    if (!last) return Error{Code::kInternal, "its last row cannot be read"};
    ASSIGN_OR_RETURN(const JournalEntry entry, DecodeEntry(last->body));
    facts.last_row = entry.event.recorded_at;
    return facts;
}

SqliteOptions WholeFile() {
    SqliteOptions options;
    options.quick_check = true;
    return options;
}

// The store's generation numbers histories; that of one never seen again must not come twice,
// however often the same backup is restored, so it is taken from the clock.
std::int64_t NextGeneration(const BackupFacts& facts, Instant now) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
    return std::max<std::int64_t>(facts.generation + 1, seconds.count());
}

Status Mark(SqliteStore& store, const BackupFacts& facts, const std::string& file, Instant now) {
    Batch batch;
    batch.meta.emplace_back("generation", std::to_string(NextGeneration(facts, now)));
    batch.meta.emplace_back(
        "restored",
        WriteJson(Json::Object({{"file", Json::String(fs::path(file).filename().string())},
                                {"rows", Json::Int(facts.rows)},
                                {"head", Json::String(facts.head)}})));
    batch.meta.emplace_back("restored_at", "");  // the gateway's clock says at its first start
    ASSIGN_OR_RETURN(const CommitOutcome outcome, store.Commit(batch));
    if (outcome != CommitOutcome::kDone) return Error{Code::kInternal, "it could not be marked"};
    return {};
}

Status SyncFolder(const std::string& file) {
    fs::path folder = fs::path(file).parent_path();
    if (folder.empty()) folder = ".";
    const int handle = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0) return Error{Code::kInternal, folder.string() + " cannot be opened"};
    const bool good = fsync(handle) == 0;
    close(handle);
    if (good) return {};
    return Error{Code::kInternal, folder.string() + " cannot be synced"};
}

// Out of the way, never away. A log left beside the new file would be taken for its own.
Result<std::string> SetAside(const std::string& database, Instant now) {
    std::error_code error;
    std::string stamp = FormatInstant(now).substr(0, 19);
    std::erase(stamp, ':');
    const std::string kept = database + ".before-" + stamp;
    bool any = false;
    for (const char* end : kBeside) {
        if (!fs::exists(database + end, error)) continue;
        fs::rename(database + end, kept + end, error);
        if (error)
            return Error{Code::kInternal, "moving " + database + end + ": " + error.message()};
        any = true;
    }
    return any ? kept : std::string();
}

}  // namespace

Result<BackupFacts> CheckBackup(const std::string& file) {
    const Scratch copy(file + ".checking");
    RETURN_IF_ERROR(CopyWhole(file, copy.path()));
    const auto store = SqliteStore::Open(copy.path(), WholeFile());
    if (!store.ok()) return Broken(file, store.error());
    auto facts = Examine(**store);
    if (!facts.ok()) return Broken(file, facts.error());
    return facts;
}

Result<Restored> RestoreBackup(const std::string& file, const std::string& database, Instant now) {
    std::error_code ignored;
    if (fs::exists(database, ignored)) RETURN_IF_ERROR(NobodyHasOpen(database));
    const Scratch copy(database + ".restoring");
    RETURN_IF_ERROR(CopyWhole(file, copy.path()));
    Restored restored;
    {
        const auto store = SqliteStore::Open(copy.path(), WholeFile());
        if (!store.ok()) return Broken(file, store.error());
        auto facts = Examine(**store);
        if (!facts.ok()) return Broken(file, facts.error());
        restored.facts = std::move(*facts);
        RETURN_IF_ERROR(Mark(**store, restored.facts, file, now));
    }
    if (fs::exists(copy.path() + "-wal", ignored) &&
        fs::file_size(copy.path() + "-wal", ignored) > 0)
        return Error{Code::kInternal, copy.path() + ": its log could not be folded into it"};
    ASSIGN_OR_RETURN(restored.kept, SetAside(database, now));
    std::error_code error;
    fs::rename(copy.path(), database, error);
    if (error) return Error{Code::kInternal, "moving to " + database + ": " + error.message()};
    RETURN_IF_ERROR(SyncFolder(database));
    return restored;
}

}  // namespace returns::gateway
