#include "gateway/plain_words.h"

#include <array>

namespace returns::gateway {
namespace {

using workflows::MachineKind;
using workflows::Verdict;

// In enum order.
constexpr std::array<std::string_view, kReturnStates> kReturnWords = {
    "asked for",
    "waits for a decision",
    "agreed, not sent yet",
    "on its way to the partner",
    "arrived, not opened yet",
    "being checked",
    "does not fit together",
    "not seen for too long",
    "accepted",
    "not accepted",
    "on its way back to the customer",
    "kept by the customer",
    "not sent in time",
    "cancelled",
    "denied",
    "closed",
};
constexpr std::array<std::string_view, kRefundStates> kRefundWords = {
    "estimated, not due yet",
    "due",
    "held",
    "ready to be sent",
    "being sent",
    "in doubt: paid or not",
    "with the provider",
    "refused by the provider",
    "needs another way to pay",
    "not claimed",
    "paid",
    "disputed by the bank",
    "perhaps paid twice: refund and chargeback",
    "paid by a chargeback",
    "paid twice",
    "not due any more",
    "closed",
};

// In enum order; actions are worded apart.
constexpr std::string_view kEventWords[] = {
    "The order was placed",
    "The order was paid",
    "The order was delivered",
    "The order was cancelled",
    "A return was asked for",
    "The return was approved",
    "The return was denied",
    "The return was cancelled",
    "The customer keeps the item",
    "The return was opened again",
    "A label was issued",
    "The parcel was posted",
    "The parcel was scanned",
    "The parcel was delivered",
    "The parcel could not be delivered",
    "The parcel was damaged",
    "The parcel was lost",
    "The parcel was opened",
    "The goods were inspected",
    "The goods were sent back",
    "The partner said something we do not know",
    "The refund was submitted",
    "The refund was paid",
    "The refund was refused",
    "The refund bounced",
    "A chargeback was opened",
    "The chargeback was won",
    "The chargeback was lost",
    "The ticket was taken up",
    "The ticket was resolved",
    "The ticket was opened again",
    "The ticket was cancelled",
    "We started an attempt",
    "An attempt succeeded",
    "An attempt was refused",
    "An attempt did not get through",
    "An attempt is in doubt",
    "A timer ran out",
};

}  // namespace

std::string_view PlainState(ReturnState state) {
    return kReturnWords[static_cast<std::size_t>(state)];
}

std::string_view PlainState(RefundState state) {
    return kRefundWords[static_cast<std::size_t>(state)];
}

std::string PlainState(MachineKind kind, const std::string& name) {
    if (kind == MachineKind::kReturn) {
        const auto state = FindReturnState(name);
        return state ? std::string(PlainState(*state)) : name;
    }
    const auto state = FindRefundState(name);
    return state ? std::string(PlainState(*state)) : name;
}

std::string PlainEvent(const Envelope& event) {
    if (event.type != EventType::kAction) {
        return std::string(kEventWords[static_cast<std::size_t>(event.type)]);
    }
    std::string words = event.data.action;
    for (char& c : words) c = c == '_' ? ' ' : c;
    return event.data.by + " asked for: " + words;
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
