// action.*: what a person at a page or a desk wants. The same machines say whether it is possible.

#include "schemas/money.h"
#include "workflows/steps.h"
#include "workflows/worth.h"

#include <algorithm>
#include <array>
#include <optional>

namespace returns::workflows {
namespace {

// Only these names reach a machine: a person speaks no evidence and no conclusion of ours.
bool ForPeople(MachineKind kind, int trigger) {
    return Triggers(kind)[trigger].speaks == TriggerClass::kPerson;
}

// The goods that were to be sent in exchange will not be: the money is paid after all.
void EndExchange(Turn& turn, const std::string& return_id) {
    Return* header = FindReturn(turn.subject, return_id);
    if (header != nullptr && header->resolution == "exchange") header->resolution = "refund";
}

Told OnLeg(Turn& turn, const std::string& name) {
    const std::int64_t id = turn.event.data.subject;
    Leg* leg = FindLeg(turn.subject, id);
    if (leg == nullptr) return Refused("no refund " + std::to_string(id) + " on this order");
    if (name == "look_up") {
        if (leg->state != RefundState::kUnknown && leg->state != RefundState::kContested)
            return Refused("look_up is for a refund in doubt");
        LookUpRefund(turn, *leg);
        return Moved();
    }
    const auto trigger = FindTrigger(MachineKind::kRefund, name);
    if (!trigger || !ForPeople(MachineKind::kRefund, *trigger))
        return Refused("no action " + name + " for a refund");
    const std::string return_id = leg->return_id;
    if (name == "refuse" && leg->state == RefundState::kHeld && leg->held_for == kAdvance) {
        // Only the haste is refused: what the goods earn will be paid.
        FindReturn(turn.subject, return_id)->advance_minor = 0;
        NoteActor(turn, return_id);
        return Moved();
    }
    if (name == "hold") leg->held_for = turn.event.data.reason;
    if (Fire(turn, id, static_cast<RefundTrigger>(*trigger)) == Fired::kMoved) {
        if (name == "hold") FindLeg(turn.subject, id)->held_for = turn.event.data.reason;
        if (name == "reinstate" || name == "reopen") EndExchange(turn, return_id);
        NoteActor(turn, return_id);
        return Moved();
    }
    return Refused(name + " is not possible in " +
                   std::string(Name(FindLeg(turn.subject, id)->state)) +
                   ", or needs a second person");
}

bool Takes(ReturnState state) {
    return state == ReturnState::kException || state == ReturnState::kRejected;
}

// What an inspection must have found before a legal right is worth less.
bool LossWasFound(const Slice& slice) { return slice.grade == "bad" || slice.grade == "mismatch"; }

// "Accept for less" keeps one amount in all; each slice bears its share of it.
class Reduction {
public:
    Reduction(Turn& turn, const std::vector<std::int64_t>& ids) : turn_(turn) {
        Grants grants(turn);
        for (const std::int64_t id : ids) {
            const Slice& slice = *FindSlice(turn.subject, id);
            const OrderLine* line = FindLine(turn.subject, slice.line_id);
            if (!Takes(slice.state) || slice.vested || line == nullptr ||
                !grants.HasRoom(slice, *line))
                continue;
            const Worth worth = grants.Next(slice, *line);
            ids_.push_back(id);
            worths_.push_back(worth.gross_minor - worth.restocking_minor);
            total_ += worths_.back();
        }
    }

    std::string WhyNot() const {
        const EventData& data = turn_.event.data;
        const std::string& currency = turn_.subject.currency;
        if (ids_.empty()) return "";  // the machine says it better
        if (!data.amount_minor) return "accept_reduced needs the amount we keep";
        if (!data.currency.empty() && data.currency != currency)
            return "the amount is in " + data.currency + ", the order is in " + currency;
        if (*data.amount_minor > total_)
            return FormatMoney(*data.amount_minor, currency) + " are more than the " +
                   FormatMoney(total_, currency) + " these units are worth";
        const Return* header = FindReturn(std::as_const(turn_.subject), data.return_id);
        if (!header->statutory || *data.amount_minor == 0) return "";
        for (const std::int64_t id : ids_)
            if (!LossWasFound(*FindSlice(turn_.subject, id)))
                return "the customer uses a legal right: only a loss of value that an inspection "
                       "has found may be kept";
        return data.reason.empty() ? "the customer uses a legal right: say in the reason what the "
                                     "loss of value is"
                                   : "";
    }

