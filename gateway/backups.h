// Backups of the running gateway: a copy of its database, made a few pages at a time between
// commits, so that the lane goes on. It is there under its name only when it is whole. One thread,
// the lane's.
#pragma once

#include "gateway/engine.h"
#include "gateway/ports.h"
#include "gateway/sqlite_store.h"

#include <cstdint>
#include <optional>
#include <string>

namespace returns::gateway {

class Backups {
public:
    struct View {
        std::string running;                     // the file being made; "" for none
        std::int64_t pages = 0, pages_left = 0;  // of it
        std::string file;                        // the last whole one
        Instant at = kNoTime;                    // and when it was whole
        std::string failure;                     // why the last try came to nothing; "" if it did
        std::int64_t made = 0, failed = 0;       // since the start
    };

    // Into that folder, which is made when it is not there.
    Backups(Engine& engine, SqliteStore& store, Clock& clock, std::string folder)
        : engine_(engine), store_(store), clock_(clock), folder_(std::move(folder)) {}

    Status Recover(Archive& archive);
    // Gives the file's path. kConflict: one is being made.
    Result<std::string> Begin();
    // False when there was nothing to do.
    bool Step();
    const View& view() const { return view_; }

private:
    Status Finish();
    void Fail(const Error& error);

    Engine& engine_;
    SqliteStore& store_;
    Clock& clock_;
    const std::string folder_;
    std::optional<SqliteCopy> copy_;
    View view_;
};

}  // namespace returns::gateway
