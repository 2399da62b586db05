#include "gateway/cli_check.h"

#include "gateway/check.h"
#include "gateway/cli_words.h"
#include "gateway/definitions.h"
#include "gateway/folders.h"
#include "gateway/lane_parts.h"
#include "gateway/log.h"
#include "gateway/money_days.h"
#include "gateway/money_proof.h"

#include <cstdio>
#include <unistd.h>

namespace returns::gateway {
namespace {

class Report {
public:
    void Tell(const Finding& finding) {
        constexpr const char* kWords[] = {"good", "BAD ", "note"};
        constexpr const char* kColours[] = {"\x1b[32m", "\x1b[31m", "\x1b[33m"};
        const auto kind = static_cast<std::size_t>(finding.kind);
        bad_ += finding.kind == Finding::Kind::kBad;
        std::printf("%s%s%s  %-24s %s\n", colour_ ? kColours[kind] : "", kWords[kind],
                    colour_ ? "\x1b[0m" : "", finding.what.c_str(), finding.text.c_str());
        std::fflush(stdout);
    }
    int bad() const { return bad_; }

private:
    const bool colour_ = isatty(1) != 0;
    int bad_ = 0;
};

}  // namespace

int RunCheck(const std::vector<std::string>& arguments) {
    std::vector<std::string> rest = arguments;
    const bool offline = std::erase(rest, "--offline") > 0;
    if (rest.size() != 2 || rest[0] != "--settings")
        return Complain("check takes --settings FILE and perhaps --offline; see 'backhaul --help'",
                        kBadUsage);
    const auto settings = LoadSettings(rest[1], SystemSources());
    if (!settings.ok()) return Complain(settings.error().text, kBadUsage);
    SetLogLevel(LogLevel::kError);
    Report report;
    const Tell tell = [&](const Finding& finding) { report.Tell(finding); };
    const auto good = [&](const std::string& what, const std::string& text) {
        tell({Finding::Kind::kGood, what, text});
    };
    good("settings", rest[1]);
    const auto files = ReadDefinitionFiles(DefinitionFolder(*settings));
    if (!files.ok()) return Complain(files.error().text, kFailed);
    const auto definitions = Definitions::Load(*files, settings->language);
    if (!definitions.ok()) return Complain(definitions.error().text, kFailed);
    good("machines", "policy, calendars and wording too");
    const std::string folder = ConnectorFolders(*settings);
    auto connections = Connections::Make(*settings, [&](const std::string& name) {
        return ReadConnectorFolder(folder + "/" + name);
    });
    if (!connections.ok()) return Complain(connections.error().text, kFailed);
    workflows::Rulebook& book = (*definitions)->book();
    book.connections = connections->Facts();
    const Status calendars = workflows::CheckCalendars(book);
    if (!calendars.ok()) return Complain(calendars.error().text, kFailed);
    const auto unproven = Unproven(*files, book);
    if (!unproven.ok()) return Complain(unproven.error().text, kFailed);
    for (const std::string& line : *unproven)
        tell({settings->money_proof == "required" ? Finding::Kind::kBad : Finding::Kind::kNote,
              "money proof", line});
    if (unproven->empty()) good("money proof", "kept for every payment connection");
    const auto days = BookDaysOf(*settings, book.calendars);
    if (!days.ok()) return Complain(days.error().text, kFailed);
    good("connectors", std::to_string(connections->connectors().size()) + " loaded");
    if (const std::size_t rules = connections->routes().size(); rules > 0)
        good("routes", std::to_string(rules) + (rules == 1 ? " rule" : " rules") +
                           " checked, none out of reach");
    CheckDatabase(*settings, tell);
    CheckAnchors(*settings, tell);
    CheckClock(tell);
    if (!offline) {
        CheckKafka(settings->kafka, tell);
        CheckPartners(*settings, *connections, tell);
        CheckCallbacks(*settings, *connections, tell);
    }
    if (report.bad() == 0) return kGood;
    std::printf("%d to mend\n", report.bad());
    return kFailed;
}

}  // namespace returns::gateway