    void Apply() {
        if (ids_.empty()) return;
        const auto parts = Split(turn_.event.data.amount_minor.value_or(0), worths_);
        for (std::size_t i = 0; i < ids_.size(); ++i)
            FindSlice(turn_.subject, ids_[i])->withheld_minor = parts[i];
    }

private:
    Turn& turn_;
    std::vector<std::int64_t> ids_, worths_;
    std::int64_t total_ = 0;
};

Told OnGoods(Turn& turn, const std::string& name) {
    const auto trigger = FindTrigger(MachineKind::kReturn, name);
    if (!trigger || !ForPeople(MachineKind::kReturn, *trigger))
        return Refused("no action " + name + " for a return");
    const EventData& data = turn.event.data;
    if (FindReturn(turn.subject, data.return_id) == nullptr)
        return Refused("no return " + data.return_id + " on this order");
    std::vector<std::int64_t> ids;
    for (const Slice& slice : turn.subject.slices) {
        const bool named = data.lines.empty() || std::any_of(data.lines.begin(), data.lines.end(),
                                                             [&](const EventLine& line) {
                                                                 return line.id == slice.line_id;
                                                             });
        if (slice.return_id == data.return_id && named) ids.push_back(slice.id);
    }
    std::optional<Reduction> reduction;
    if (name == "accept_reduced") reduction.emplace(turn, ids);
    const std::string why = reduction ? reduction->WhyNot() : "";
    if (!why.empty()) return Refused(why);
    bool moved = false;
    std::string state = "no slice of it";
    for (std::int64_t id : ids) {
        if (Fire(turn, id, static_cast<ReturnTrigger>(*trigger)) == Fired::kMoved) {
            moved = true;
            if (!data.reason.empty()) FindSlice(turn.subject, id)->cause = data.reason;
        } else {
            state = Name(FindSlice(turn.subject, id)->state);
        }
    }
    if (moved && reduction) reduction->Apply();
    if (moved) NoteActor(turn, data.return_id);
    return moved ? Moved()
                 : Refused(name + " is not possible in " + state + ", or needs a second person");
}

// Whether the command pays more than one pair of eyes may let go, and they have acted on its
// return.
bool IsOwnDoing(const Turn& turn, const Command& command, const std::string& by) {
    const ConnectionFacts* facts = turn.book.Find(command.connection);
    if (facts == nullptr || facts->approve_above_minor == 0) return false;
    const bool pays = command.operation == "refund.create";
    if (!pays || command.amount_minor <= facts->approve_above_minor) return false;
    const Return* header = FindReturn(std::as_const(turn.subject), command.return_id);
    return header != nullptr && std::count(header->acted_by.begin(), header->acted_by.end(), by);
}

// A command that waits for a person's word may go. How many must agree is its connection's to say;
// one person counts once.
Told OnApproval(Turn& turn) {
    const EventData& data = turn.event.data;
    Command* command = FindCommand(turn.subject, data.subject);
    if (command == nullptr)
        return Refused("no command " + std::to_string(data.subject) + " waits on this order");
    if (command->state != CommandState::kWaiting)
        return Refused("command " + std::to_string(data.subject) + " is under way already");
    if (command->approved_by == data.by || command->seconded_by == data.by)
        return Refused(data.by + " has approved it already; another person has to");
    if (IsOwnDoing(turn, *command, data.by))
        return Refused(data.by + " has acted on return " + command->return_id +
                       " and this is a large refund: a person who has not must approve it");
    if (!command->seconded_by.empty()) return Refused("two persons have approved it already");
    (command->approved_by.empty() ? command->approved_by : command->seconded_by) = data.by;
    return Moved();
}

// Somebody wants a request sent again at once. Only what surely did nothing, or never left, is:
// what may have arrived is looked up first, and money has rules of its own.
Told OnResend(Turn& turn) {
    const EventData& data = turn.event.data;
    const std::string number = std::to_string(data.subject);
    Command* command = FindCommand(turn.subject, data.subject);
    if (command == nullptr) return Refused("no command " + number + " waits on this order");
    if (command->amount_minor != 0 || command->leg != 0)
        return Refused("command " + number + " is about money and is not sent again on request");
    if (command->state == CommandState::kInFlight)
        return Refused("command " + number + " is under way");
    if (command->state == CommandState::kInDoubt)
        return Refused("it is not known whether command " + number +
                       " has arrived: that is found out before it is sent again");
    if (command->not_before <= turn.now())
        return Ignored("command " + number + " waits for nothing but its turn");
    command->not_before = turn.now();
    return Moved();
}

}  // namespace

void NoteActor(Turn& turn, const std::string& return_id) {
    const std::string& by = turn.event.data.by;
    Return* header = FindReturn(turn.subject, return_id);
    if (header == nullptr || by.empty()) return;
    auto& known = header->acted_by;
    if (std::find(known.begin(), known.end(), by) == known.end()) known.push_back(by);
}

Told OnAction(Turn& turn) {
    const EventData& data = turn.event.data;
    if (data.by.empty()) return Refused("an action needs to say who wants it");
    if (data.action == "unfreeze") {
        if (turn.subject.quarantine.empty()) return Refused("the case is not frozen");
        turn.subject.quarantine.clear();
        turn.subject.stalled_at = kNoTime;
        return Moved();
    }
    if (data.action == "approve_command") return OnApproval(turn);
    if (data.action == "resend_command") return OnResend(turn);
    if (data.subject != 0) return OnLeg(turn, data.action);
    return OnGoods(turn, data.action);
}

}  // namespace returns::workflows
