#include "gateway/cli.h"

#include "gateway/app.h"
#include "gateway/cli_backup.h"
#include "gateway/cli_certify.h"
#include "gateway/cli_check.h"
#include "gateway/cli_connector.h"
#include "gateway/cli_import.h"
#include "gateway/cli_kafka.h"
#include "gateway/cli_ledger.h"
#include "gateway/cli_machine.h"
#include "gateway/cli_policy.h"
#include "gateway/cli_route.h"
#include "gateway/cli_words.h"
#include "gateway/connections.h"
#include "gateway/definitions.h"
#include "gateway/folders.h"
#include "gateway/keys.h"
#include "gateway/log.h"
#include "gateway/settings.h"
#include "gateway/sqlite_store.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

namespace returns::gateway {
namespace {

using Arguments = std::vector<std::string>;

constexpr const char* kUsage =
    R"(backhaul: returns and refunds, from Kafka to partners, money and service desk

  backhaul serve --settings FILE     run the gateway until SIGTERM
  backhaul check --settings FILE [--offline]
                                     settings, definitions, database, disk, clock; and, unless
                                     offline, Kafka, every partner's credentials and certificate
                                     (harmless calls), and a signed test through our public URL
  backhaul settings [--markdown]     every setting: type, default, bounds, what it does
  backhaul key new [--test]          a new API key and the hash for the settings; a test key tries
                                     out callbacks, with no effect
  backhaul machine verify|graph      check a machine's structure, or that of a whole folder; prove
                                     that its money is never paid twice; draw a machine;
                                     'backhaul machine --help'
  backhaul policy explain --purchased DAY [--jurisdiction DE] ...
                                     when the window closes, the legal dates, the delays as they
                                     end; 'backhaul policy explain --help' has the options
  backhaul connector new|test|try|fit|rehearse
                                     make a partner's folder, run its cases, try a callback, judge
                                     an API, rehearse a mapping; 'backhaul connector --help'
  backhaul migrate --settings FILE   bring the database up to date, then stop
  backhaul ledger verify|day|export|audit --settings FILE
                                     prove the database from its journal; the day's sums; every
                                     movement of money; compare with a provider's settlement
                                     report. 'backhaul ledger --help' has the options
  backhaul kafka offset --settings FILE --topic T --partition N --to beginning|end|OFFSET
                                     where reading goes on, after a partition stopped; the
                                     gateway must not run
  backhaul import FILE.csv|FILE.ndjson --settings FILE [--apply]
                                     orders older than the topics; without --apply it says what
                                     would happen. 'backhaul import --help' has the columns
  backhaul backup --settings FILE [--key file:PATH|env:NAME]
                                     a checked copy of the database, also while the gateway runs:
                                     then with an operator's key
  backhaul backup verify FILE        read every page and recompute every hash of a backup
  backhaul restore FILE --settings FILE [--apply]
                                     put a backup in the database's place; without --apply it only
                                     checks. The gateway must not run
  backhaul reconcile --settings FILE --key file:PATH|env:NAME
                                     after a restore: what is still to be looked up
  backhaul reconcile end --reason TEXT --settings FILE --key file:PATH|env:NAME
                                     a person knows that no refund is left unknown
  backhaul ready --settings FILE     ask the gateway running here whether it is ready, for
                                     supervisors
  backhaul route explain ORDER | route coverage --settings FILE
                                     which partner an order's returns go to and why; codes without
                                     a translation. 'backhaul route --help' has more
  backhaul partner certify --connector DIR --settings-json FILE [--url BASE] [--listen HOST:PORT]
                                     try a logistics partner before the contract, with a scorecard;
                                     'backhaul partner certify --help' has the options
  backhaul --version | --help

Exit codes: 0 good, 1 a check failed, 2 bad usage or settings.
)";

int Usage(const std::string& wrong) {
    return Complain(wrong + "; see 'backhaul --help'", kBadUsage);
}

Result<Settings> SettingsFrom(const Arguments& arguments, const SettingsSources& sources) {
    if (arguments.size() != 2 || arguments[0] != "--settings")
        return Invalid("reading arguments: --settings FILE is missing");
    return LoadSettings(arguments[1], sources);
}

LogLevel LevelOf(const std::string& word) {
    if (word == "error") return LogLevel::kError;
    return word == "warning" ? LogLevel::kWarn : LogLevel::kInfo;
}

int Serve(const Arguments& arguments) {
    const SettingsSources sources = SystemSources();  // the environment as it was at the start
    const auto settings = SettingsFrom(arguments, sources);
    if (!settings.ok()) return Complain(settings.error().text, kBadUsage);
    ForgetSurroundings();
    SetLogLevel(LevelOf(settings->log_level));
    auto app = App::Open(*settings, [&] { return SettingsFrom(arguments, sources); });
    if (!app.ok()) return Complain(app.error().text, kBadUsage);
    Log(LogLevel::kInfo, "start",
        "listening on " + settings->listen.host + ":" + std::to_string((*app)->port()));
    return (*app)->Run();
}

int ShowSettings(const Arguments& arguments) {
    const bool markdown = arguments.size() == 1 && arguments[0] == "--markdown";
    if (!arguments.empty() && !markdown) return Usage("settings takes only --markdown");
    Print(markdown ? SettingsTableMarkdown() : SettingsTable());
    return kGood;
}

int Key(const Arguments& arguments) {
    const bool test = arguments == Arguments{"new", "--test"};
    if (!test && arguments != Arguments{"new"})
        return Usage("key knows only 'new' and 'new --test'");
    const NewKey made = MakeKey(SystemRandomBytes(32), test);
    Print("key     " + made.key + "   (shown once: give it to its owner)\n");
    Print("sha256  " + made.sha256 + "   (goes into the settings: keys[].sha256)\n");
    return kGood;
}

int Migrate(const Arguments& arguments) {
    const auto settings = SettingsFrom(arguments, SystemSources());
    if (!settings.ok()) return Complain(settings.error().text, kBadUsage);
    const auto store = SqliteStore::Open(settings->database);
    if (!store.ok()) return Complain(store.error().text, kFailed);
    Print("good  " + settings->database + " is up to date\n");
    return kGood;
}

struct Named {
    const char* name;
    int (*run)(const Arguments&);
};
constexpr Named kCommands[] = {{"serve", Serve},
                               {"check", RunCheck},
                               {"settings", ShowSettings},
                               {"key", Key},
                               {"machine", RunMachineCommand},
                               {"connector", RunConnectorCommand},
                               {"migrate", Migrate},
                               {"ledger", RunLedgerCommand},
                               {"kafka", RunKafkaCommand},
                               {"import", RunImportCommand},
                               {"backup", RunBackupCommand},
                               {"restore", RunRestoreCommand},
                               {"reconcile", RunReconcileCommand},
                               {"ready", RunReadyCommand},
                               {"policy", RunPolicyCommand},
                               {"route", RunRouteCommand},
                               {"partner", RunPartnerCommand}};

}  // namespace

int RunCommandLine(const std::vector<std::string>& arguments) {
    if (arguments.empty()) {
        Print(kUsage);
        return kBadUsage;
    }
    if (arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
        Print(kUsage);
        return kGood;
    }
    if (arguments[0] == "--version") {
        Print("backhaul " BACKHAUL_VERSION "\n");
        return kGood;
    }
    const Arguments rest(arguments.begin() + 1, arguments.end());
    constexpr std::string_view kOwnHelp[] = {"import",  "route",  "connector",
                                             "partner", "ledger", "machine"};
    const bool own =
        std::find(std::begin(kOwnHelp), std::end(kOwnHelp), arguments[0]) != std::end(kOwnHelp);
    const bool help = rest == Arguments{"--help"} && !own;
    for (const Named& command : kCommands) {
        if (arguments[0] != command.name) continue;
        if (!help) return command.run(rest);
        Print(kUsage);
        return kGood;
    }
    return Usage("no command '" + arguments[0] + "'");
}

}  // namespace returns::gateway
