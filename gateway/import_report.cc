#include "gateway/import_report.h"

#include "schemas/money.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <tuple>

namespace returns::gateway {
namespace {

constexpr const char* kKinds[kImportKinds] = {"orders", "captures", "returns", "refunds"};

std::string Padded(std::string text, std::size_t width) {
    if (text.size() < width) text.insert(0, width - text.size(), ' ');
    return text;
}

std::string Row(const std::string& currency, const char* kind, const ImportCount& count,
                bool worth) {
    const auto sum = [&](std::int64_t minor) {
        return Padded(worth ? FormatMinor(minor, currency) : "", 16);
    };
    char head[32];
    std::snprintf(head, sizeof head, "  %-4s %-9s", currency.c_str(), kind);
    return head + Padded(std::to_string(count.fresh), 9) + sum(count.fresh_minor) +
           Padded(std::to_string(count.known), 14) + sum(count.known_minor) + "\n";
}

std::string Counts(const ImportTally& tally) {
    std::string text =
        "                       new             sum  known already             sum\n";
    for (const auto& [currency, counts] : tally.by_currency)
        for (std::size_t kind = 0; kind < kImportKinds; ++kind)
            if (counts[kind].fresh + counts[kind].known > 0)
                text += Row(currency, kKinds[kind], counts[kind],
                            kind != static_cast<std::size_t>(ImportKind::kReturn));
    return text + "  events: " + std::to_string(tally.events_fresh) + " new, " +
           std::to_string(tally.events_known) + " told before, " +
           std::to_string(tally.events_ignored) + " changed nothing\n";
}

// What waits in the outbox now goes out when the gateway runs, where a connection may act.
std::string Asked(const ImportRun& run) {
    std::map<std::tuple<std::string, std::string, std::string>, ImportCommand> asked;
    std::map<std::tuple<std::string, std::string, std::string>, std::int64_t> many;
    for (const auto& [place, command] : run.commands()) {
        const auto what = std::tuple(command.operation, command.connection,
                                     command.amount_minor > 0 ? command.currency : "");
        asked[what].amount_minor += command.amount_minor;
        ++many[what];
    }
    std::string text;
    for (const auto& [what, sum] : asked) {
        const auto& [operation, connection, currency] = what;
        text += "  " + operation + " to " + connection + ": " + std::to_string(many[what]);
        if (!currency.empty()) text += ", " + FormatMoney(sum.amount_minor, currency);
        text += "\n";
    }
    if (text.empty()) return "";
    return "partners are asked, once the gateway runs and where a connection is in mode act:\n" +
           text;
}

std::string Refused(const ImportRun& run, const ImportFile& file) {
    const ImportTally& tally = run.tally();
    if (tally.faults == 0) return "";
    std::string text;
    for (const ImportFault& fault : run.faults())
        text += "  line " + std::to_string(fault.line) + ": " + fault.text + "\n";
    const auto rest = tally.faults - static_cast<std::int64_t>(run.faults().size());
    if (rest > 0)
        text += "  and " + std::to_string(rest) + " more (limits.import_errors_max lists more)\n";
    text = "refused: " + std::to_string(tally.orders_refused) + " orders, " +
           std::to_string(tally.faults) + " errors\n" + text;
    if (!file.strays().empty())
        text += std::to_string(file.strays().size()) +
                " lines cannot be told to an order; nothing can be taken in before they are mended "
                "or removed\n";
    return text;
}

}  // namespace

std::string ImportProgress(const ImportTally& tally, std::size_t orders, Millis took) {
    const std::int64_t done = tally.orders_done, ms = std::max<std::int64_t>(took.count(), 1);
    const std::int64_t left = static_cast<std::int64_t>(orders) - done;
    std::string text = "orders " + std::to_string(done) + " of " + std::to_string(orders) + ", " +
                       std::to_string(done * 1000 / ms) + " orders/s";
    if (done > 0 && left > 0)
        text += ", " + std::to_string(left * ms / done / 1000 + 1) + " s left";
    return text;
}

std::string ImportReport(const ImportRun& run, const ImportFile& file) {
    std::string text = Counts(run.tally()) + Asked(run);
    if (run.tally().refunds_without_goods > 0)
        text += std::to_string(run.tally().refunds_without_goods) +
                " refunds name no goods: they count against what was captured, and the goods may "
                "still come back and be paid\n";
    return text + Refused(run, file);
}

}  // namespace returns::gateway
