#include "gateway/cli_certify.h"

#include "connectors/fields.h"
#include "gateway/certify_report.h"
#include "gateway/certify_stage.h"
#include "gateway/cli_words.h"
#include "gateway/connections.h"
#include "gateway/folders.h"
#include "gateway/log.h"
#include "gateway/time_limit.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/ioctl.h>
#include <unistd.h>

namespace returns::gateway {
namespace {

using namespace certify;

constexpr std::int64_t kWaitSeconds = 60, kWaitSecondsOfAPerson = 300;
constexpr int kMinutes = 120, kMinutesOfAPerson = 360;

constexpr const char* kUsage =
    R"(backhaul partner certify: try a logistics partner before the contract is signed

  backhaul partner certify --connector DIR --settings-json FILE [options]
        runs the cases against a candidate and writes a scorecard
  backhaul partner certify --list
        the cases, what each proves, and what it needs

  --connector DIR       the connector folder that speaks to the candidate
  --settings-json FILE  what the connector asks for: {"api_token": "file:token", ...}; secrets as
                        file:PATH or env:NAME
  --url BASE            the candidate's sandbox: the cases that call it
  --listen HOST:PORT    our door for its callbacks: the cases that listen; port 0 takes any
  --public-url URL      how the candidate reaches that door, where a proxy or tunnel is in front
  --control URL         the candidate's control address: POST URL/play plays a scenario
  --ask                 a person plays the scenarios: what to do is printed, then we wait
  --wait SECONDS        for a callback that is due; 60, with --ask 300
  --minutes N           for all of it, then it ends without a scorecard; 120, with --ask 360
  --hurry N             asks the sandbox to divide its own pauses and time-outs by N
  --sku CODE[,CODE...]  articles the candidate knows; else the codes of the settings' tables
  --case NAME           only this one; may stand several times
  --report DIR          writes certify.json and certify.html there
  --json                prints the result as JSON (schemas/certify.json)
  --ca FILE             authorities of the candidate's certificate, PEM
  --allow-plain-http    allows http:// beyond this machine

connectors/CERTIFY.md tells a candidate what is asked of it and how the control address works.

Exit codes: 0 passed, 1 a case failed or nothing was tested, 2 bad usage or settings.
)";

struct Wish {
    std::string connector, settings, report, listen, wait, minutes, hurry, sku;
    int minutes_most = kMinutes;
    StageOptions stage;
    std::vector<std::string> cases;
    bool list = false, json = false;
};

Error Wrong(const std::string& what) {
    return Invalid("reading arguments: " + what + "; see 'backhaul partner certify --help'");
}

Result<std::int64_t> Whole(const std::string& name, const std::string& text, std::int64_t most) {
    std::int64_t number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 0 || number > most)
        return Wrong(name + " takes a whole number up to " + std::to_string(most));
    return number;
}

std::string* ValueOf(Wish& wish, const std::string& word) {
    const std::pair<const char*, std::string*> places[] = {
        {"--connector", &wish.connector},
        {"--settings-json", &wish.settings},
        {"--url", &wish.stage.base_url},
        {"--listen", &wish.listen},
        {"--public-url", &wish.stage.public_url},
        {"--control", &wish.stage.control_url},
        {"--wait", &wish.wait},
        {"--minutes", &wish.minutes},
        {"--hurry", &wish.hurry},
        {"--sku", &wish.sku},
        {"--report", &wish.report},
        {"--ca", &wish.stage.ca_file},
    };
    for (const auto& [name, place] : places)
        if (word == name) return place;
    return nullptr;
}

bool* FlagOf(Wish& wish, const std::string& word) {
    if (word == "--list") return &wish.list;
    if (word == "--json") return &wish.json;
    if (word == "--ask") return &wish.stage.ask;
    if (word == "--allow-plain-http") return &wish.stage.allow_plain_http;
    return nullptr;
}

Status ReadCase(Wish& wish, const std::string& name) {
    if (FindCase(name) == nullptr) {
        std::vector<std::string> names;
        for (const CaseRow& row : Cases()) names.emplace_back(row.name);
        return Wrong("no case '" + name + "'" + connectors::DidYouMean(name, names) +
                     "; --list has them");
    }
    wish.cases.push_back(name);
    return {};
}

