#include "gateway/cli_import.h"

#include "connectors/fields.h"
#include "gateway/cli_words.h"
#include "gateway/folders.h"
#include "gateway/import_report.h"
#include "gateway/lane_parts.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace returns::gateway {
namespace {

namespace fs = std::filesystem;

constexpr Millis kLineEvery{5000}, kRedrawEvery{200};

constexpr const char* kUsage = R"(backhaul import FILE --settings FILE [options]

Takes in orders older than the topics, with their captures, returns and refunds. FILE is .csv with
the columns below, or .ndjson with one CloudEvent of our vocabulary a line (as POST /v1/events).
The database is opened by this command itself: stop the gateway, import, start it.

  --preview        say what would happen, on a copy of the database; this is the default
  --apply          do it
  --shop NAME      whose orders they are; needed when the settings have several shops
  --rejects FILE   write the rows of refused orders there, to be mended and imported again
  --example csv|ndjson   print a working example, nothing else

The same file again changes nothing, and a run that was ended goes on where it was.
Exit codes: 0 everything is in, 1 some rows were refused, 2 bad usage or settings.

)";

struct Wish {
    std::string file, settings, shop, rejects;
    ImportForm form = ImportForm::kCsv;
    bool apply = false;
};

Error Wrong(const std::string& what) {
    return Invalid("reading arguments: " + what + "; see 'backhaul import --help'");
}

Result<Wish> ReadWish(const std::vector<std::string>& arguments) {
    Wish wish;
    bool preview = false;
    for (std::size_t at = 0; at < arguments.size(); ++at) {
        const std::string& word = arguments[at];
        std::string* const value = word == "--settings"  ? &wish.settings
                                   : word == "--shop"    ? &wish.shop
                                   : word == "--rejects" ? &wish.rejects
                                                         : nullptr;
        if (value != nullptr) {
            if (at + 1 == arguments.size() || !value->empty())
                return Wrong(word + " takes one value and stands once");
            *value = arguments[++at];
        } else if (word == "--apply" || word == "--preview") {
            (word == "--apply" ? wish.apply : preview) = true;
        } else if (word.starts_with("--") || !wish.file.empty()) {
            return Wrong("what is '" + word + "'?");
        } else {
            wish.file = word;
        }
    }
    if (wish.file.empty()) return Wrong("the file is missing");
    if (wish.settings.empty()) return Wrong("--settings FILE is missing");
    if (wish.apply && preview) return Wrong("--preview or --apply, not both");
    const bool csv = wish.file.ends_with(".csv");
    if (!csv && !wish.file.ends_with(".ndjson"))
        return Wrong("the file's name ends with neither .csv nor .ndjson");
    wish.form = csv ? ImportForm::kCsv : ImportForm::kNdjson;
    return wish;
}

Result<std::string> ShopOf(const Wish& wish, const Settings& settings) {
    std::vector<std::string> names;
    for (const ShopSettings& shop : settings.shops) names.push_back(shop.name);
    if (wish.shop.empty() && names.size() == 1) return names.front();
    if (wish.shop.empty()) return Wrong("--shop is missing, the settings have several shops");
    if (std::find(names.begin(), names.end(), wish.shop) != names.end()) return wish.shop;
    return Wrong("no shop '" + wish.shop + "' in the settings" +
                 connectors::DidYouMean(wish.shop, names));
}

Result<ImportFile> ReadFile(const Wish& wish, const LimitSettings& limits) {
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(wish.file, error);
    if (!error && bytes >> 20 >= static_cast<std::uintmax_t>(limits.import_file_mib_max))
        return Error{Code::kLimit, "reading " + wish.file + ": longer than " +
                                       std::to_string(limits.import_file_mib_max) +
                                       " MiB (limits.import_file_mib_max); cut it between orders"};
    ASSIGN_OR_RETURN(std::string text, ReadWholeFile(wish.file));
    return ImportFile::Read(std::move(text), wish.form,
                            static_cast<std::size_t>(limits.import_row_bytes_max));
}

// A copy of the database, which goes with this object, and what an ended preview left behind.
class Copy {
public:
    explicit Copy(std::string path) : path_(std::move(path)) { Remove(); }
    ~Copy() { Remove(); }
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;
    const std::string& path() const { return path_; }

private:
    void Remove() const {
        std::error_code ignored;
        for (const char* end : {"", "-wal", "-shm", ".flight"}) fs::remove(path_ + end, ignored);
    }
    const std::string path_;
};

