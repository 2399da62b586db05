#include "gateway/cli_backup.h"

#include "gateway/cli_words.h"
#include "gateway/folders.h"
#include "gateway/http_client_once.h"
#include "gateway/restore.h"
#include "gateway/settings.h"
#include "gateway/sqlite_store.h"
#include "gateway/system_clock.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>

namespace returns::gateway {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHint = "; see 'backhaul --help'";

Error Wrong(const std::string& what) { return Invalid("reading arguments: " + what + kHint); }

struct Words {
    std::vector<std::string> plain;
    std::map<std::string, std::string> named;  // "--settings" -> FILE
    bool apply = false;
};

Result<Words> ReadWords(const std::vector<std::string>& arguments,
                        const std::vector<std::string>& names) {
    Words words;
    for (std::size_t at = 0; at < arguments.size(); ++at) {
        const std::string& word = arguments[at];
        if (!word.starts_with("--")) {
            words.plain.push_back(word);
        } else if (std::find(names.begin(), names.end(), word) == names.end()) {
            return Wrong("it takes no " + word);
        } else if (word == "--apply") {
            words.apply = true;
        } else if (at + 1 == arguments.size() ||
                   !words.named.emplace(word, arguments[at + 1]).second) {
            return Wrong(word + " needs a value, once");
        } else {
            ++at;
        }
    }
    return words;
}

Result<Settings> SettingsOf(const Words& words) {
    const auto file = words.named.find("--settings");
    if (file == words.named.end()) return Wrong("--settings FILE is missing");
    return LoadSettings(file->second, SystemSources());
}

// A secret by reference, as in the settings: never on a command line.
Result<std::string> KeyOf(const Words& words) {
    const auto named = words.named.find("--key");
    if (named == words.named.end())
        return Wrong("the gateway runs and wants an operator's key: --key file:PATH or env:NAME");
    const std::string& reference = named->second;
    std::string key;
    if (reference.starts_with("file:")) {
        ASSIGN_OR_RETURN(key, ReadWholeFile(reference.substr(5)));
    } else if (reference.starts_with("env:")) {
        const char* value = std::getenv(reference.c_str() + 4);
        key = value == nullptr ? "" : value;
    } else {
        return Wrong("--key is file:PATH or env:NAME, never the key itself");
    }
    while (!key.empty() && (key.back() == '\n' || key.back() == ' ')) key.pop_back();
    if (key.empty()) return Wrong("--key " + reference + " is empty");
    return key;
}

// The gateway of this machine, over its own listener.
class Gateway {
public:
    Gateway(const Settings& settings, std::string key) : key_(std::move(key)) {
        const std::string& host = settings.listen.host;
        const bool any = host.empty() || host == "0.0.0.0" || host == "::";
        url_ = "http://" + (any ? "127.0.0.1" : host) + ":" + std::to_string(settings.listen.port);
    }

    Result<Json> Ask(const std::string& method, const std::string& path,
                     const std::string& body) const {
        return Read(path, CallOnce(Options(), url_, Request(method, path, body)).result);
    }

    // Until the answer is an error or no longer fits `meanwhile`.
    Result<Json> Await(const std::string& path,
                       const std::function<bool(const Json&)>& meanwhile) const {
        const auto enough = [&](const connectors::HttpResult& result) {
            const auto json = Read(path, result);
            return !json.ok() || !meanwhile(*json);
        };
        return Read(path, CallUntil(Options(), url_, Request("GET", path, ""), enough).result);
    }

private:
    static HttpClientOptions Options() {
        HttpClientOptions options;
        options.allow_plain_http = true;  // this machine's own listener
        return options;
    }

    connectors::HttpRequest Request(const std::string& method, const std::string& path,
                                    const std::string& body) const {
        connectors::HttpRequest request;
        request.method = method;
        request.target = path;
        request.body = body;
        if (!key_.empty()) request.headers = {{"Authorization", "Bearer " + key_}};
        if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
        return request;
    }

