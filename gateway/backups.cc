#include "gateway/backups.h"

#include "gateway/log.h"

#include <algorithm>
#include <filesystem>

namespace returns::gateway {
namespace {

namespace fs = std::filesystem;

constexpr int kPagesAtOnce = 128;  // half a MiB: about a millisecond
constexpr const char* kPart = ".part";

// backhaul-20260301T120000Z.db: in the order they were made.
std::string FileName(Instant now) {
    std::string stamp = FormatInstant(now).substr(0, 19);
    std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
    return "backhaul-" + stamp + "Z.db";
}

}  // namespace

Status Backups::Recover(Archive& archive) {
    ASSIGN_OR_RETURN(const std::string kept, archive.Meta("backup"));
    if (kept.empty()) return {};
    ASSIGN_OR_RETURN(const Json last, ParseJson(kept));
    view_.file = last["file"].AsString();
    ASSIGN_OR_RETURN(view_.at, ParseInstant(last["at"].AsString()));
    return {};
}

Result<std::string> Backups::Begin() {
    if (copy_) return Error{Code::kConflict, view_.running + " is being made"};
    std::error_code error;
    fs::create_directories(folder_, error);
    const std::string file = (fs::path(folder_) / FileName(clock_.Now())).string();
    if (error) return Error{Code::kUnavailable, folder_ + ": " + error.message()};
    if (fs::exists(file, error)) return Error{Code::kConflict, file + " is there already"};
    fs::remove(file + kPart, error);  // what an ended program left
    auto begun = store_.BeginCopy(file + kPart);
    if (!begun.ok()) {
        Fail(begun.error());
        return Error{Code::kUnavailable, "beginning a backup: " + begun.error().text};
    }
    copy_ = std::move(*begun);
    view_.running = file;
    view_.pages = view_.pages_left = 0;
    return file;
}

bool Backups::Step() {
    if (!copy_) return false;
    const auto done = copy_->Step(kPagesAtOnce);
    if (!done.ok()) {
        Fail(done.error());
        return true;
    }
    view_.pages = copy_->pages();
    view_.pages_left = copy_->left();
    if (!*done) return true;
    copy_.reset();
    const Status finished = Finish();
    if (!finished.ok()) Fail(finished.error());
    return true;
}

Status Backups::Finish() {
    std::error_code error;
    fs::rename(view_.running + kPart, view_.running, error);
    if (error) return Error{Code::kInternal, view_.running + ": " + error.message()};
    view_.file = std::exchange(view_.running, {});
    view_.at = clock_.Now();
    view_.failure.clear();
    ++view_.made;
    engine_.Note("backup",
                 WriteJson(Json::Object({{"file", Json::String(view_.file)},
                                         {"at", Json::String(FormatInstant(view_.at))}})));
    Log(LogLevel::kInfo, "backup", view_.file + " is whole");
    return {};
}

void Backups::Fail(const Error& error) {
    copy_.reset();
    std::error_code ignored;
    if (!view_.running.empty()) fs::remove(view_.running + kPart, ignored);
    view_.running.clear();
    view_.failure = error.text;
    ++view_.failed;
    Log(LogLevel::kError, "backup", "no backup was made: " + error.text);
}

}  // namespace returns::gateway
