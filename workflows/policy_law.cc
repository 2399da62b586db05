// The policy's law: by when money must be on its way, in whose words, since which day.

#include "workflows/clocks.h"
#include "workflows/policy_read.h"
#include "workflows/strict.h"
#include "workflows/triggers.h"

#include <algorithm>

namespace returns::workflows {
namespace {

const StrictReader kReader("policy");

Status ReadOnDayOff(const Json& value, const std::string& path, LegalRule& rule) {
    using OnDayOff = LegalRule::OnDayOff;
    const Json* says = value.Find("on_day_off");
    if (says == nullptr) return {};
    ASSIGN_OR_RETURN(const std::string how,
                     ReadOneOf(*says, path, "way", {"stay", "earlier", "later"}));
    if (how == "later") rule.on_day_off = OnDayOff::kLater;
    if (how == "earlier") rule.on_day_off = OnDayOff::kEarlier;
    if (how != "stay" && !rule.whole_days) return kReader.Wrong(path, "needs \"whole_days\": true");
    return {};
}

// One trigger, or several of which the first to happen counts.
Result<std::vector<std::string>> ReadTriggers(const Json& value, const std::string& path) {
    std::vector<std::string_view> known;
    for (const LegalTrigger& each : kLegalTriggers) known.push_back(each.name);
    std::vector<std::string> triggers;
    if (value.IsArray()) {
        ASSIGN_OR_RETURN(triggers, kReader.Texts(value, path));
        if (triggers.empty()) return kReader.Wrong(path, "names no trigger");
    } else {
        ASSIGN_OR_RETURN(const std::string trigger, kReader.Text(value, path));
        triggers.push_back(trigger);
    }
    for (const std::string& trigger : triggers)
        if (std::find(known.begin(), known.end(), trigger) == known.end())
            return kReader.UnknownName(path, "trigger", trigger, known);
    return triggers;
}

Result<LegalRule> ReadLegalRule(const Json& value, const std::string& path) {
    RETURN_IF_ERROR(kReader.Members(value, path,
                                    {"from", "trigger", "withhold_until", "within",
                                     "statutory_only", "whole_days", "on_day_off", "source"}));
    LegalRule rule;
    if (const Json* from = value.Find("from")) {
        ASSIGN_OR_RETURN(const std::string text, kReader.Text(*from, path + "/from"));
        const Result<Day> day = ParseDay(text);
        if (!day.ok()) return kReader.Wrong(path + "/from", day.error().text);
        rule.from = *day;
    }
    ASSIGN_OR_RETURN(rule.triggers, ReadTriggers(value["trigger"], path + "/trigger"));
    if (const Json* until = value.Find("withhold_until")) {
        ASSIGN_OR_RETURN(rule.withhold_until, ReadTriggers(*until, path + "/withhold_until"));
    }
    ASSIGN_OR_RETURN(rule.within, ReadDelay(value["within"], path + "/within"));
    if (const Json* only = value.Find("statutory_only")) {
        ASSIGN_OR_RETURN(rule.statutory_only, kReader.Flag(*only, path + "/statutory_only"));
    }
    if (const Json* whole = value.Find("whole_days")) {
        ASSIGN_OR_RETURN(rule.whole_days, kReader.Flag(*whole, path + "/whole_days"));
    }
    RETURN_IF_ERROR(ReadOnDayOff(value, path + "/on_day_off", rule));
    ASSIGN_OR_RETURN(rule.source, kReader.Text(value["source"], path + "/source"));
    return rule;
}

Result<std::vector<LegalRule>> ReadLegalRules(const Json& value, const std::string& path) {
    std::vector<LegalRule> rules;
    if (!value.IsArray()) {
        ASSIGN_OR_RETURN(LegalRule only, ReadLegalRule(value, path));
        rules.push_back(std::move(only));
        return rules;
    }
    for (const Json& item : value.Items()) {
        const std::string place = path + "/" + std::to_string(rules.size());
        ASSIGN_OR_RETURN(LegalRule rule, ReadLegalRule(item, place));
        if (!rules.empty() &&
            (!rule.from || (rules.back().from && *rule.from <= *rules.back().from)))
            return kReader.Wrong(place + "/from",
                                 "expected a day after that of the rule before it");
        rules.push_back(std::move(rule));
    }
    if (rules.empty()) return kReader.Wrong(path, "holds no rule");
    return rules;
}

}  // namespace

Status ReadLegal(const Json& value, const std::string& path, Policy& policy) {
    if (!value.IsObject()) return kReader.Wrong(path, "expected an object of jurisdictions");
    for (const auto& [jurisdiction, rules] : value.Members()) {
        ASSIGN_OR_RETURN(policy.legal[jurisdiction],
                         ReadLegalRules(rules, path + "/" + jurisdiction));
    }
    return {};
}

Status ReadUsual(const Json& value, const std::string& path, Policy& policy) {
    if (!value.IsObject()) return kReader.Wrong(path, "expected an object of states");
    std::vector<std::string_view> known;
    for (const MachineKind kind : {MachineKind::kReturn, MachineKind::kRefund})
        for (int state = 0; state < StateCount(kind); ++state)
            known.push_back(StateName(kind, state));
    for (const auto& [state, span] : value.Members()) {
        if (std::find(known.begin(), known.end(), state) == known.end())
            return kReader.UnknownName(path, "state", state, known);
        ASSIGN_OR_RETURN(policy.usual[state], ReadDelay(span, path + "/" + state));
    }
    return {};
}

}  // namespace returns::workflows
