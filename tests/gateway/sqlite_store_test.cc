// What only a file can go through: kills, torn logs, full disks, other owners, other versions.
#include "gateway/sqlite_store.h"

#include "gateway/sqlite_store_db.h"
#include "tests/gateway/store_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {
int synchronised = 0;  // how often anybody asked the disk to have it
}  // namespace

// Stands before the C library's for this whole program, SQLite included.
extern "C" int fdatasync(int file) {
    ++synchronised;
    return static_cast<int>(::syscall(SYS_fdatasync, file));
}

namespace returns::gateway {

namespace {

using ::testing::HasSubstr;

const CaseKey kOne{"main", "O-1"};
constexpr Instant kDue = Instant(Millis(1'772'000'000'000));

std::string ReadFile(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void WriteFile(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::unique_ptr<SqliteStore> OpenOrFail(const std::string& path, SqliteOptions options = {}) {
    auto opened = SqliteStore::Open(path, options);
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().text);
    return opened.ok() ? std::move(*opened) : nullptr;
}

Error OpenError(const std::string& path, SqliteOptions options = {}) {
    const auto opened = SqliteStore::Open(path, options);
    return opened.ok() ? Error{Code::kInvalid, "it opened"} : opened.error();
}

// One commit with a change to order `number`, of the version after the one given.
Result<CommitOutcome> CommitOne(Store& store, Case& subject, const CaseKey& key) {
    Batch batch;
    batch.changes.push_back(WakeChange(subject, key, kDue));
    auto outcome = store.Commit(batch);
    if (outcome.ok()) subject = batch.changes[0].after;
    return outcome;
}

void RunSql(const std::string& path, const std::string& sql) {
    auto db = SqliteConnection::Open(path);
    ASSERT_TRUE(db.ok());
    db->SetCheckpointOnClose(true);
    const Status run = db->Execute(sql);
    ASSERT_TRUE(run.ok()) << run.error().text;
}

TEST(SqliteStore, ATornLogIsAPrefixOfWhatWasCommitted) {
    const ScratchFolder folder;
    const std::string path = folder.Path("store.db");
    std::vector<std::string> logs;
    std::vector<Case> versions(1);
    auto store = OpenOrFail(path);
    for (int commit = 0; commit < 12; ++commit) {
        Case next = versions.back();
        ASSERT_TRUE(CommitOne(*store, next, kOne).ok());
        versions.push_back(next);
        logs.push_back(ReadFile(path + "-wal"));
    }
    const std::string image = ReadFile(path);
    const std::string& log = logs.back();
    const std::string copy = folder.Path("copy.db");
    std::size_t begin = logs.front().size() - 5000;
    for (std::size_t cut = begin; cut <= log.size(); cut += 997) {
        SCOPED_TRACE(cut);
        WriteFile(copy, image);
        WriteFile(copy + "-wal", log.substr(0, cut));
        std::size_t whole = 0;
        while (whole < logs.size() && logs[whole].size() <= cut) ++whole;
        const auto torn = OpenOrFail(copy);
        ASSERT_NE(torn, nullptr);
        const auto loaded = torn->Load(kOne).value();
        ASSERT_EQ(loaded.value_or(Case()), versions[whole]);
        ASSERT_EQ(torn->Journal(0, 100).value().size(), whole);
    }
}

// Nothing is acknowledged that a power cut could take.
TEST(SqliteStore, EachCommitIsOnTheDiskBeforeItIsAnswered) {
    const ScratchFolder folder;
    const auto store = OpenOrFail(folder.Path("store.db"));
    Case subject;
    for (int commit = 0; commit < 5; ++commit) {
        const int before = synchronised;
        ASSERT_TRUE(CommitOne(*store, subject, kOne).ok());
        EXPECT_GT(synchronised, before);
    }
}

// Commits for ever and says so, a byte a commit; ends by a signal only.
[[noreturn]] void CommitForEver(const std::string& path, int acknowledge) {
    SqliteOptions options;
    options.checkpoint_pages = 20;
    auto opened = SqliteStore::Open(path, options);
    Case subject;
    for (;;) {
        if (!opened.ok() || !CommitOne(**opened, subject, kOne).ok()) ::_exit(3);
        if (subject.version % 7 == 0 && !(*opened)->Snapshot({&subject}).ok()) ::_exit(4);
        if (::write(acknowledge, "+", 1) != 1) ::_exit(5);
    }
}

TEST(SqliteStore, AKilledProcessLosesNothingAcknowledged) {
    std::mt19937 random(11);
    for (int round = 0; round < 20; ++round) {
        const ScratchFolder folder;
        const std::string path = folder.Path("store.db");
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        const pid_t child = ::fork();
        if (child == 0) CommitForEver(path, ends[1]);
        ::close(ends[1]);
        const int wanted = 1 + static_cast<int>(random() % 40);
        int acknowledged = 0;
        char byte = 0;
        while (acknowledged < wanted && ::read(ends[0], &byte, 1) == 1) ++acknowledged;
        for (unsigned spin = random() % 200'000; spin > 0; --spin) asm volatile("");
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
        while (::read(ends[0], &byte, 1) == 1) ++acknowledged;
        ::close(ends[0]);
        const auto store = OpenOrFail(path, {.quick_check = true});
        ASSERT_NE(store, nullptr);
        const auto loaded = store->Load(kOne).value();
        ASSERT_TRUE(loaded.has_value());
        EXPECT_GE(loaded->version, acknowledged);
        EXPECT_LE(loaded->version, acknowledged + 1);
        EXPECT_EQ(static_cast<std::int64_t>(loaded->seen.size()), loaded->version);
    }
}

TEST(SqliteStore, AFullDiskIsACleanErrorAndEndsWriting) {
    const ScratchFolder folder;
    const std::string path = folder.Path("store.db");
    auto store = OpenOrFail(path, {.pages_max = 40});
    Case subject;
    auto outcome = CommitOne(*store, subject, kOne);
    while (outcome.ok()) outcome = CommitOne(*store, subject, kOne);
    EXPECT_EQ(outcome.error().code, Code::kInternal);
    EXPECT_THAT(outcome.error().text, HasSubstr("full"));
    EXPECT_GT(subject.version, 3);
    EXPECT_EQ(store->Load(kOne).value(), subject);
    Batch empty;
    EXPECT_EQ(store->Commit(empty).error().code, Code::kInternal);
    EXPECT_THAT(store->Snapshot({&subject}).error().text, HasSubstr("no more writes"));
    store.reset();
    store = OpenOrFail(path);
    EXPECT_EQ(store->Load(kOne).value(), subject);
    EXPECT_TRUE(CommitOne(*store, subject, kOne).ok());
}

// The kernel refuses to let files grow: a write fails inside COMMIT. The child's exit status is
// how many commits were acknowledged; above 100 something else went wrong.
[[noreturn]] void CommitUntilTheLimit(const std::string& path) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{300'000, 300'000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(101);
    auto store = SqliteStore::Open(path);
    if (!store.ok()) ::_exit(102);
    Case subject;
    auto outcome = CommitOne(**store, subject, kOne);
    while (outcome.ok()) outcome = CommitOne(**store, subject, kOne);
    const Code code = outcome.error().code;
    if (code != Code::kInternal && code != Code::kInDoubt) ::_exit(103);
    if (CommitOne(**store, subject, kOne).ok()) ::_exit(104);
    ::_exit(static_cast<int>(subject.version));
}

TEST(SqliteStore, AFailingWriteInsideCommitLosesNothingAcknowledged) {
    const ScratchFolder folder;
    const std::string path = folder.Path("store.db");
    const pid_t child = ::fork();
    if (child == 0) CommitUntilTheLimit(path);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    const int acknowledged = WEXITSTATUS(status);
    ASSERT_GT(acknowledged, 3);
    ASSERT_LE(acknowledged, 100);
    const auto store = OpenOrFail(path, {.quick_check = true});
    ASSERT_NE(store, nullptr);
    const std::int64_t version = store->Load(kOne).value()->version;
    EXPECT_GE(version, acknowledged);
    EXPECT_LE(version, acknowledged + 1);
}

TEST(SqliteStore, APlaceThatCannotBeWrittenIsNamed) {
    const ScratchFolder folder;
    const Error missing = OpenError(folder.Path("none/store.db"));
    EXPECT_EQ(missing.code, Code::kInternal);
    EXPECT_THAT(missing.text, HasSubstr("none/store.db: unable to open database file; is the"));
    EXPECT_EQ(OpenError("/proc/store.db").code, Code::kInternal);
}

TEST(SqliteStore, ASecondOwnerIsRefused) {
    const ScratchFolder folder;
    const std::string path = folder.Path("store.db");
    auto store = OpenOrFail(path);
    const pid_t child = ::fork();
    if (child == 0) {
        const Error error = OpenError(path);
        const bool clear = error.text.find("another process has it open") != std::string::npos;
        ::_exit(error.code == Code::kUnavailable && clear ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT_EQ(OpenError(path).code, Code::kUnavailable);
    Case subject;
    EXPECT_TRUE(CommitOne(*store, subject, kOne).ok());
    store.reset();
    EXPECT_NE(OpenOrFail(path), nullptr);
}

TEST(SqliteStore, ANewerVersionIsRefusedUntouchedUnlessItAllowsUs) {
    const ScratchFolder folder;
    const std::string path = folder.Path("store.db");
    OpenOrFail(path).reset();
    RunSql(path, "INSERT INTO schema_versions VALUES (900, '9.0.0'); PRAGMA user_version = 900");
    const std::string before = ReadFile(path);
    const Error error = OpenError(path, {.program_version = "0.1.0"});
    EXPECT_EQ(error.code, Code::kConflict);
    EXPECT_THAT(error.text, HasSubstr("needs Backhaul 9.0.0 or later, this is 0.1.0"));
    EXPECT_EQ(ReadFile(path), before);
    EXPECT_EQ(ReadFile(path + "-wal"), "");
    EXPECT_NE(OpenOrFail(path, {.program_version = "9.0.0"}), nullptr);
    EXPECT_NE(OpenOrFail(path, {.program_version = "10.0.0"}), nullptr);
}

TEST(SqliteStore, AnotherProgramsDatabaseIsRefused) {
    const ScratchFolder folder;
    const std::string path = folder.Path("store.db");
    RunSql(path, "CREATE TABLE songs (name TEXT)");
    const std::string before = ReadFile(path);
    const Error error = OpenError(path);
    EXPECT_EQ(error.code, Code::kConflict);
    EXPECT_THAT(error.text, HasSubstr("another program's database"));
    EXPECT_EQ(ReadFile(path), before);
}

TEST(SqliteStore, ADamagedFileIsRefused) {
    const ScratchFolder folder;
    const std::string path = folder.Path("store.db");
    auto store = OpenOrFail(path);
    Case subject;
    for (int commit = 0; commit < 50; ++commit) {
        ASSERT_TRUE(CommitOne(*store, subject, kOne).ok());
    }
    store.reset();
    std::string bytes = ReadFile(path);
    const std::string good = bytes;
    // A page in the middle, its header included, as a misdirected write leaves it.
    bytes.replace(bytes.size() / 2 / 4096 * 4096, 4096, std::string(4096, '\x5a'));
    WriteFile(path, bytes);
    const Error damaged = OpenError(path, {.quick_check = true});
    EXPECT_EQ(damaged.code, Code::kInternal);
    EXPECT_THAT(damaged.text, HasSubstr("damaged"));
    WriteFile(path, "this is not a database, " + good.substr(24));
    EXPECT_THAT(OpenError(path).text, HasSubstr("not a database"));
}

TEST(SqliteStore, ATailRowThatDoesNotFollowItsChainStopsTheStart) {
    const ScratchFolder folder;
    const std::string path = folder.Path("store.db");
    Case subject;
    ASSERT_TRUE(CommitOne(*OpenOrFail(path), subject, kOne).ok());
    RunSql(path, "UPDATE journal SET body = replace(body, 'self', 'else')");
    EXPECT_THAT(OpenError(path).text, HasSubstr("journal row 1"));
}

TEST(SqliteStore, AReplayedTailIsSnapshottedSoTheNextStartReadsNone) {
    const ScratchFolder folder;
    const std::string path = folder.Path("store.db");
    Case subject;
    {
        const auto store = OpenOrFail(path);
        for (int commit = 0; commit < 5; ++commit) {
            ASSERT_TRUE(CommitOne(*store, subject, kOne).ok());
        }
        EXPECT_EQ(store->Meta("store.tail").value(), "");
    }
    const auto store = OpenOrFail(path);
    EXPECT_EQ(store->Meta("store.tail").value(), "5");
    EXPECT_EQ(store->Load(kOne).value(), subject);
}

TEST(SqliteStore, TellsItsFiguresWithoutLooking) {
    ScratchFolder folder;
    const std::string path = folder.Path("figures.db");
    auto store = OpenOrFail(path);
    Case subject;
    ASSERT_TRUE(CommitOne(*store, subject, kOne).ok());
    Batch batch;
    for (const char* id : {"a", "b"}) {
        batch.park.push_back({0, "topic:t", id, "broken", {}, "", "x", "{}", id, kDue});
    }
    CommitOrFail(*store, batch);
    CommitOrFail(*store, batch);  // again: they are parked already
    EXPECT_EQ(store->Figures().parked, 2);
    Batch gone;
    gone.unpark = {1, 99};
    CommitOrFail(*store, gone);
    const StoreFigures figures = store->Figures();
    EXPECT_EQ(figures.parked, 1);
    EXPECT_EQ(figures.journal_rows, 1);
    EXPECT_EQ(figures.cases, 1);
    EXPECT_EQ(figures.commits.count, 4);
    EXPECT_GT(figures.log_bytes, 0);
    EXPECT_GT(figures.disk_free_bytes, 0);
    store.reset();
    const StoreFigures again = OpenOrFail(path)->Figures();
    EXPECT_EQ(again.parked, 1);
    EXPECT_GT(again.database_bytes, 0);
}

TEST(SqliteStore, TheLogIsCheckpointedBetweenBatches) {
    const ScratchFolder folder;
    const std::string path = folder.Path("store.db");
    const auto store = OpenOrFail(path, {.checkpoint_pages = 20});
    Case subject;
    for (int commit = 0; commit < 200; ++commit) {
        ASSERT_TRUE(CommitOne(*store, subject, kOne).ok());
    }
    EXPECT_LT(std::filesystem::file_size(path + "-wal"), 40U * 4120);
}

}  // namespace

}  // namespace returns::gateway
