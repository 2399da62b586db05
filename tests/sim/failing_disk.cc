#include "tests/sim/failing_disk.h"

#include "schemas/check.h"

#include <sqlite3.h>

#include <new>

namespace returns::sim {
namespace {

struct State {
    sqlite3_vfs* real = nullptr;
    sqlite3_vfs shim = {};
    DiskFault fault = DiskFault::kFull;
    std::int64_t left = 0;  // calls until it breaks; 0: never
    bool broken = false, broke = false;
};
State state;

// SQLite gives room for this and, behind it, for the real layer's own file.
struct File {
    sqlite3_file base;
    sqlite3_file* Real() { return reinterpret_cast<sqlite3_file*>(this + 1); }  // NOLINT
};

sqlite3_file* Real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->Real(); }  // NOLINT
const sqlite3_io_methods& MethodsOf(sqlite3_file* file) { return *Real(file)->pMethods; }

// Whether this call is the one to fail.
bool Fails(DiskFault fault) {
    if (fault != state.fault) return false;
    if (state.broken) return true;
    if (state.left == 0 || --state.left > 0) return false;
    state.broke = true;
    state.broken = fault == DiskFault::kFull;
    return true;
}

int Write(sqlite3_file* file, const void* bytes, int amount, sqlite3_int64 offset) {
    const bool full = Fails(DiskFault::kFull);
    const bool error = Fails(DiskFault::kWrite);
    if (!full && !error) return MethodsOf(file).xWrite(Real(file), bytes, amount, offset);
    if (amount > 1) MethodsOf(file).xWrite(Real(file), bytes, amount / 2, offset);
    return full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

// No power fails here: what is written is there, and waiting for a disk would only cost time.
int Sync(sqlite3_file*, int) { return Fails(DiskFault::kSync) ? SQLITE_IOERR_FSYNC : SQLITE_OK; }

int Read(sqlite3_file* file, void* bytes, int amount, sqlite3_int64 offset) {
    if (Fails(DiskFault::kRead)) return SQLITE_IOERR_READ;
    return MethodsOf(file).xRead(Real(file), bytes, amount, offset);
}

const sqlite3_io_methods kMethods = {
    1,
    [](sqlite3_file* file) { return MethodsOf(file).xClose(Real(file)); },
    Read,
    Write,
    [](sqlite3_file* file, sqlite3_int64 size) {
        return MethodsOf(file).xTruncate(Real(file), size);
    },
    Sync,
    [](sqlite3_file* file, sqlite3_int64* size) {
        return MethodsOf(file).xFileSize(Real(file), size);
    },
    [](sqlite3_file* file, int lock) { return MethodsOf(file).xLock(Real(file), lock); },
    [](sqlite3_file* file, int lock) { return MethodsOf(file).xUnlock(Real(file), lock); },
    [](sqlite3_file* file, int* locked) {
        return MethodsOf(file).xCheckReservedLock(Real(file), locked);
    },
    [](sqlite3_file* file, int what, void* value) {
        return MethodsOf(file).xFileControl(Real(file), what, value);
    },
    [](sqlite3_file* file) { return MethodsOf(file).xSectorSize(Real(file)); },
    [](sqlite3_file* file) { return MethodsOf(file).xDeviceCharacteristics(Real(file)); },
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* given) {
    auto* ours = new (file) File{};
    const int code = state.real->xOpen(state.real, name, ours->Real(), flags, given);
    if (ours->Real()->pMethods != nullptr) ours->base.pMethods = &kMethods;
    return code;
}

}  // namespace

std::string_view Name(DiskFault fault) {
    constexpr std::array<std::string_view, kDiskFaults.size()> kNames = {
        "full disk", "write error", "synchronisation error", "read error"};
    return kNames.at(static_cast<std::size_t>(fault));
}

FailingDisk::FailingDisk() {
    CHECK(state.real == nullptr);
    state = State{};
    state.real = sqlite3_vfs_find(nullptr);
    CHECK(state.real != nullptr);
    state.shim = *state.real;
    state.shim.zName = "failing";
    state.shim.szOsFile += static_cast<int>(sizeof(File));
    state.shim.xOpen = Open;
    CHECK(sqlite3_vfs_register(&state.shim, 1) == SQLITE_OK);
}

FailingDisk::~FailingDisk() {
    sqlite3_vfs_register(state.real, 1);
    sqlite3_vfs_unregister(&state.shim);
    state.real = nullptr;
}

void FailingDisk::Break(DiskFault fault, std::int64_t nth) {
    state.fault = fault;
    state.left = nth;
    state.broken = state.broke = false;
}

void FailingDisk::Mend() {
    state.left = 0;
    state.broken = false;
}

bool FailingDisk::broke() const { return state.broke; }

}  // namespace returns::sim
