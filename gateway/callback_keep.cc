#include "gateway/callback_keep.h"

#include "connectors/crypto.h"
#include "gateway/raw_reader.h"
#include "schemas/json.h"

#include <algorithm>
#include <filesystem>

namespace returns::gateway {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".ndjson";
constexpr std::size_t kLineBytesMax = 64 << 20;  // our own lines, of bodies that were taken

// Files of days before that one.
void Forget(const std::string& folder, const std::string& before) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with(kEnding) && name < before) fs::remove(entry.path(), error);
    }
}

}  // namespace

std::string KeepFolder(const std::string& database) { return database + ".callbacks"; }

CallbackKeep::CallbackKeep(std::string folder, std::int64_t mib, std::int64_t days)
    : folder_(std::move(folder)), bytes_max_(mib << 20), days_(days) {}

void CallbackKeep::ForgetOld(Instant now) {
    const auto today = std::chrono::floor<std::chrono::days>(now);
    if (today == forgot_on_) return;
    forgot_on_ = today;
    Forget(folder_, FormatDate(now - std::chrono::hours(24 * days_)));
}

bool CallbackKeep::Open(Instant at) {
    const std::string day = FormatDate(at);
    if (day == day_) return file_.good();
    day_ = day;
    file_.close();
    file_.clear();
    std::error_code error;
    fs::create_directories(folder_, error);
    fs::permissions(folder_, fs::perms::owner_all, error);
    const fs::path path = fs::path(folder_) / (day + std::string(kEnding));
    bytes_ = fs::exists(path, error) ? static_cast<std::int64_t>(fs::file_size(path, error)) : 0;
    file_.open(path, std::ios::binary | std::ios::app);
    return file_.good();
}

void CallbackKeep::Keep(const std::string& connection, const std::string& id, Instant at,
                        const std::string& surroundings, const std::string& body) {
    ForgetOld(at);
    if (bytes_max_ == 0) return;
    const auto text = [](const std::string& value) { return Json::String(value); };
    std::string line =
        WriteJson(Json::Object({{"connection", text(connection)},
                                {"id", text(id)},
                                {"at", text(FormatInstant(at))},
                                {"around", text(connectors::EncodeBase64(surroundings))},
                                {"body", text(connectors::EncodeBase64(body))}})) +
        "\n";
    const auto size = static_cast<std::int64_t>(line.size());
    if (!Open(at) || bytes_ + size > bytes_max_) {
        ++not_kept_;
        return;
    }
    file_.write(line.data(), static_cast<std::streamsize>(line.size()));
    file_.flush();
    if (file_.good())
        bytes_ += size;
    else
        ++not_kept_;
}

Result<std::vector<KeptCallback>> ReadKept(const std::string& folder,
                                           const std::set<std::string>& connections,
                                           Instant since) {
    std::vector<std::string> days;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with(kEnding) && name >= FormatDate(since)) days.push_back(name);
    }
    std::sort(days.begin(), days.end());
    std::vector<KeptCallback> all;
    for (const std::string& day : days) {
        std::ifstream file(fs::path(folder) / day, std::ios::binary);
        for (std::string line; std::getline(file, line);) {
            const auto json = ParseJson(line, {kLineBytesMax});
            if (!json.ok() || !connections.contains((*json)["connection"].AsString())) continue;
            const auto at = ParseInstant((*json)["at"].AsString());
            const auto around = connectors::DecodeBase64((*json)["around"].AsString());
            const auto body = connectors::DecodeBase64((*json)["body"].AsString());
            if (!at.ok() || !around || !body || *at < since) continue;
            all.push_back({(*json)["connection"].AsString(), (*json)["id"].AsString(), *at,
                           ReadSurroundings(*around).headers, *body});
        }
    }
    return all;
}

}  // namespace returns::gateway
