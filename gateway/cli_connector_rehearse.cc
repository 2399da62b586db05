// backhaul connector rehearse: on a copy of the database, which goes with it.
#include "connectors/conformance.h"
#include "gateway/cli_connector.h"
#include "gateway/cli_words.h"
#include "gateway/connections_ready.h"
#include "gateway/folders.h"
#include "gateway/lane_parts.h"
#include "gateway/log.h"
#include "gateway/raw_reader.h"
#include "gateway/rehearse.h"
#include "gateway/time_limit.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace returns::gateway {
namespace {

namespace fs = std::filesystem;

using Arguments = std::vector<std::string>;

constexpr int kParkedAtOnce = 1000;

struct Wish {
    std::string folder, settings, database;
    int days = 30;
    int minutes = 60;
    bool json = false;
};

Status ReadNumber(const std::string& word, const std::string& text, int most, int& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && number >= 1 && number <= most)
        return {};
    return Invalid(word + " takes a number from 1 to " + std::to_string(most));
}

Result<Wish> ReadWish(const Arguments& arguments) {
    Wish wish;
    for (std::size_t at = 0; at < arguments.size(); ++at) {
        const std::string& word = arguments[at];
        if (word == "--json") {
            wish.json = true;
            continue;
        }
        if (!word.starts_with("--")) {
            if (!wish.folder.empty())
                return Invalid("connector rehearse takes one DIR, not '" + word + "' as well");
            wish.folder = word;
            continue;
        }
        if (word != "--settings" && word != "--days" && word != "--database" && word != "--minutes")
            return Invalid("connector rehearse knows no " + word);
        if (at + 1 == arguments.size()) return Invalid(word + " needs a value");
        const std::string& value = arguments[++at];
        if (word == "--settings") wish.settings = value;
        if (word == "--database") wish.database = value;
        if (word == "--days") RETURN_IF_ERROR(ReadNumber(word, value, 3650, wish.days));
        if (word == "--minutes")
            RETURN_IF_ERROR(ReadNumber(word, value, kMinutesMax, wish.minutes));
    }
    if (wish.folder.empty()) return Invalid("connector rehearse needs a DIR");
    if (wish.settings.empty()) return Invalid("connector rehearse needs --settings FILE");
    return wish;
}

// A folder of our own that goes when we do.
class Scratch {
public:
    Scratch() {
        std::string form = (fs::temp_directory_path() / "backhaul-rehearse-XXXXXX").string();
        if (mkdtemp(form.data()) != nullptr) path_ = form;
    }
    ~Scratch() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

// Input that could not be read is what a new mapping is written for.
Status AddParked(Archive& archive, const std::set<std::string>& connections, Instant since,
                 std::vector<KeptCallback>& callbacks) {
    std::set<std::pair<std::string, std::string>> known;
    for (const KeptCallback& each : callbacks) known.insert({each.connection, each.id});
    std::int64_t after = 0;
    for (;;) {
        ASSIGN_OR_RETURN(const auto parked, archive.ParkedAfter(after, kParkedAtOnce));
        for (const ParkedInput& each : parked) {
            after = each.id;
            constexpr std::string_view kSource = "connection:";
            if (!each.source.starts_with(kSource) || each.raw.empty() || each.headers.empty())
                continue;
            const std::string connection = each.source.substr(kSource.size());
            if (!connections.contains(connection) || each.parked_at < since) continue;
            if (!known.insert({connection, each.source_id}).second) continue;
            callbacks.push_back({connection, each.source_id, each.parked_at,
                                 ReadSurroundings(each.headers).headers, each.raw});
        }
        if (parked.size() < kParkedAtOnce) return {};
    }
}

Result<std::map<std::string, Json>> SettingsFor(const connectors::Connector& candidate,
                                                const Settings& settings) {
    std::map<std::string, Json> ready;
    const std::string& name = candidate.manifest().name;
    for (const ConnectionSettings& each : settings.connections) {
        if (each.connector != name) continue;
        ASSIGN_OR_RETURN(ready[each.name],
                         ReadyFor(candidate.manifest(), each, settings.kafka.status_topic));
    }
    if (ready.empty())
        return Invalid("rehearsing " + name + ": no connection in the settings uses it");
    if (!candidate.manifest().callbacks)
        return Invalid("rehearsing " + name + ": it takes no callbacks");
    return ready;
}

Result<Rehearsal> Run(const Wish& wish, Settings settings, const std::string& scratch) {
    ASSIGN_OR_RETURN(const auto files, ReadConnectorFolder(wish.folder));
    ASSIGN_OR_RETURN(auto candidate, connectors::Connector::Load(files));
    ASSIGN_OR_RETURN(auto ready, SettingsFor(candidate, settings));
    std::set<std::string> connections;
    for (const auto& [name, one] : ready) connections.insert(name);
    const std::string kept = KeepFolder(settings.database);
    const std::string copy = scratch + "/copy.db";
    const Status copied =
        CopyDatabase(wish.database.empty() ? settings.database : wish.database, copy);
    if (!copied.ok())
        return Error{copied.error().code, copied.error().text +
                                              "; beside a running gateway take a backup first and "
                                              "give it with --database"};
    settings.database = copy;
    ASSIGN_OR_RETURN(const auto parts, LaneParts::Open(settings, LaneOptions(settings)));
    const Instant since = parts->clock.Now() - std::chrono::hours(24 * wish.days);
    ASSIGN_OR_RETURN(auto callbacks, ReadKept(kept, connections, since));
    RETURN_IF_ERROR(AddParked(*parts->store, connections, since, callbacks));
    return Rehearse({*parts->connections, candidate, std::move(ready), *parts->store, *parts->store,
                     parts->definitions->book()},
                    callbacks);
}

int RunAndTell(const Wish& wish, const Settings& settings, const std::string& scratch) {
    const auto rehearsal = Run(wish, settings, scratch);
    if (!rehearsal.ok()) return Complain(rehearsal.error().text, kBadUsage);
    Print(wish.json ? WriteJsonPretty(RehearsalJson(*rehearsal)) + "\n"
                    : FormatRehearsal(*rehearsal));
    return rehearsal->differs() ? kFailed : kGood;
}

}  // namespace

int RunConnectorRehearse(const Arguments& arguments) {
    const auto wish = ReadWish(arguments);
    if (!wish.ok())
        return Complain(wish.error().text + "; see 'backhaul connector --help'", kBadUsage);
    const auto settings = LoadSettings(wish->settings, SystemSources());
    if (!settings.ok()) return Complain(settings.error().text, kBadUsage);
    SetLogLevel(LogLevel::kError);
    const Scratch scratch;
    if (scratch.path().empty()) return Complain("making a temporary folder failed", kFailed);
    ForgetSurroundings();
    const std::string minutes = std::to_string(wish->minutes);
    return RunWithin(wish->minutes,
                     "connector rehearse was stopped after " + minutes +
                         " minutes and says nothing: rehearse fewer days (--days), or give it "
                         "longer (--minutes)",
                     [&] { return RunAndTell(*wish, *settings, scratch.path()); });
}

}  // namespace returns::gateway