Status ReadListen(Wish& wish) {
    if (wish.listen.empty()) return {};
    const std::size_t colon = wish.listen.rfind(':');
    if (colon == std::string::npos || colon == 0) return Wrong("--listen takes HOST:PORT");
    ASSIGN_OR_RETURN(const std::int64_t port,
                     Whole("the port of --listen", wish.listen.substr(colon + 1), 65535));
    wish.stage.listen_host = wish.listen.substr(0, colon);
    wish.stage.listen_port = static_cast<int>(port);
    return {};
}

Status CheckUrl(const std::string& name, const std::string& url, bool allow_plain) {
    if (url.empty()) return {};
    const auto base = ParseBaseUrl(url);
    if (!base.ok()) return Wrong(name + ": " + base.error().text);
    if (!base->tls && !allow_plain && !IsLoopbackName(base->host))
        return Wrong(name +
                     ": http:// only reaches this machine, use https:// or give "
                     "--allow-plain-http");
    return {};
}

Status Complete(Wish& wish) {
    if (wish.list) return {};
    if (wish.connector.empty()) return Wrong("--connector DIR is missing");
    if (wish.settings.empty()) return Wrong("--settings-json FILE is missing");
    if (wish.stage.base_url.empty() && wish.listen.empty())
        return Wrong("--url BASE, --listen HOST:PORT or both say what to try");
    if (wish.stage.ask && !wish.stage.control_url.empty())
        return Wrong("either --control or --ask plays the scenarios");
    RETURN_IF_ERROR(ReadListen(wish));
    const bool plain = wish.stage.allow_plain_http;
    RETURN_IF_ERROR(CheckUrl("--url", wish.stage.base_url, plain));
    RETURN_IF_ERROR(CheckUrl("--control", wish.stage.control_url, plain));
    std::int64_t wait = wish.stage.ask ? kWaitSecondsOfAPerson : kWaitSeconds;
    if (!wish.wait.empty()) {
        ASSIGN_OR_RETURN(wait, Whole("--wait", wish.wait, 3600));
    }
    wish.stage.wait = std::chrono::seconds(wait);
    if (wish.stage.ask) wish.minutes_most = kMinutesOfAPerson;
    if (!wish.minutes.empty()) {
        ASSIGN_OR_RETURN(const std::int64_t most, Whole("--minutes", wish.minutes, kMinutesMax));
        if (most < 1) return Wrong("--minutes starts at 1");
        wish.minutes_most = static_cast<int>(most);
    }
    if (!wish.hurry.empty()) {
        ASSIGN_OR_RETURN(wish.stage.hurry, Whole("--hurry", wish.hurry, 10000));
        if (wish.stage.hurry < 1) return Wrong("--hurry starts at 1");
    }
    return {};
}

Result<Wish> ReadWish(const std::vector<std::string>& arguments) {
    Wish wish;
    if (arguments.empty() || arguments[0] != "certify") return Wrong("partner knows 'certify'");
    for (std::size_t at = 1; at < arguments.size(); ++at) {
        const std::string& word = arguments[at];
        if (bool* const flag = FlagOf(wish, word)) {
            *flag = true;
            continue;
        }
        std::string* const value = ValueOf(wish, word);
        if (value == nullptr && word != "--case") return Wrong("what is '" + word + "'?");
        if (at + 1 == arguments.size()) return Wrong(word + " takes a value");
        ++at;
        if (value == nullptr) {
            RETURN_IF_ERROR(ReadCase(wish, arguments[at]));
        } else if (!value->empty()) {
            return Wrong(word + " stands once");
        } else {
            *value = arguments[at];
        }
    }
    RETURN_IF_ERROR(Complete(wish));
    return wish;
}

std::string NeedsOf(const CaseRow& row) {
    std::string text;
    if ((row.needs & kCalls) != 0) text += " --url";
    if ((row.needs & kListening) != 0) text += " --listen";
    if ((row.needs & kPlaying) != 0) text += " --control|--ask";
    return text;
}