    Result<Json> Read(const std::string& path, const connectors::HttpResult& result) const {
        if (result.failure != connectors::TransportFailure::kNone)
            return Error{Code::kUnavailable, url_ + " does not answer: " + result.detail};
        const auto& answer = result.answer;
        auto json = ParseJson(answer.body);
        if (answer.status >= 200 && answer.status <= 299 && json.ok()) return json;
        const std::string detail = json.ok() ? (*json)["detail"].AsString() : "";
        return Error{Code::kUnavailable, url_ + path + " says HTTP " +
                                             std::to_string(answer.status) +
                                             (detail.empty() ? "" : ": " + detail)};
    }

    std::string url_, key_;
};

// Until the gateway has made it.
Result<std::string> MakeRunning(const Settings& settings, const std::string& key) {
    const Gateway gateway(settings, key);
    ASSIGN_OR_RETURN(const Json begun, gateway.Ask("POST", "/v1/backups", "{}"));
    const std::string file = begun["file"].AsString();
    ASSIGN_OR_RETURN(const Json now, gateway.Await("/v1/backups", [&](const Json& state) {
        return state["running"]["file"].AsString() == file;
    }));
    if (now["file"].AsString() == file) return file;
    return Error{Code::kInternal, "no backup was made: " + now["failure"].AsString()};
}

std::string FolderOf(const Settings& settings) {
    if (!settings.backup_folder.empty()) return settings.backup_folder;
    return (fs::path(settings.database).parent_path() / "backups").string();
}

// kUnavailable: the gateway runs.
Result<std::string> MakeStopped(const Settings& settings) {
    std::error_code error;
    if (!fs::is_regular_file(settings.database, error))
        return Error{Code::kNotFound, settings.database + " is not there"};
    RETURN_IF_ERROR(NobodyHasOpen(settings.database));
    fs::create_directories(FolderOf(settings), error);
    if (error) return Error{Code::kInternal, FolderOf(settings) + ": " + error.message()};
    std::string stamp = FormatInstant(SystemClock::Wall()).substr(0, 19);
    std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
    const std::string file =
        (fs::path(FolderOf(settings)) / ("backhaul-" + stamp + "Z.db")).string();
    if (fs::exists(file, error)) return Error{Code::kConflict, file + " is there already"};
    fs::remove(file + ".part", error);
    RETURN_IF_ERROR(CopyDatabase(settings.database, file + ".part"));
    fs::rename(file + ".part", file, error);
    if (error) return Error{Code::kInternal, file + ": " + error.message()};
    return file;
}

std::string Tell(const BackupFacts& facts) {
    const std::string newest =
        facts.rows == 0 ? "empty" : "newest event " + FormatInstant(facts.last_row);
    return std::to_string(facts.cases) + " orders, " + std::to_string(facts.rows) + " rows, " +
           newest + ", head " + facts.head.substr(0, 16);
}

int Verify(const std::string& file) {
    const auto facts = CheckBackup(file);
    if (!facts.ok()) return Complain(facts.error().text, kFailed);
    Print("good  " + file + ": every page and every hash read; " + Tell(*facts) + "\n");
    return kGood;
}

}  // namespace

int RunBackupCommand(const std::vector<std::string>& arguments) {
    const auto words = ReadWords(arguments, {"--settings", "--key"});
    if (!words.ok()) return Complain(words.error().text, kBadUsage);
    if (words->plain.size() == 2 && words->plain[0] == "verify" && words->named.empty())
        return Verify(words->plain[1]);
    if (!words->plain.empty())
        return Complain(Wrong("backup takes --settings FILE, or 'verify FILE'").text, kBadUsage);
    const auto settings = SettingsOf(*words);
    if (!settings.ok()) return Complain(settings.error().text, kBadUsage);
    auto file = MakeStopped(*settings);
    if (!file.ok() && file.error().code == Code::kUnavailable) {
        const auto key = KeyOf(*words);
        if (!key.ok()) return Complain(key.error().text, kBadUsage);
        file = MakeRunning(*settings, *key);
    }
    if (!file.ok()) return Complain("making a backup: " + file.error().text, kFailed);
    return Verify(*file);
}

