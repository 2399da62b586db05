#include "gateway/cli_ledger.h"

#include "connectors/fields.h"
#include "gateway/cli_words.h"
#include "gateway/definitions.h"
#include "gateway/folders.h"
#include "gateway/lane_parts.h"
#include "gateway/ledger_audit.h"
#include "gateway/ledger_export.h"
#include "gateway/ledger_proof.h"
#include "gateway/mapped_file.h"
#include "gateway/money_days.h"
#include "gateway/settings.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <set>

namespace returns::gateway {
namespace {

constexpr const char* kUsage =
    R"(backhaul ledger: the books, from the database alone; the gateway must not run

  backhaul ledger verify --settings FILE [--anchors FILE] [--json]
        every hash, state and sum made again from the journal and compared with all tables: the
        proof, or the first row that is not as it was written. --anchors: the file that finance
        keeps (ledger.anchors_file), or records of kafka.anchors_topic, one a line: shows that the
        database was not rewritten as a whole
  backhaul ledger day --settings FILE [--date 2026-11-28] [--csv | --json]
        paid and taken back on that day; due, under way, in doubt and overpaid at its end. Days are
        those of each shop's calendar (shops[].calendar). While the gateway runs: the page
        /finance, and GET /v1/ledger/day
  backhaul ledger export --settings FILE [--from DAY] [--until DAY] [--format csv | json]
                         [--out FILE]
        a row for each movement of money, and its totals on standard error. A movement belongs to
        the day its money moved; until it has, to the day it came up
  backhaul ledger audit --settlement FILE --settings FILE [--connection NAME]
                        [--mapping generic | FILE] [--csv | --json]
        the ledger against a provider's settlement report (CSV), in both directions, to the cent.
        How its columns read says settlement.json in the connector's folder; 'generic' takes
        their_reference, our_reference, type (refund, taken_back, other), amount, currency, date

Exit codes: 0 good, 1 something does not fit, 2 bad usage, settings or file.
)";

struct Wish {
    std::string what;
    std::map<std::string, std::string> values;
    std::set<std::string> flags;
    std::string Value(const std::string& name) const {
        const auto at = values.find(name);
        return at == values.end() ? "" : at->second;
    }
    bool Has(const std::string& name) const { return flags.contains(name); }
};

struct Verb {
    const char* name;
    std::set<std::string> values, flags;
};
const std::vector<Verb>& Verbs() {
    static const std::vector<Verb> verbs = {
        {"verify", {"--settings", "--anchors"}, {"--json"}},
        {"day", {"--settings", "--date"}, {"--csv", "--json"}},
        {"export", {"--settings", "--from", "--until", "--format", "--out"}, {}},
        {"audit",
         {"--settings", "--settlement", "--connection", "--mapping"},
         {"--csv", "--json"}}};
    return verbs;
}

Error Wrong(const std::string& what) {
    return Invalid("reading arguments: " + what + "; see 'backhaul ledger --help'");
}

Result<Wish> ReadWish(const std::vector<std::string>& arguments) {
    if (arguments.empty()) return Wrong("ledger takes 'verify', 'day', 'export' or 'audit'");
    const auto verb = std::find_if(Verbs().begin(), Verbs().end(),
                                   [&](const Verb& each) { return arguments[0] == each.name; });
    if (verb == Verbs().end())
        return Wrong("ledger knows no '" + arguments[0] +
                     "', only 'verify', 'day', 'export' and 'audit'");
    Wish wish;
    wish.what = arguments[0];
    for (std::size_t at = 1; at < arguments.size(); ++at) {
        const std::string& word = arguments[at];
        if (verb->flags.contains(word)) {
            wish.flags.insert(word);
            continue;
        }
        if (!verb->values.contains(word)) {
            std::vector<std::string> known(verb->values.begin(), verb->values.end());
            known.insert(known.end(), verb->flags.begin(), verb->flags.end());
            return Wrong("ledger " + wish.what + " knows no '" + word + "'" +
                         connectors::DidYouMean(word, known));
        }
        if (at + 1 == arguments.size() || wish.values.contains(word))
            return Wrong(word + " takes one value and stands once");
        wish.values[word] = arguments[++at];
    }
    if (wish.Value("--settings").empty()) return Wrong("--settings FILE is missing");
    if (wish.flags.size() > 1) return Wrong("--csv or --json, not both");
    return wish;
}

Result<std::optional<Day>> DayOf(const Wish& wish, const std::string& name) {
    const std::string text = wish.Value(name);
    if (text.empty()) return std::optional<Day>();
    const auto day = workflows::ParseDay(text);
    if (!day.ok()) return Wrong(name + " '" + text + "' is no day, such as 2026-11-28");
    return std::optional<Day>(*day);
}

Result<BookDays> ShopDays(const Settings& settings) {
    ASSIGN_OR_RETURN(const DefinitionFiles files, ReadDefinitionFiles(DefinitionFolder(settings)));
    ASSIGN_OR_RETURN(const auto definitions, Definitions::Load(files, settings.language));
    return BookDaysOf(settings, definitions->book().calendars);
}

int Verify(const Wish& wish, const Settings& settings) {
    std::optional<SentAnchors> sent;
    if (!wish.Value("--anchors").empty()) {
        const auto file = MappedFile::Open(wish.Value("--anchors"));
        if (!file.ok()) return Complain(file.error().text, kBadUsage);
        sent = ReadAnchorLines((*file)->text());
        if (sent->anchors.empty())
            return Complain("reading " + wish.Value("--anchors") +
                                ": no line of it is an anchor; is it the file of "
                                "ledger.anchors_file, or records of the topic, one a line?",
                            kBadUsage);
    }
    const auto file = LedgerFile::Open(settings.database);
    if (!file.ok()) return Complain(file.error().text, kFailed);
    const SentAnchors* const given = sent ? &*sent : nullptr;
    const auto proof = ProveLedger(**file, given);
    if (!proof.ok()) return Complain(proof.error().text, kFailed);
    if (wish.Has("--json"))
        Print(WriteJsonPretty(ProofJson(*proof)) + "\n");
    else
        Print(ProofText(*proof, given));
    return proof->fault ? kFailed : kGood;
}

int ShowDay(const Wish& wish, const Settings& settings) {
    const auto asked = DayOf(wish, "--date");
    if (!asked.ok()) return Complain(asked.error().text, kBadUsage);
    const auto days = ShopDays(settings);
    if (!days.ok()) return Complain(days.error().text, kBadUsage);
    const auto file = LedgerFile::Open(settings.database);
    if (!file.ok()) return Complain(file.error().text, kFailed);
    const auto book = BooksOf(**file, *days);
    if (!book.ok())
        return Complain(book.error().text + "; 'backhaul ledger verify' says more", kFailed);
    SystemClock clock(settings.time_factor);
    if (settings.time_factor != 1) {
        const auto began = (*file)->Meta("time_began");
        if (began.ok() && !began->empty())
            clock.RunSince(Instant(Millis(std::atoll(began->c_str()))));
    }
    std::vector<MoneyRow> rows;
    for (const std::string& shop : days->shops()) {
        const Day day = *asked ? **asked : days->DayOf(shop, clock.Now());
        for (MoneyRow& row : book->On(shop, day)) {
            row.time_zone = days->Of(shop).time_zone;
            rows.push_back(std::move(row));
        }
    }
    if (wish.Has("--csv"))
        Print(MoneyCsv(rows));
    else if (wish.Has("--json"))
        Print(WriteJsonPretty(MoneyJson(rows)) + "\n");
    else
        Print(rows.empty() ? "until that day no refund was owed or paid\n" : MoneyTable(rows));
    return kGood;
}

int Export(const Wish& wish, const Settings& settings) {
    ExportWish export_wish;
    const auto from = DayOf(wish, "--from");
    const auto until = DayOf(wish, "--until");
    for (const auto* day : {&from, &until})
        if (!day->ok()) return Complain(day->error().text, kBadUsage);
    export_wish.from = *from;
    export_wish.until = *until;
    if (*from && *until && **until < **from)
        return Complain(Wrong("--until is before --from").text, kBadUsage);
    const std::string format = wish.Value("--format");
    if (!format.empty() && format != "csv" && format != "json")
        return Complain(Wrong("--format takes csv or json").text, kBadUsage);
    export_wish.json = format == "json";
    const auto days = ShopDays(settings);
    if (!days.ok()) return Complain(days.error().text, kBadUsage);
    const auto file = LedgerFile::Open(settings.database);
    if (!file.ok()) return Complain(file.error().text, kFailed);
    const auto totals = ExportLedger(**file, *days, export_wish, wish.Value("--out"));
    if (!totals.ok()) return Complain(totals.error().text, kFailed);
    std::fputs(ExportTotalsText(*totals).c_str(), stderr);
    return kGood;
}

// The connection that is meant: the one named, or the only one that moves money.
Result<const ConnectionSettings*> ConnectionOf(const Wish& wish, const Settings& settings) {
    const std::string name = wish.Value("--connection");
    std::vector<std::string> names;
    const ConnectionSettings* found = nullptr;
    for (const ConnectionSettings& each : settings.connections) {
        if (!each.connector.starts_with("payment/")) continue;
        names.push_back(each.name);
        if (name.empty() || each.name == name) found = &each;
    }
    if (!name.empty() && found == nullptr)
        return Wrong("no payment connection '" + name + "' in the settings" +
                     connectors::DidYouMean(name, names));
    if (found == nullptr) return Wrong("the settings have no payment connection to audit");
    if (name.empty() && names.size() > 1)
        return Wrong("--connection is missing, the settings have several that move money");
    return found;
}

Result<SettlementMapping> MappingOf(const Wish& wish, const Settings& settings,
                                    const ConnectionSettings& connection) {
    const std::string folders = ConnectorFolders(settings);
    std::string path = wish.Value("--mapping");
    if (path == "generic") path = folders + "/payment/settlement.generic.json";
    if (path.empty()) path = folders + "/" + connection.connector + "/settlement.json";
    const auto text = ReadWholeFile(path);
    if (text.ok()) return ReadSettlementMapping(*text, path);
    return Invalid(text.error().text +
                   "; give a mapping of your own or the generic one: --mapping");
}

int RunAudit(const Wish& wish, const Settings& settings) {
    const std::string path = wish.Value("--settlement");
    if (path.empty()) return Complain(Wrong("--settlement FILE is missing").text, kBadUsage);
    const auto connection = ConnectionOf(wish, settings);
    if (!connection.ok()) return Complain(connection.error().text, kBadUsage);
    const auto mapping = MappingOf(wish, settings, **connection);
    if (!mapping.ok()) return Complain(mapping.error().text, kBadUsage);
    const auto report = MappedFile::Open(path);
    if (!report.ok()) return Complain(report.error().text, kBadUsage);
    auto reader =
        SettlementReader::Open((*report)->text(), *mapping,
                               static_cast<std::size_t>(settings.limits.import_row_bytes_max));
    if (!reader.ok()) return Complain("reading " + path + ": " + reader.error().text, kBadUsage);
    Audit audit((*connection)->name);
    SettlementRow row;
    while (true) {
        const auto there = reader->Next(row);
        if (!there.ok()) return Complain("reading " + path + ": " + there.error().text, kBadUsage);
        if (!*there) break;
        audit.AddTheirs(row);
    }
    const auto file = LedgerFile::Open(settings.database);
    if (!file.ok()) return Complain(file.error().text, kFailed);
    const Status walked = (*file)->EachCase([&](const StoredCase& stored) -> Status {
        ASSIGN_OR_RETURN(const auto movements, MovementsOf(stored));
        for (const Movement& each : movements) audit.AddOurs(each);
        return {};
    });
    if (!walked.ok())
        return Complain(walked.error().text + "; 'backhaul ledger verify' says more", kFailed);
    audit.Finish();
    Print(wish.Has("--csv")    ? AuditCsv(audit)
          : wish.Has("--json") ? WriteJsonPretty(AuditJson(audit, (*connection)->name)) + "\n"
                               : AuditText(audit, (*connection)->name));
    return audit.good() ? kGood : kFailed;
}

}  // namespace

int RunLedgerCommand(const std::vector<std::string>& arguments) {
    const bool help = std::any_of(arguments.begin(), arguments.end(), [](const std::string& each) {
        return each == "--help" || each == "-h";
    });
    if (help) {
        Print(kUsage);
        return kGood;
    }
    const auto wish = ReadWish(arguments);
    if (!wish.ok()) return Complain(wish.error().text, kBadUsage);
    const auto settings = LoadSettings(wish->Value("--settings"), SystemSources());
    if (!settings.ok()) return Complain(settings.error().text, kBadUsage);
    if (wish->what == "verify") return Verify(*wish, *settings);
    if (wish->what == "day") return ShowDay(*wish, *settings);
    if (wish->what == "export") return Export(*wish, *settings);
    return RunAudit(*wish, *settings);
}

}  // namespace returns::gateway