int List() {
    for (const Area& area : kAreas) {
        Print(std::string(area.title) + "\n");
        for (const CaseRow& row : Cases()) {
            if (row.area != std::string_view(area.name)) continue;
            std::string name = row.name;
            name.resize(std::max<std::size_t>(name.size(), 22), ' ');
            Print("  " + name + " " + row.proves + "\n" + std::string(25, ' ') + "needs" +
                  NeedsOf(row) + "\n");
        }
    }
    return kGood;
}

// The connection, checked as the gateway's settings are.
Result<Connections> MakeConnections(const Wish& wish, const Json& given) {
    Json connection = Json::Object({{"name", Json::String("candidate")},
                                    {"connector", Json::String("candidate")},
                                    {"base_url", Json::String(wish.stage.base_url)},
                                    {"allow_plain_http", Json::Bool(wish.stage.allow_plain_http)},
                                    {"settings", given}});
    const Json all = Json::Object({{"deployment_secret", Json::String("env:BACKHAUL_CERTIFY")},
                                   {"database", Json::String("none")},
                                   {"connections", Json::Array({std::move(connection)})}});
    SettingsSources sources = SystemSources();
    std::erase_if(sources.environment,
                  [](const auto& entry) { return entry.first.starts_with("BACKHAUL_"); });
    sources.environment["BACKHAUL_CERTIFY"] = std::string(32, 'c');  // nothing is signed with it
    ASSIGN_OR_RETURN(const Settings settings, ReadSettings(WriteJson(all), sources));
    return Connections::Make(
        settings, [&](const std::string&) { return ReadConnectorFolder(wish.connector); });
}

// Codes of articles that the settings' tables translate, else a made-up one.
std::vector<std::string> Skus(const Wish& wish, const connectors::Manifest& manifest,
                              const Json& given) {
    std::vector<std::string> skus;
    for (std::size_t at = 0; at < wish.sku.size();) {
        const std::size_t comma = std::min(wish.sku.find(',', at), wish.sku.size());
        if (comma > at) skus.push_back(wish.sku.substr(at, comma - at));
        at = comma + 1;
    }
    for (const auto& [name, declaration] : manifest.settings) {
        if (!skus.empty() || declaration.codes != "sku") continue;
        for (const auto& [code, theirs] : given[name].Members())
            if (code != "*") skus.push_back(code);
    }
    if (skus.empty()) skus.emplace_back("CERTIFY-1");
    return skus;
}

class Progress {
public:
    explicit Progress(bool quiet) : quiet_(quiet) {}
    void Tell(const CaseResult& each) const {
        if (quiet_) return;
        constexpr const char* kWords[] = {"good", "BAD ", "note"};
        constexpr const char* kColours[] = {"\x1b[32m", "\x1b[31m", "\x1b[33m"};
        const auto kind = static_cast<std::size_t>(each.judgement.result);
        const bool tested = each.judgement.result != Judgement::Result::kNotTested;
        std::printf("%s%s%s  %-22s %s%s\n", colour_ ? kColours[kind] : "", kWords[kind],
                    colour_ ? "\x1b[0m" : "", each.row->name,
                    tested ? "" : "not tested: ", each.judgement.finding.c_str());
        if (each.judgement.result == Judgement::Result::kFailed)
            std::printf("      %-22s %s\n", "", each.row->cost);
        std::fflush(stdout);
    }

private:
    const bool quiet_;
    const bool colour_ = isatty(1) != 0;
};

std::string Missing(unsigned missing) {
    if ((missing & kCalls) != 0) return "it needs --url and a connector that announces returns";
    if ((missing & kLookup) != 0) return "the connector has no look-up by our reference";
    if ((missing & kCancel) != 0) return "the connector cannot cancel";
    if ((missing & kListening) != 0)
        return "it needs --listen and a connector that reads callbacks";
    return "it needs --control, or --ask and a person";
}

CaseResult RunOne(Stage& stage, const CaseRow& row) {
    const unsigned missing = row.needs & ~stage.offers();
    if (missing == 0) return stage.Run(row);
    CaseResult result;
    result.row = &row;
    result.judgement = NotTested(Missing(missing));
    return result;
}

Status WriteFile(const std::string& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (out) return {};
    return Error{Code::kInternal, "writing " + path + ": not possible"};
}