int RunRestoreCommand(const std::vector<std::string>& arguments) {
    const auto words = ReadWords(arguments, {"--settings", "--apply"});
    if (!words.ok()) return Complain(words.error().text, kBadUsage);
    if (words->plain.size() != 1)
        return Complain(Wrong("restore takes one FILE, --settings FILE and --apply").text,
                        kBadUsage);
    const auto settings = SettingsOf(*words);
    if (!settings.ok()) return Complain(settings.error().text, kBadUsage);
    const std::string& file = words->plain[0];
    if (!words->apply) {
        const int checked = Verify(file);
        if (checked != kGood) return checked;
        Print("      it would take the place of " + settings->database +
              ", which is kept beside it\n      nothing was changed; --apply does it\n");
        return kGood;
    }
    const auto restored = RestoreBackup(file, settings->database, SystemClock::Wall());
    if (!restored.ok()) {
        const bool busy = restored.error().code == Code::kUnavailable;
        return Complain(restored.error().text + (busy ? "; stop the gateway first" : ""), kFailed);
    }
    Print("good  " + settings->database + " is " + file + ": " + Tell(restored->facts) + "\n");
    if (!restored->kept.empty()) Print("      what was there is " + restored->kept + "\n");
    Print(
        "next  start the gateway: it reads the topics again from the backup's positions, asks "
        "each\n"
        "      provider what left since then, and holds back what nobody can tell of.\n"
        "      'backhaul reconcile' says how far it is; deploy/runbook/restore.md has the steps\n");
    return kGood;
}

int RunReconcileCommand(const std::vector<std::string>& arguments) {
    const auto words = ReadWords(arguments, {"--settings", "--key", "--reason"});
    if (!words.ok()) return Complain(words.error().text, kBadUsage);
    const bool end = words->plain == std::vector<std::string>{"end"};
    if (!end && !words->plain.empty())
        return Complain(Wrong("reconcile takes nothing more, or 'end'").text, kBadUsage);
    const auto reason = words->named.find("--reason");
    if (end != (reason != words->named.end()))
        return Complain(Wrong("'end' and --reason TEXT go together").text, kBadUsage);
    const auto settings = SettingsOf(*words);
    if (!settings.ok()) return Complain(settings.error().text, kBadUsage);
    const auto key = KeyOf(*words);
    if (!key.ok()) return Complain(key.error().text, kBadUsage);
    const Gateway gateway(*settings, *key);
    Json because = Json::Object();
    if (end) because.Set("reason", Json::String(reason->second));
    const auto now = end ? gateway.Ask("POST", "/v1/reconciliation/end", WriteJson(because))
                         : gateway.Ask("GET", "/v1/reconciliation", "");
    if (!now.ok()) return Complain(now.error().text, kFailed);
    Print((*now)["text"].AsString() + "\n");
    return kGood;
}

// For supervisors without a client of their own: what /readyz says, as an exit code.
int RunReadyCommand(const std::vector<std::string>& arguments) {
    const auto words = ReadWords(arguments, {"--settings"});
    if (!words.ok()) return Complain(words.error().text, kBadUsage);
    if (!words->plain.empty())
        return Complain(Wrong("ready takes --settings FILE alone").text, kBadUsage);
    const auto settings = SettingsOf(*words);
    if (!settings.ok()) return Complain(settings.error().text, kBadUsage);
    const auto now = Gateway(*settings, "").Ask("GET", "/readyz", "");
    if (!now.ok()) return Complain(now.error().text, kFailed);
    Print(WriteJson(*now) + "\n");
    return kGood;
}

}  // namespace returns::gateway
