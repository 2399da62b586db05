#include "gateway/plain_words.h"

#include <algorithm>

namespace returns::gateway {
namespace {

using workflows::MachineKind;
using workflows::Verdict;

struct Worded {
    std::string_view name, words;
};

// By the state's name.
constexpr Worded kReturnWords[] = {
    {"REQUESTED", "asked for"},
    {"IN_REVIEW", "waits for a decision"},
    {"AUTHORISED", "agreed, not sent yet"},
    {"IN_TRANSIT", "on its way to the partner"},
    {"AT_PARTNER", "arrived, not opened yet"},
    {"INSPECTING", "being checked"},
    {"EXCEPTION", "does not fit together"},
    {"LOST", "not seen for too long"},
    {"ACCEPTED", "accepted"},
    {"REJECTED", "not accepted"},
    {"RETURNING", "on its way back to the customer"},
    {"KEPT", "kept by the customer"},
    {"EXPIRED", "not sent in time"},
    {"CANCELLED", "cancelled"},
    {"DENIED", "denied"},
    {"CLOSED", "closed"},
};
constexpr Worded kRefundWords[] = {
    {"NOT_DUE", "estimated, not due yet"},
    {"DUE", "due"},
    {"HELD", "held"},
    {"READY", "ready to be sent"},
    {"SUBMITTING", "being sent"},
    {"UNKNOWN", "in doubt: paid or not"},
    {"PENDING", "with the provider"},
    {"FAILED", "refused by the provider"},
    {"ALTERNATIVE", "needs another way to pay"},
    {"UNCLAIMED", "not claimed"},
    {"SETTLED", "paid"},
    {"DISPUTED", "disputed by the bank"},
    {"CONTESTED", "perhaps paid twice: refund and chargeback"},
    {"COVERED", "paid by a chargeback"},
    {"OVERPAID", "more paid than was due"},
    {"CANCELLED", "not due any more"},
    {"CLOSED", "closed"},
};

// By the event's name; actions are worded apart.
constexpr Worded kEventWords[] = {
    {"order.placed", "The order was placed"},
    {"order.captured", "The order was paid"},
    {"order.delivered", "The order was delivered"},
    {"order.cancelled", "The order was cancelled"},
    {"return.requested", "A return was asked for"},
    {"return.approved", "The return was approved"},
    {"return.denied", "The return was denied"},
    {"return.cancelled", "The return was cancelled"},
    {"return.kept", "The customer keeps the item"},
    {"return.reinstated", "The return was opened again"},
    {"return.label_requested", "A label was asked for"},
    {"return.label_issued", "A label was issued"},
    {"parcel.posted", "The parcel was posted"},
    {"parcel.scanned", "The parcel was scanned"},
    {"parcel.delivered", "The parcel was delivered"},
    {"parcel.undeliverable", "The parcel could not be delivered"},
    {"parcel.damaged", "The parcel was damaged"},
    {"parcel.lost", "The parcel was lost"},
    {"return.opened", "The parcel was opened"},
    {"return.inspected", "The goods were inspected"},
    {"return.sent_back", "The goods were sent back"},
    {"partner.unknown_status", "The partner said something we do not know"},
    {"partner.roll_call", "We compared with the partner which returns are open"},
    {"refund.submitted", "The refund was submitted"},
    {"refund.settled", "The refund was paid"},
    {"refund.refused", "The refund was refused"},
    {"refund.bounced", "The refund bounced"},
    {"dispute.opened", "A chargeback was opened"},
    {"dispute.won", "The chargeback was won"},
    {"dispute.lost", "The chargeback was lost"},
    {"ticket.acknowledged", "The ticket was taken up"},
    {"ticket.resolved", "The ticket was resolved"},
    {"ticket.reopened", "The ticket was opened again"},
    {"ticket.cancelled", "The ticket was cancelled"},
    {"attempt.started", "We started an attempt"},
    {"attempt.done", "An attempt succeeded"},
    {"attempt.refused", "An attempt was refused"},
    {"attempt.not_done", "An attempt did not get through"},
    {"attempt.in_doubt", "An attempt is in doubt"},
    {"timer.fired", "A timer ran out"},
};

// The status words, said to those who work on the return and not to its customer.
constexpr Worded kStatusWords[] = {
    {"requested", "Asked for"},
    {"send_it", "Waits for the parcel"},
    {"on_its_way", "On its way"},
    {"arrived", "Arrived, not opened yet"},
    {"checking", "Being checked"},
    {"approved", "Refund approved"},
    {"at_bank", "With the bank"},
    {"done", "Done"},
    {"need_you", "Waits for the customer"},
    {"our_fault", "Something is wrong"},
};

// What a partner is asked for.
constexpr Worded kOperationWords[] = {
    {"return.create", "expect the parcel"},      {"return.cancel", "expect the parcel no more"},
    {"label.create", "take the label"},          {"label.refuse", "go without a label"},
    {"label.lookup", "look the label up"},       {"refund.create", "pay the refund"},
    {"shop.refund_requested", "pay the refund"}, {"refund.lookup", "look the refund up"},
    {"return.lookup", "look the return up"},     {"ticket.lookup", "look the ticket up"},
    {"ticket.create", "open a ticket"},          {"ticket.comment", "add to the ticket"},
    {"ticket.resolve", "close the ticket"},
};

// As buttons say it. Whatever a machine names beyond these goes by its own name.
constexpr Worded kActionWords[] = {
    {"approve", "Approve the return"},
    {"deny", "Deny the return"},
    {"keep_item", "Let the customer keep it"},
    {"cancel", "Cancel the return"},
    {"accept", "Accept what arrived"},
    {"accept_reduced", "Accept for less"},
    {"reject", "Reject what arrived"},
    {"recheck", "Ask for a new check"},
    {"await_rest", "Wait for the rest"},
    {"declare_lost", "Declare it lost"},
    {"liable", "Carrier answers for the loss"},
    {"not_posted", "It was never sent"},
    {"overrule", "Overrule the rejection"},
    {"ship_back", "Send it back"},
    {"abandon", "Customer gives it up"},
    {"reinstate", "Open it again"},
    {"appeal", "Take the appeal"},
    {"reopen", "Open it again"},
    {"hold", "Hold the refund"},
    {"release", "Release the refund"},
    {"refuse", "Refuse the refund"},
    {"look_up", "Ask the provider"},
    {"confirm_paid", "It was paid"},
    {"confirm_absent", "It was not paid"},
    {"confirm_void", "It is void"},
    {"payee_details", "Payment details are here"},
    {"credit_accepted", "Store credit is taken"},
    {"remit", "Hand the amount over"},
    {"concede", "Concede the chargeback"},
    {"close", "Close it"},
    {"recovered", "The amount came back"},
    {"write_off", "Write it off"},
    {"unfreeze", "Let the case go on"},
    {"approve_command", "Let a request go"},
    {"resend_command", "Send a request again"},
};

// What stands in the way of an action when its guard is not met.
constexpr Worded kUnmetWords[] = {
    {"not_statutory", "the customer has a legal right to this return"},
    {"unvested", "its refund is already due"},
    {"units_free", "these items have come back in another return"},
    {"reopenable", "these items have come back in another return"},
    {"two_people_not_statutory", "the customer has a legal right to this refund"},
    {"key_dead", "the provider may still carry out what we sent"},
    {"has_room", "nothing is left of the payment it would come from"},
    {"dispute_is_lost", "the chargeback is not lost"},
    {"still_owed", "nothing is owed for it any more"},
    {"two_people_owed", "nothing is owed for it any more"},
};

template <std::size_t n>
std::string_view WordsFor(const Worded (&list)[n], std::string_view name) {
    for (const Worded& one : list) {
        if (one.name == name) return one.words;
    }
    return name;
}

bool IsNameLetter(char c) { return (c >= 'A' && c <= 'Z') || c == '_'; }

}  // namespace

std::string PlainStatus(const std::string& word) {
    return std::string(WordsFor(kStatusWords, word));
}

std::string PlainAction(std::string_view action) {
    std::string label(WordsFor(kActionWords, action));
    std::replace(label.begin(), label.end(), '_', ' ');
    return label;
}

std::string PlainUnmet(std::string_view guard) {
    const std::string_view words = WordsFor(kUnmetWords, guard);
    return words == guard ? "" : std::string(words);
}

std::string PlainReason(const std::string& reason) {
    std::string plain;
    for (std::size_t at = 0; at < reason.size();) {
        std::size_t end = at;
        while (end < reason.size() && IsNameLetter(reason[end])) ++end;
        const std::string name = reason.substr(at, end - at);
        const auto goods = FindReturnState(name);
        const auto money = FindRefundState(name);
        if (goods) {
            plain += "“" + std::string(PlainState(*goods)) + "”";
        } else if (money) {
            plain += "“" + std::string(PlainState(*money)) + "”";
        } else {
            if (end == at) ++end;
            plain += reason.substr(at, end - at);
        }
        at = end;
    }
    return plain;
}

std::string PlainOperation(std::string_view operation) {
    return std::string(WordsFor(kOperationWords, operation));
}

std::string PlainAttempt(EventType outcome, std::string_view operation,
                         const std::string& partner) {
    const std::string who = partner.empty() ? "The partner" : partner;
    const std::string what = PlainOperation(operation);
    switch (outcome) {
        case EventType::kAttemptStarted:
            return "We asked " + (partner.empty() ? "the partner" : partner) + " to " + what;
        case EventType::kAttemptDone:
            return who + " took our request to " + what;
        case EventType::kAttemptRefused:
            return who + " refused to " + what;
        case EventType::kAttemptNotDone:
            return who + " could not be asked to " + what + "; we try again";
        case EventType::kAttemptInDoubt:
            return who + " gave no clear answer to our request to " + what;
        default:
            return "";
    }
}

std::string PlainSpan(Instant now, Instant at) {
    if (now == kNoTime || at == kNoTime || at == kNever) return "";
    const bool past = at < now;
    const std::int64_t minutes =
        std::chrono::duration_cast<std::chrono::minutes>(past ? now - at : at - now).count();
    constexpr std::int64_t kHour = 60, kDay = 24 * kHour;
    if (minutes == 0) return "now";
    const std::int64_t unit = minutes >= 2 * kDay ? kDay : minutes >= 2 * kHour ? kHour : 1;
    const std::int64_t count = minutes / unit;
    std::string words = std::to_string(count);
    words += unit == kDay ? " day" : unit == kHour ? " hour" : " minute";
    if (count != 1) words += 's';
    return past ? words + " ago" : "in " + words;
}

std::string_view PlainState(ReturnState state) { return WordsFor(kReturnWords, Name(state)); }

std::string_view PlainState(RefundState state) { return WordsFor(kRefundWords, Name(state)); }

std::string PlainState(MachineKind kind, const std::string& name) {
    return std::string(kind == MachineKind::kReturn ? WordsFor(kReturnWords, name)
                                                    : WordsFor(kRefundWords, name));
}

std::string PlainEvent(const Envelope& event) {
    if (event.type != EventType::kAction) {
        return std::string(WordsFor(kEventWords, Facts(event.type).wire));
    }
    return PlainAction(event.data.action) + ", asked for by " + event.data.by;
}

std::string PlainSource(const Envelope& event) {
    std::string_view source = event.source;
    const std::size_t colon = source.find(':');
    const std::string_view kind = source.substr(0, colon);
    const std::string name(colon == std::string_view::npos ? "" : source.substr(colon + 1));
    if (kind == "connection") return "told by " + name;
    if (kind == "kafka") return "read from the topic " + name;
    if (kind == "key") return "sent with the key " + name;
    if (kind == "self") return "by ourselves";
    return "told by " + event.source;
}

std::string_view PlainVerdict(const JournalEntry& entry) {
    switch (entry.verdict) {
        case Verdict::kMoved:
            return "";
        case Verdict::kIgnored:
            return "changed nothing";
        case Verdict::kRefused:
            return "refused";
        case Verdict::kHeld:
            return "kept until its order comes";
        case Verdict::kQuarantined:
            return "kept, the case is frozen";
    }
    return "";
}

std::string PlainTime(Instant at) {
    if (at == kNoTime || at == kNever) return "";
    constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::string text = FormatInstant(at);  // 2026-03-01T12:00:00.000Z
    const int month = (text[5] - '0') * 10 + (text[6] - '0');
    std::string day = text.substr(8, 2);
    if (day[0] == '0') day.erase(0, 1);
    return day + " " + std::string(kMonths[static_cast<std::size_t>(month - 1)]) + " " +
           text.substr(0, 4) + ", " + text.substr(11, 5) + " UTC";
}

}  // namespace returns::gateway