class Progress {
public:
    explicit Progress(std::size_t orders)
        : orders_(orders), terminal_(isatty(STDERR_FILENO) != 0) {}

    void Show(const ImportTally& tally) {
        const Millis now = clock_.Monotonic();
        if (now - shown_ < (terminal_ ? kRedrawEvery : kLineEvery)) return;
        shown_ = now;
        drawn_ = terminal_;
        std::fprintf(stderr, terminal_ ? "\r\033[K%s" : "%s\n", Text(tally).c_str());
    }
    // The last word, on a line of its own.
    std::string End(const ImportTally& tally) {
        if (drawn_) std::fputs("\r\033[K", stderr);
        return Text(tally);
    }

private:
    std::string Text(const ImportTally& tally) {
        return ImportProgress(tally, orders_, clock_.Monotonic());
    }
    const std::size_t orders_;
    const bool terminal_;
    bool drawn_ = false;
    SystemClock clock_;
    Millis shown_{0};
};

Status WriteRejects(const Wish& wish, const ImportRun& run, const ImportFile& file) {
    if (wish.rejects.empty() || run.tally().faults == 0) return {};
    std::ofstream out(wish.rejects, std::ios::binary);
    out << file.Excerpt(run.refused());
    out.close();
    if (out) {
        Print("the refused rows are in " + wish.rejects + "\n");
        return {};
    }
    return Error{Code::kInternal, "writing " + wish.rejects + ": it cannot be written"};
}

int Take(const Wish& wish, const Settings& settings, const ImportFile& file,
         const std::string& shop) {
    auto lane = LaneParts::Open(settings, ImportLane(LaneOptions(settings)));
    if (!lane.ok()) {
        const bool busy = lane.error().code == Code::kUnavailable;
        return Complain(lane.error().text + (busy ? "; stop the gateway first" : ""), kFailed);
    }
    Engine& engine = *(*lane)->engine;
    const Status recovered = engine.Recover();
    if (!recovered.ok()) return Complain(recovered.error().text, kFailed);
    ImportRun run(engine, file, shop, static_cast<std::size_t>(settings.limits.import_errors_max));
    Progress progress(file.orders().size());
    const bool blocked = wish.apply && !file.strays().empty();
    while (!blocked && run.Step()) progress.Show(run.tally());
    engine.Rest(true);
    Print(progress.End(run.tally()) + "\n" + ImportReport(run, file));
    const Status written = WriteRejects(wish, run, file);
    if (!written.ok()) return Complain(written.error().text, kFailed);
    if (engine.failed())
        return Complain(engine.failure() + "; what was counted is in, mend it and run this again",
                        kFailed);
    if (run.tally().faults > 0) return kFailed;
    Print(wish.apply ? "good  everything is in\n"
                     : "good  this was a preview and nothing was written; --apply does it\n");
    return kGood;
}

}  // namespace

int RunImportCommand(const std::vector<std::string>& arguments) {
    if (arguments.size() == 1 && (arguments[0] == "--help" || arguments[0] == "-h")) {
        Print(kUsage + ImportColumnsHelp());
        return kGood;
    }
    if (arguments.size() == 2 && arguments[0] == "--example") {
        if (arguments[1] != "csv" && arguments[1] != "ndjson")
            return Complain(Wrong("--example takes csv or ndjson").text, kBadUsage);
        Print(std::string(ImportExample(arguments[1])));
        return kGood;
    }
    const auto wish = ReadWish(arguments);
    if (!wish.ok()) return Complain(wish.error().text, kBadUsage);
    auto settings = LoadSettings(wish->settings, SystemSources());
    if (!settings.ok()) return Complain(settings.error().text, kBadUsage);
    const auto shop = ShopOf(*wish, *settings);
    if (!shop.ok()) return Complain(shop.error().text, kBadUsage);
    const auto file = ReadFile(*wish, settings->limits);
    if (!file.ok()) return Complain(file.error().text, kBadUsage);
    if (wish->apply) return Take(*wish, *settings, *file, *shop);

    const Copy copy(settings->database + ".preview");
    std::error_code ignored;
    if (fs::exists(settings->database, ignored)) {
        const Status copied = CopyDatabase(settings->database, copy.path());
        if (!copied.ok()) {
            const bool busy = copied.error().code == Code::kUnavailable;
            return Complain(copied.error().text + (busy ? "; stop the gateway first" : ""),
                            kFailed);
        }
    }
    settings->database = copy.path();
    return Take(*wish, *settings, *file, *shop);
}

}  // namespace returns::gateway
