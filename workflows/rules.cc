#include "workflows/rules.h"

#include "schemas/money.h"
#include "workflows/policy_read.h"
#include "workflows/strict.h"

#include <algorithm>
#include <functional>

namespace returns::workflows {
namespace {

const StrictReader kReader("policy");

// One member of the policy file: its name and what puts its value into the policy.
struct Setting {
    std::string_view name;
    std::function<Status(const Json&, const std::string& path, Policy&)> read;
};

Result<std::vector<DatedRow>> ReadRowsOf(const Json& value, const std::string& path, RowKind kind,
                                         const Delay& usual) {
    bool first_wins = false;
    if (const Json* says = value.Find("first_wins")) {
        ASSIGN_OR_RETURN(first_wins, kReader.Flag(*says, path + "/first_wins"));
    }
    const Json* rows = value.Find("rows");
    if (rows == nullptr) return std::vector<DatedRow>();
    return ReadRows(kReader, *rows, path + "/rows", kind, usual, first_wins);
}

Result<NamedDelay> ReadNamedDelay(const Json& value, const std::string& path) {
    NamedDelay named;
    if (value.IsString()) {
        ASSIGN_OR_RETURN(named.after, ReadDelay(value, path));
        return named;
    }
    RETURN_IF_ERROR(kReader.Members(value, path, {"after", "before_legal", "rows", "first_wins"}));
    ASSIGN_OR_RETURN(named.after, ReadDelay(value["after"], path + "/after"));
    if (const Json* before = value.Find("before_legal")) {
        ASSIGN_OR_RETURN(named.before_legal, ReadDelay(*before, path + "/before_legal"));
    }
    ASSIGN_OR_RETURN(named.rows, ReadRowsOf(value, path, RowKind::kDelay, named.after));
    return named;
}

// A window is a delay, or a delay and what holds for purchases of some days instead.
Status ReadWindow(const Json& value, const std::string& path, RowKind kind, Delay& usual,
                  std::vector<DatedRow>& rows) {
    if (value.IsString()) {
        ASSIGN_OR_RETURN(usual, ReadDelay(value, path));
        return {};
    }
    RETURN_IF_ERROR(kReader.Members(value, path, {"within", "rows", "first_wins"}));
    ASSIGN_OR_RETURN(usual, ReadDelay(value["within"], path + "/within"));
    ASSIGN_OR_RETURN(rows, ReadRowsOf(value, path, kind, usual));
    return {};
}

Status ReadDelays(const Json& value, const std::string& path, Policy& policy) {
    if (!value.IsObject()) return kReader.Wrong(path, "expected an object of delays");
    for (const auto& [name, delay] : value.Members()) {
        ASSIGN_OR_RETURN(policy.delays[name], ReadNamedDelay(delay, path + "/" + name));
    }
    return {};
}

Status ReadRefused(const Json& value, const std::string& path, Policy& policy) {
    if (!value.IsObject()) return kReader.Wrong(path, "expected an object of reasons");
    for (const auto& [reason, course] : value.Members()) {
        ASSIGN_OR_RETURN(policy.refused[reason],
                         ReadOneOf(course, path + "/" + reason, "course",
                                   {"retry", "other_tender", "alternative", "person"}));
    }
    return {};
}

Status ReadTenderOrder(const Json& value, const std::string& path, Policy& policy) {
    ASSIGN_OR_RETURN(policy.tender_order, kReader.Texts(value, path));
    for (std::size_t index = 0; index < policy.tender_order.size(); ++index) {
        RETURN_IF_ERROR([&]() -> Status {
            ASSIGN_OR_RETURN(
                const std::string kind,
                ReadOneOf(value.Items()[index], path + "/" + std::to_string(index), "tender kind",
                          {"card", "wallet", "bank", "gift_card", "store_credit", "other"}));
            return {};
        }());
    }
    return {};
}

Setting DelaySetting(std::string_view name, Delay Policy::*member) {
    return {name, [member](const Json& value, const std::string& path, Policy& policy) -> Status {
                ASSIGN_OR_RETURN(policy.*member, ReadDelay(value, path));
                return {};
            }};
}

Setting ListSetting(std::string_view name, std::vector<std::string> Policy::*member) {
    return {name, [member](const Json& value, const std::string& path, Policy& policy) -> Status {
                ASSIGN_OR_RETURN(policy.*member, kReader.Texts(value, path));
                return {};
            }};
}

Setting CountSetting(std::string_view name, int Policy::*member, int least, int most) {
    return {name, [=](const Json& value, const std::string& path, Policy& policy) -> Status {
                ASSIGN_OR_RETURN(const std::int64_t count, kReader.Whole(value, path, least, most));
                policy.*member = static_cast<int>(count);
                return {};
            }};
}

Status ReadId(const Json& value, const std::string& path, Policy& policy) {
    ASSIGN_OR_RETURN(policy.id, kReader.Text(value, path));
    return {};
}

Status ReadWriteOff(const Json& value, const std::string& path, Policy& policy) {
    ASSIGN_OR_RETURN(policy.write_off_second_minor, kReader.Whole(value, path, 0, kMinorMax));
    return {};
}

const std::vector<Setting>& Settings() {
    static const std::vector<Setting> settings = {
        {"id", ReadId},
        {"delays", ReadDelays},
        {"window",
         [](const Json& value, const std::string& path, Policy& policy) {
             return ReadWindow(value, path, RowKind::kWindow, policy.window, policy.window_rows);
         }},
        {"window_statutory",
         [](const Json& value, const std::string& path, Policy& policy) {
             return ReadWindow(value, path, RowKind::kStatutoryWindow, policy.window_statutory,
                               policy.window_statutory_rows);
         }},
        ListSetting("review_reasons", &Policy::review_reasons),
        ListSetting("keep_reasons", &Policy::keep_reasons),
        CountSetting("restocking_percent", &Policy::restocking_percent, 0, 100),
        ListSetting("fee_free_reasons", &Policy::fee_free_reasons),
        {"label_fee", ReadLabelFee},
        {"refund_shipping", ReadShippingBack},
        {"refund_shipping_when_all", ReadShippingWhenAll},
        {"advance", ReadAdvance},
        {"tender_order", ReadTenderOrder},
        CountSetting("attempts_max", &Policy::attempts_max, 1, 20),
        {"refused", ReadRefused},
        {"legal", ReadLegal},
        {"usual", ReadUsual},
        DelaySetting("dispatch_retry", &Policy::dispatch_retry),
        DelaySetting("dispatch_retry_max", &Policy::dispatch_retry_max),
        DelaySetting("answer_within", &Policy::answer_within),
        {"write_off_second_minor", ReadWriteOff},
        CountSetting("held_events_max", &Policy::held_events_max, 1, 10'000),
        CountSetting("lines_max", &Policy::lines_max, 1, 100'000),
        CountSetting("slices_max", &Policy::slices_max, 1, 100'000),
        CountSetting("events_max", &Policy::events_max, 16, 1'000'000),
    };
    return settings;
}

Status CheckMachine(const Machine& machine, const Policy& policy) {
    for (std::size_t state = 0; state < machine.states.size(); ++state) {
        for (const Timer& timer : machine.states[state].timers) {
            if (policy.delays.contains(timer.delay)) continue;
            std::vector<std::string_view> known;
            for (const auto& [name, delay] : policy.delays) known.push_back(name);
            return kReader.Wrong(
                "/delays", "'" + timer.delay + "' is missing, which " + machine.id + " names in " +
                               std::string(StateName(machine.kind, static_cast<int>(state))) +
                               DidYouMean(timer.delay, known));
        }
    }
    return {};
}

}  // namespace

Result<Delay> ReadDelay(const Json& value, const std::string& path) {
    ASSIGN_OR_RETURN(const std::string text, kReader.Text(value, path));
    const Result<Delay> delay = ParseDelay(text);
    if (!delay.ok()) return kReader.Wrong(path, delay.error().text);
    if (delay->amount <= 0) return kReader.Wrong(path, "a delay must be longer than nothing");
    return *delay;
}

Result<std::string> ReadOneOf(const Json& value, const std::string& path, std::string_view what,
                              const std::vector<std::string_view>& known) {
    ASSIGN_OR_RETURN(std::string text, kReader.Text(value, path));
    if (std::find(known.begin(), known.end(), text) == known.end()) {
        return kReader.UnknownName(path, what, text, known);
    }
    return text;
}

Result<Policy> ReadPolicy(const Json& definition) {
    if (!definition.IsObject()) return kReader.Wrong("", "expected an object");
    Policy policy;
    for (const auto& entry : definition.Members()) {
        const auto& name = entry.first;  // no binding: Clang 14 cannot capture one
        const auto& value = entry.second;
        const auto setting =
            std::find_if(Settings().begin(), Settings().end(),
                         [&](const Setting& candidate) { return candidate.name == name; });
        if (setting == Settings().end()) {
            std::vector<std::string_view> known;
            for (const Setting& candidate : Settings()) known.push_back(candidate.name);
            return kReader.UnknownName("", "member", name, known);
        }
        RETURN_IF_ERROR(setting->read(value, "/" + name, policy));
    }
    for (const char* required : {"id", "delays"}) {
        if (definition.Find(required) == nullptr) {
            return kReader.Wrong("/" + std::string(required), "is missing");
        }
    }
    return policy;
}

Status CheckDelays(const Rules& rules) {
    RETURN_IF_ERROR(CheckMachine(rules.returns, rules.policy));
    return CheckMachine(rules.refunds, rules.policy);
}

Status CheckCalendars(const Rulebook& book) {
    const std::vector<std::string_view> known = book.calendars.ids();
    for (const ConnectionFacts& each : book.connections) {
        if (each.calendar.empty() || book.calendars.Find(each.calendar) != nullptr) continue;
        return Invalid("reading settings: connections." + each.name + ".calendar: no calendar '" +
                       each.calendar + "' in workflows/calendars" +
                       DidYouMean(each.calendar, known));
    }
    return {};
}

const Rules& Rulebook::Of(const std::string& hash) const {
    CHECK(newest != nullptr);
    const auto promised = pinned.find(hash);
    return promised == pinned.end() || promised->second == nullptr ? *newest : *promised->second;
}

const ConnectionFacts* Rulebook::Find(std::string_view name) const {
    for (const ConnectionFacts& connection : connections) {
        if (connection.name == name) return &connection;
    }
    return nullptr;
}

const ConnectionFacts* Rulebook::First(std::string_view kind, std::string_view shop) const {
    const ConnectionFacts* any = nullptr;
    for (const ConnectionFacts& connection : connections) {
        if (connection.kind != kind) continue;
        if (connection.shop == shop) return &connection;
        if (connection.shop.empty() && any == nullptr) any = &connection;
    }
    return any;
}

}  // namespace returns::workflows