Status WriteReport(const std::string& folder, const Report& report) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    RETURN_IF_ERROR(
        WriteFile(folder + "/certify.json", WriteJsonPretty(ReportJson(report)) + "\n"));
    return WriteFile(folder + "/certify.html", ReportPage(report));
}

// The authorities are kept of what is forgotten.
void KeepAuthorities(StageOptions& options) {
    const char* const authorities = std::getenv("SSL_CERT_FILE");
    if (options.ca_file.empty() && authorities != nullptr) options.ca_file = authorities;
}

Report RunAll(Stage& stage, const Wish& wish, const std::string& hash) {
    const connectors::Manifest& manifest = stage.connector().manifest();
    Report report;
    report.connector = manifest.name;
    report.title = manifest.title;
    report.connector_hash = hash;
    report.candidate = wish.stage.base_url;
    report.started_at = SystemClock::Wall();
    const Progress progress(wish.json);
    for (const CaseRow& row : Cases()) {
        const bool wanted = wish.cases.empty() || std::find(wish.cases.begin(), wish.cases.end(),
                                                            row.name) != wish.cases.end();
        if (!wanted) continue;
        report.cases.push_back(RunOne(stage, row));
        progress.Tell(report.cases.back());
    }
    report.finished_at = SystemClock::Wall();
    return report;
}

// Looks, and does not wait. What was typed is read up to the end of its line.
bool PressedEnter() {
    int typed = 0;
    if (ioctl(0, FIONREAD, &typed) != 0 || typed == 0) return false;
    for (char c = 0; read(0, &c, 1) == 1;)
        if (c == '\n') return true;
    return false;
}

int Certify(Wish wish) {
    const auto text = ReadWholeFile(wish.settings);
    if (!text.ok()) return Complain(text.error().text, kBadUsage);
    const auto given = ParseJson(*text);
    if (!given.ok())
        return Complain("reading " + wish.settings + ": " + given.error().text, kBadUsage);
    SetLogLevel(LogLevel::kError);
    auto connections = MakeConnections(wish, *given);
    if (!connections.ok()) return Complain(connections.error().text, kBadUsage);
    KeepAuthorities(wish.stage);
    ForgetSurroundings();
    const Connection& connection = *connections->Find("candidate");
    connectors::Connector& connector = *connection.connector;
    wish.stage.skus = Skus(wish, connector.manifest(), *given);
    wish.stage.tell = [](const std::string& instruction) {
        std::fprintf(stderr, "PLEASE: %s\n", instruction.c_str());
    };
    wish.stage.confirmed = PressedEnter;
    auto stage = Stage::Open(wish.stage, connector, connection.settings.settings);
    if (!stage.ok()) return Complain(stage.error().text, kBadUsage);
    if (!wish.listen.empty())
        std::fprintf(stderr, "callbacks are expected at %s\n", (*stage)->callback_url().c_str());
    const Report report = RunAll(**stage, wish, connector.hash());
    Print(wish.json ? WriteJsonPretty(ReportJson(report)) + "\n" : ReportText(report));
    if (!wish.report.empty()) {
        const Status written = WriteReport(wish.report, report);
        if (!written.ok()) return Complain(written.error().text, kBadUsage);
        if (!wish.json) Print("scorecard: " + wish.report + "/certify.html\n");
    }
    return IsPassed(report) ? kGood : kFailed;
}

}  // namespace

int RunPartnerCommand(const std::vector<std::string>& arguments) {
    if (std::find(arguments.begin(), arguments.end(), "--help") != arguments.end()) {
        Print(kUsage);
        return kGood;
    }
    auto wish = ReadWish(arguments);
    if (!wish.ok()) return Complain(wish.error().text, kBadUsage);
    if (wish->list) return List();
    const int minutes = wish->minutes_most;
    return RunWithin(minutes,
                     "partner certify was stopped after " + std::to_string(minutes) +
                         " minutes, without a scorecard: what has been printed stands; try fewer "
                         "cases (--case), a shorter --wait, or give it longer (--minutes)",
                     [&] { return Certify(std::move(*wish)); });
}

}  // namespace returns::gateway
