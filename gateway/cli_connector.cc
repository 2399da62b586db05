#include "gateway/cli_connector.h"

#include "connectors/conformance.h"
#include "connectors/places.h"
#include "gateway/apart.h"
#include "gateway/blind_words.h"
#include "gateway/cli_words.h"
#include "gateway/connector_skeleton.h"
#include "gateway/definitions.h"
#include "gateway/folders.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace returns::gateway {
namespace {

namespace fs = std::filesystem;

using Arguments = std::vector<std::string>;
using connectors::Connector;

constexpr const char* kUsage =
    R"(backhaul connector: the folders that say how a partner speaks

  backhaul connector new KIND/NAME [--in DIR]
        a small folder that works: manifest, one request, one signed callback, mappings, contract
        and cases. KIND is logistics, payment or desk. Made below DIR (here, unless said), never
        over something
  backhaul connector test DIR [--seconds N]
        runs the folder's own cases and what holds for every connector, in a process that may use
        little (N seconds of processor time, 10 unless said); then what this partner can and cannot
        tell us
  backhaul connector try DIR --callback FILE [--headers FILE] [--secret TEXT|file:PATH|env:NAME]
        [--settings-json FILE] [--case FILE] [--now TIME] [--json]
        one callback step by step: signature, mapping, events, and what each changes on a small
        case. --headers: lines 'Name: value'; --settings-json: the connection's settings, those of
        the folder's first case file where left out; --case: a list of events to begin with
  backhaul connector fit FILE... [--json]
        reads an OpenAPI description (JSON) or sample callbacks and says what such a partner could
        tell us, what not, and which of our times would run blind. It guesses, and says so
  backhaul connector rehearse DIR --settings FILE [--days N] [--minutes N]
                             [--database FILE] [--json]
        maps the callbacks that were kept with the mapping in force and with this folder, and shows
        what differs: events, then states and money, decided on a copy

connectors/README.md takes you from nothing to a working partner.

Exit codes: 0 good, 1 a check failed or something differs, 2 bad usage or settings.
)";

int Usage(const std::string& wrong) {
    return Complain(wrong + "; see 'backhaul connector --help'", kBadUsage);
}

// What this partner can tell, after the totals. Nothing where the machines are not at hand.
std::string Closing(const Connector::Files& files, const Result<DefinitionFiles>& texts) {
    const auto connector = Connector::Load(files);
    if (!connector.ok() || !texts.ok()) return "";
    const auto definitions = Definitions::Load(*texts, "en");
    if (!definitions.ok()) return "";
    const BlindWords words = WordsOf(*connector, (*definitions)->book());
    std::string out;
    const auto lines = [&out](const char* label, const std::vector<std::string>& texts_of) {
        for (const std::string& text : texts_of) out += label + text + "\n";
    };
    lines("tells   ", words.told);
    if (!words.known)
        out +=
            "tells   it is not known what: its mappings name no type; list them under "
            "'can_tell'\n";
    lines("never   ", words.untold);
    lines("blind   ", words.timers);
    lines("knows   ", words.further);
    return out;
}

}  // namespace

int RunConnectorNew(const Arguments& arguments) {
    if (arguments.size() != 1 && (arguments.size() != 3 || arguments[1] != "--in"))
        return Usage("connector new takes KIND/NAME and perhaps --in DIR");
    const auto files = SkeletonOf(arguments[0]);
    if (!files.ok()) return Complain(files.error().text, kBadUsage);
    const fs::path root = fs::path(arguments.size() == 3 ? arguments[2] : ".") / arguments[0];
    std::error_code error;
    if (fs::exists(root, error))
        return Complain("making " + root.string() +
                            ": it is there already; choose another name, "
                            "or remove it",
                        kFailed);
    for (const auto& [name, text] : *files) {
        const fs::path path = root / name;
        fs::create_directories(path.parent_path(), error);
        std::ofstream out(path, std::ios::binary);
        out << text;
        out.close();
        if (error || !out)
            return Complain("writing " + path.string() + ": " +
                                (error ? error.message() : "it could not be written"),
                            kFailed);
        Print("made    " + path.string() + "\n");
    }
    Print("next    backhaul connector test " + root.string() + "\n");
    return kGood;
}

int RunConnectorTest(const Arguments& arguments) {
    ApartLimits limits;
    if (arguments.size() == 3 && arguments[1] == "--seconds")
        limits.cpu_seconds = std::atoi(arguments[2].c_str());
    if ((arguments.size() != 1 && arguments.size() != 3) || limits.cpu_seconds < 1)
        return Usage("connector test takes DIR and perhaps --seconds N");
    const bool colour = isatty(1) != 0;
    const std::string& folder = arguments[0];
    ForgetSurroundings();
    const auto files = ReadConnectorFolder(folder);
    if (!files.ok()) return Complain(files.error().text, kFailed);
    const auto texts = ReadDefinitionFiles(ShareFolder() + "/workflows");
    const auto end = RunApart(
        [&](const std::function<void(const std::string&)>& at) {
            at("loading");
            const auto report = connectors::TestConnector(*files, {.at = at});
            return std::pair(
                report.ok() ? kGood : kFailed,
                connectors::FormatReport(report, folder, colour) + Closing(*files, texts));
        },
        limits);
    if (!end.ok()) return Complain(end.error().text, kFailed);
    if (!end->halted.empty()) {
        return Complain("testing " + folder + ": stopped at " + end->at + ": " + end->halted +
                            ". Look at the mapping that this case runs: it makes too much of its "
                            "input",
                        kFailed);
    }
    Print(end->text);
    return end->code;
}

int RunConnectorCommand(const Arguments& arguments) {
    if (arguments.empty()) {
        Print(kUsage);
        return kBadUsage;
    }
    const std::string& what = arguments[0];
    if (what == "--help" || what == "-h" || (arguments.size() == 2 && arguments[1] == "--help")) {
        Print(kUsage);
        return kGood;
    }
    const Arguments rest(arguments.begin() + 1, arguments.end());
    if (what == "new") return RunConnectorNew(rest);
    if (what == "test") return RunConnectorTest(rest);
    if (what == "try") return RunConnectorTry(rest);
    if (what == "fit") return RunConnectorFit(rest);
    if (what == "rehearse") return RunConnectorRehearse(rest);
    return Usage("connector knows no '" + what + "', but new, test, try, fit and rehearse");
}

}  // namespace returns::gateway
