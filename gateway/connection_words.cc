#include "gateway/connection_words.h"

#include "gateway/approvals.h"
#include "schemas/money.h"

#include <algorithm>

namespace returns::gateway {
namespace {

std::string Counted(std::int64_t n, std::string_view one, std::string_view many) {
    return std::to_string(n) + " " + std::string(n == 1 ? one : many);
}

std::string PlainFailure(std::string reason) {
    if (reason.empty()) return "no reason is known";
    std::replace(reason.begin(), reason.end(), '_', ' ');
    return reason;
}

struct HeldWords {
    Hold hold;
    std::string_view one, many;
};
constexpr HeldWords kHeldWords[] = {
    {Hold::kApproval, "order waits for approval", "orders wait for approval"},
    {Hold::kStopped, "order waits because it is stopped", "orders wait because it is stopped"},
    {Hold::kObserve, "order waits because it only observes",
     "orders wait because it only observes"},
    {Hold::kCallCap, "order asks for more than one call may pay",
     "orders ask for more than one call may pay"},
    {Hold::kDailyCap, "order waits for tomorrow: the day’s cap is reached",
     "orders wait for tomorrow: the day’s cap is reached"},
    {Hold::kCurrency, "order asks for a currency it may not pay",
     "orders ask for a currency it may not pay"},
    {Hold::kCatchingUp, "order waits until the topics have been read again after the restore",
     "orders wait until the topics have been read again after the restore"},
    {Hold::kCode, "order has a code without a translation",
     "orders have codes without a translation"},
};

}  // namespace

std::string_view PlainMode(ConnectionMode mode) {
    switch (mode) {
        case ConnectionMode::kObserve:
            return "observes: nothing is sent";
        case ConnectionMode::kAsk:
            return "asks first: a person approves each request";
        case ConnectionMode::kAct:
            return "acts: requests are sent by themselves";
    }
    return "";
}

std::string PlainSwitched(const std::string& what, const std::string& value) {
    if (what == "stopped") return value == "yes" ? "stopped" : "not stopped";
    if (what == "callback_keys") return "callbacks signed with " + value;
    if (value == "observe") return "observes";
    if (value == "ask") return "asks first";
    if (value == "act") return "acts";
    return value;
}

std::string PlainTrouble(const Dispatcher::ConnectionView& view,
                         const ConnectionSettings& settings) {
    const std::string often = Counted(settings.breaker_open_seconds, "second", "seconds");
    if (view.trouble == "credentials")
        return "The partner refuses our credentials; one call every " + often +
               " finds out whether they are right again. Put the right ones into the settings.";
    if (view.breaker == "open")
        return "It rests, because calls failed (" + PlainFailure(view.trouble) +
               "); one call every " + often + " finds out whether it works again.";
    if (view.breaker == "half_open")
        return "Calls failed (" + PlainFailure(view.trouble) +
               "); the next one finds out whether it works again.";
    if (!view.trouble.empty())
        return "The last call failed (" + PlainFailure(view.trouble) + "); it is tried again.";
    return "";
}

std::vector<std::string> PlainHeld(const std::map<std::string, std::int64_t>& held) {
    std::vector<std::string> lines;
    for (const HeldWords& words : kHeldWords) {
        const auto found = held.find(std::string(Name(words.hold)));
        if (found != held.end()) lines.push_back(Counted(found->second, words.one, words.many));
    }
    return lines;
}

std::string PlainHold(const Dispatcher::WaitingCommand& waiting, const std::string& connection) {
    switch (waiting.hold) {
        case Hold::kNone:
            return waiting.resting ? "waits: " + connection + " rests because calls failed" : "";
        case Hold::kObserve:
            return "is not sent: " + connection + " only observes";
        case Hold::kStopped:
            return "is not sent: " + connection + " is stopped";
        case Hold::kApproval:
            if (waiting.command->confirm)
                return "may have left before the restore: find out from " + connection +
                       ", and approve it only if it did not";
            return "waits for approval on " + connection + ": " +
                   (waiting.approvals_missing == 1 ? "one person more" : "two persons more");
        case Hold::kCallCap:
            return "is not sent: it is more than one call on " + connection + " may pay";
        case Hold::kDailyCap:
            return "waits for tomorrow (UTC): " + connection + " has paid what it may in a day";
        case Hold::kCurrency:
            return "is not sent: " + connection + " may not pay in this currency";
        case Hold::kCatchingUp:
            return "waits: after the restore the topics are read to their end first";
        case Hold::kCode:
            return "is not sent: a code in it has no translation for " + connection;
    }
    return "";
}

std::string PlainSums(const std::map<std::string, std::int64_t>& sums) {
    std::string text;
    for (const auto& [currency, minor] : sums)
        text += (text.empty() ? "" : " and ") + FormatMoney(minor, currency);
    return text;
}

std::string PlainCap(std::int64_t minor, const ConnectionSettings& settings,
                     const std::map<std::string, std::int64_t>& seen) {
    if (minor == 0) return "nothing";
    if (!settings.cap_currency.empty()) return FormatMoney(minor, settings.cap_currency);
    std::string text;
    for (const auto& [currency, spent] : seen)
        text += (text.empty() ? "" : " or ") + FormatMoney(minor, currency);
    return text.empty() ? std::to_string(minor) + " cents (the smallest unit) of each currency"
                        : text;
}

std::string PlainLot(const std::vector<Dispatcher::WaitingCommand>& lot) {
    if (lot.empty()) return "";
    const auto refunds = std::count_if(lot.begin(), lot.end(), [](const auto& each) {
        return each.command->operation == "refund.create";
    });
    std::string text = Counted(static_cast<std::int64_t>(lot.size()), "request", "requests");
    if (refunds == 0) return text;
    if (refunds == static_cast<std::ptrdiff_t>(lot.size()))
        text = Counted(refunds, "refund", "refunds");
    else
        text += ", among them " + Counted(refunds, "refund", "refunds");
    return text + (refunds == 1 ? " of " : " of together ") + PlainSums(RefundSums(lot));
}

}  // namespace returns::gateway
