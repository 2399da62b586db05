// What a person may do, and the event that says they did.
#include "connectors/crypto.h"
#include "gateway/desk.h"
#include "gateway/plain_words.h"

#include <algorithm>
#include <array>

namespace returns::gateway {
namespace {

using workflows::MachineKind;
using workflows::TriggerClass;

// What only an operator may do.
constexpr std::string_view kForOperators[] = {
    "confirm_paid", "confirm_absent", "confirm_void", "remit",    "concede",        "close",
    "recovered",    "write_off",      "reopen",       "unfreeze", "approve_command"};

bool IsPersonTrigger(MachineKind kind, std::string_view name) {
    const auto trigger = workflows::FindTrigger(kind, name);
    return trigger && workflows::Triggers(kind)[static_cast<std::size_t>(*trigger)].speaks ==
                          TriggerClass::kPerson;
}

bool IsAction(std::string_view name) {
    return name == "unfreeze" || name == "look_up" || name == "approve_command" ||
           name == "resend_command" || IsPersonTrigger(MachineKind::kReturn, name) ||
           IsPersonTrigger(MachineKind::kRefund, name);
}

constexpr std::string_view kMembers[] = {"reason",       "lines",    "subject", "second",
                                         "amount_minor", "currency", "amount"};

Result<EventData> ReadWish(const Wish& wish, std::string by, std::string second) {
    if (!wish.body.IsNull() && !wish.body.IsObject()) {
        return Invalid("reading the action: expected a JSON object");
    }
    Json data = Json::Object();
    for (const auto& [name, value] : wish.body.Members()) {
        if (std::find(std::begin(kMembers), std::end(kMembers), name) == std::end(kMembers)) {
            return Invalid("reading the action: unknown member '" + name +
                           "', expected reason, lines, subject, amount_minor, currency or second");
        }
        if (name != "second") data.Set(name, value);
    }
    if (!wish.return_id.empty()) data.Set("return_id", Json::String(wish.return_id));
    data.Set("action", Json::String(wish.action));
    data.Set("by", Json::String(std::move(by)));
    if (!second.empty()) data.Set("second", Json::String(std::move(second)));
    // Forms and paths are bytes: what is journaled must be clean text.
    ASSIGN_OR_RETURN(const Json clean, ParseJson(WriteJson(data)));
    return DecodeEventData(EventType::kAction, clean);
}

// What people look for, also where it is not possible.
constexpr std::string_view kUsual[] = {"keep_item", "cancel", "accept", "reject"};
constexpr std::string_view kUsualMoney[] = {"hold"};

bool InState(const workflows::Rules& rules, MachineKind kind, int state, std::size_t trigger) {
    const auto& machine = kind == MachineKind::kReturn ? rules.returns : rules.refunds;
    return !machine.states[static_cast<std::size_t>(state)].on[trigger].empty();
}

// What stands in the way where that state has a row for the action, and all of it is guarded.
std::string UnmetFor(const workflows::Rules& rules, MachineKind kind, int state,
                     std::size_t trigger) {
    const auto& machine = kind == MachineKind::kReturn ? rules.returns : rules.refunds;
    const auto guards = workflows::GuardNames(kind);
    std::string why;
    for (const workflows::Edge& edge :
         machine.states[static_cast<std::size_t>(state)].on[trigger]) {
        if (edge.guard < 0) return "";
        why = PlainUnmet(guards[static_cast<std::size_t>(edge.guard)]);
    }
    return why;
}

// The states that have a row for that action, as a sentence lists them.
std::string StatesFor(const workflows::Rules& rules, MachineKind kind, std::string_view action) {
    const auto trigger = workflows::FindTrigger(kind, action);
    std::vector<std::string> states;
    for (int at = 0; trigger && at < workflows::StateCount(kind); ++at) {
        if (!InState(rules, kind, at, static_cast<std::size_t>(*trigger))) continue;
        states.emplace_back(workflows::StateName(kind, at));
    }
    std::string list;
    for (std::size_t at = 0; at < states.size(); ++at) {
        if (at > 0) list += at + 1 == states.size() ? " or " : ", ";
        list += states[at];
    }
    return list;
}

// Neither decided nor ended: somebody still waits for the goods or for a word about them.
bool IsUnderWay(ReturnState state) {
    constexpr ReturnState kUnderWay[] = {ReturnState::kRequested,  ReturnState::kInReview,
                                         ReturnState::kAuthorised, ReturnState::kInTransit,
                                         ReturnState::kAtPartner,  ReturnState::kInspecting,
                                         ReturnState::kException,  ReturnState::kLost};
    return std::find(std::begin(kUnderWay), std::end(kUnderWay), state) != std::end(kUnderWay);
}

}  // namespace

bool MayAct(Role role, std::string_view action) {
    if (role == Role::kOperator) return true;
    return role == Role::kAgent && std::find(std::begin(kForOperators), std::end(kForOperators),
                                             action) == std::end(kForOperators);
}

// The wish tried out: whatever the decision itself would answer.
std::string Desk::WhyNot(const Case& subject, const std::string& return_id, const Caller& caller,
                         const std::string& action, std::int64_t subject_id, bool second) const {
    Envelope event;
    event.type = EventType::kAction;
    event.key = subject.key;
    event.source = "key:" + caller.name;
    event.source_id = "trial";
    event.occurred_at = event.recorded_at = std::max(clock_.Now(), subject.recorded_at);
    event.data.return_id = return_id;
    event.data.action = action;
    event.data.subject = subject_id;
    event.data.by = caller.name;
    if (second) event.data.second = caller.name + "+";
    if (action == "accept_reduced") {  // what its form will ask for
        event.data.amount_minor = 1;
        event.data.reason = "trial";
    }
    const auto decision = workflows::Decide(subject, event, engine_.book());
    if (decision.verdict == workflows::Verdict::kMoved) return "";
    return decision.reason.empty() ? "not possible now" : decision.reason;
}

void Desk::Offer(const Case& subject, const std::string& return_id, const Caller& caller,
                 MachineKind kind, std::int64_t leg, std::vector<ActionOffer>& offers) const {
    const auto triggers = workflows::Triggers(kind);
    const workflows::Rules& rules = RulesOf(subject, return_id);
    for (std::size_t at = 0; at < triggers.size(); ++at) {
        if (triggers[at].speaks != TriggerClass::kPerson) continue;
        int known = -1;  // a state that has a row for it
        for (const Slice& slice : subject.slices) {
            if (kind != MachineKind::kReturn || slice.return_id != return_id) continue;
            const int state = static_cast<int>(slice.state);
            if (InState(rules, kind, state, at)) known = state;
        }
        for (const Leg& one : subject.legs) {
            if (kind != MachineKind::kRefund || one.id != leg) continue;
            const int state = static_cast<int>(one.state);
            if (InState(rules, kind, state, at)) known = state;
        }
        if (known < 0) continue;
        ActionOffer offer{std::string(triggers[at].name), PlainAction(triggers[at].name), leg};
        offer.why_not = WhyNot(subject, return_id, caller, offer.action, leg, false);
        if (!offer.why_not.empty() &&
            WhyNot(subject, return_id, caller, offer.action, leg, true).empty()) {
            offer.second = true;
            offer.why_not.clear();
        }
        if (!offer.why_not.empty()) {
            const std::string unmet = UnmetFor(rules, kind, known, at);
            if (!unmet.empty()) offer.why_not = unmet;
        }
        if (!MayAct(caller.role, offer.action)) offer.why_not = "only an operator may do this";
        offers.push_back(std::move(offer));
    }
}

const workflows::Rules& Desk::RulesOf(const Case& subject, const std::string& return_id) const {
    for (const Return& header : subject.returns) {
        if (header.id == return_id) return engine_.book().Of(header.rules_hash);
    }
    return *engine_.book().newest;
}

void Desk::OfferUsual(const Case& subject, const std::string& return_id,
                      std::vector<ActionOffer>& offers) const {
    const workflows::Rules& rules = RulesOf(subject, return_id);
    const auto add = [&](MachineKind kind, std::string_view action, std::int64_t leg) {
        const bool there = std::any_of(offers.begin(), offers.end(), [&](const ActionOffer& one) {
            return one.action == action && one.subject == leg;
        });
        if (there) return;
        const std::string states = StatesFor(rules, kind, action);
        if (states.empty()) return;
        offers.push_back(
            {std::string(action), PlainAction(action), leg, false,
             std::string(leg == 0 ? "only while the goods are " : "only while it is ") + states});
    };
    const bool under_way =
        std::any_of(subject.slices.begin(), subject.slices.end(), [&](const Slice& slice) {
            return slice.return_id == return_id && IsUnderWay(slice.state);
        });
    for (const std::string_view action : kUsual) {
        if (under_way) add(MachineKind::kReturn, action, 0);
    }
    for (const Leg& leg : subject.legs) {
        const bool sent = leg.state == RefundState::kSubmitting ||
                          leg.state == RefundState::kUnknown || leg.state == RefundState::kPending;
        if (leg.return_id != return_id || !sent) continue;
        for (const std::string_view action : kUsualMoney) add(MachineKind::kRefund, action, leg.id);
    }
}

std::vector<ActionOffer> Desk::Offers(const Case& subject, const std::string& return_id,
                                      const Caller& caller) const {
    std::vector<ActionOffer> offers;
    if (caller.role != Role::kAgent && caller.role != Role::kOperator) return offers;
    if (!subject.quarantine.empty()) {
        offers.push_back({"unfreeze", PlainAction("unfreeze")});
        if (!MayAct(caller.role, "unfreeze")) offers[0].why_not = "only an operator may do this";
        return offers;
    }
    Offer(subject, return_id, caller, MachineKind::kReturn, 0, offers);
    for (const Leg& leg : subject.legs) {
        if (leg.return_id != return_id) continue;
        Offer(subject, return_id, caller, MachineKind::kRefund, leg.id, offers);
        if (leg.state == RefundState::kUnknown || leg.state == RefundState::kContested) {
            offers.push_back({"look_up", PlainAction("look_up"), leg.id});
        }
    }
    OfferUsual(subject, return_id, offers);
    return offers;
}

Result<Input> Desk::MakeInput(const Caller& caller, const Wish& wish) const {
    if (!IsAction(wish.action)) {
        return Error{Code::kNotFound, "no action is called '" + wish.action.substr(0, 64) + "'"};
    }
    if (!MayAct(caller.role, wish.action)) {
        return Error{Code::kLimit, "only an operator may do this: " + wish.action};
    }
    // The second person proves who they are by their own key; only the name is kept.
    std::string second;
    if (const std::string& key = wish.body["second"].AsString(); !key.empty()) {
        const auto other = ring_.FindKey(key);
        if (!other || !MayAct(other->role, wish.action) || other->name == caller.name ||
            !SeesShop(*other, wish.key.shop)) {
            return Invalid(
                "reading the action: second must be the API key of another person who may do this");
        }
        second = other->name;
    }
    Input input;
    input.event.type = EventType::kAction;
    input.event.key = wish.key;
    input.event.source = "key:" + caller.name;
    input.event.source_id =
        "once:" + connectors::Sha256Hex(wish.return_id + "\n" + wish.action + "\n" + wish.once);
    input.event.occurred_at = clock_.Now();
    ASSIGN_OR_RETURN(input.event.data, ReadWish(wish, caller.name, second));
    input.digest =
        connectors::Sha256Hex(WriteJson(EncodeEventData(EventType::kAction, input.event.data)) +
                              wish.key.shop + "\n" + wish.key.order_id);
    return input;
}

}  // namespace returns::gateway
