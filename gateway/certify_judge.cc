#include "gateway/certify_judge.h"

#include <algorithm>

namespace returns::gateway::certify {
namespace {

constexpr std::chrono::seconds kSkewMax{60};
constexpr std::chrono::minutes kLateMin{30};
// Our clock starts when the answer was handed over, theirs when it had arrived.
constexpr Millis kClockGrain{20};

const char* const kNothing = "no callback about the return arrived";

struct Told {
    const Envelope* event = nullptr;
    const Delivery* delivery = nullptr;
};

std::vector<Told> Tellings(const Deliveries& deliveries, EventType type) {
    std::vector<Told> found;
    for (const Delivery& delivery : deliveries)
        for (const Envelope& event : delivery.reading.events)
            if (event.type == type) found.push_back({&event, &delivery});
    return found;
}

// Why nothing of that type was told.
std::string Absence(const Deliveries& deliveries, std::string_view type) {
    if (deliveries.empty()) return kNothing;
    for (const Delivery& delivery : deliveries)
        if (!delivery.verified())
            return "a callback came, but its signature is not right: " +
                   delivery.reading.verification.sentence;
    for (const Delivery& delivery : deliveries)
        if (!delivery.reading.unmapped.empty())
            return "a callback came that cannot be read: " + delivery.reading.unmapped;
    std::string told;
    for (const Delivery& delivery : deliveries)
        for (const Envelope& event : delivery.reading.events)
            told += (told.empty() ? "" : ", ") + std::string(Facts(event.type).wire);
    return "nothing told '" + std::string(type) + "'; what came told " +
           (told.empty() ? "nothing" : told);
}

int Counted(const Envelope& event) {
    int all = 0;
    for (const EventLine& line : event.data.lines)
        all += line.accepted.value_or(0) + line.rejected.value_or(0);
    return all;
}

int Accepted(const Envelope& event) {
    int all = 0;
    for (const EventLine& line : event.data.lines) all += line.accepted.value_or(0);
    return all;
}

std::string Seconds(Millis time) {
    const std::int64_t tenths = time.count() / 100;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

// The id that repeats are told apart by: the first event's, else the message's.
const std::string& IdOf(const Delivery& delivery) {
    const auto& reading = delivery.reading;
    return reading.events.empty() ? reading.id : reading.events.front().source_id;
}

}  // namespace

bool IsAbout(const Delivery& delivery, const std::string& reference,
             const std::string& their_reference) {
    for (const Envelope& event : delivery.reading.events) {
        if (event.data.our_reference == reference || event.data.return_id == reference) return true;
        if (!their_reference.empty() && event.data.their_reference == their_reference) return true;
    }
    return delivery.request.body.find(reference) != std::string::npos;
}

bool IsSameMessage(const Delivery& a, const Delivery& b) {
    if (a.request.body == b.request.body) return true;
    if (a.reading.events.empty() || b.reading.events.empty()) return false;
    if (IdOf(a) == IdOf(b)) return true;
    const Envelope &one = a.reading.events.front(), &other = b.reading.events.front();
    return one.type == other.type && one.occurred_at == other.occurred_at && one.data == other.data;
}

std::string FaultOfSignatures(const Deliveries& deliveries) {
    if (deliveries.empty()) return kNothing;
    for (const Delivery& delivery : deliveries) {
        if (delivery.verified()) continue;
        const auto& verification = delivery.reading.verification;
        return "a callback is " + std::string(Name(verification.verdict)) + ": " +
               verification.sentence;
    }
    return "";
}

std::string FaultOfClock(const Deliveries& deliveries) {
    if (deliveries.empty()) return kNothing;
    for (const Delivery& delivery : deliveries) {
        const Instant signed_at = delivery.reading.verification.signed_at;
        if (signed_at == kNoTime) continue;
        const auto off =
            std::chrono::duration_cast<std::chrono::seconds>(signed_at - delivery.arrived);
        if (std::chrono::abs(off) > kSkewMax)
            return "their clock is " + std::to_string(std::chrono::abs(off).count()) + " seconds " +
                   (off.count() > 0 ? "ahead of" : "behind") + " ours";
    }
    return "";
}

std::string FaultOfRepeat(const Deliveries& deliveries, bool& repeated) {
    repeated = false;
    if (deliveries.empty()) return kNothing;
    for (std::size_t later = 1; later < deliveries.size(); ++later) {
        for (std::size_t earlier = 0; earlier < later; ++earlier) {
            const Delivery &one = deliveries[earlier], &other = deliveries[later];
            if (!one.verified() || !other.verified() || !IsSameMessage(one, other)) continue;
            repeated = true;
            if (IdOf(one) != IdOf(other))
                return "the same message came as '" + IdOf(one) + "' and again as '" + IdOf(other) +
                       "'";
        }
    }
    return "";
}

std::string FaultOfLateTimes(const Deliveries& deliveries) {
    const auto told = Tellings(deliveries, EventType::kParcelDelivered);
    if (told.empty()) return Absence(deliveries, "parcel.delivered");
    const Told& first = told.front();
    if (first.delivery->arrived - first.event->occurred_at >= kLateMin) return "";
    return "the arrival of an hour ago is told as of " + FormatInstant(first.event->occurred_at) +
           ", when the message was sent";
}

std::string FaultOfOrder(const Deliveries& deliveries) {
    const auto arrivals = Tellings(deliveries, EventType::kParcelDelivered);
    const auto openings = Tellings(deliveries, EventType::kReturnOpened);
    if (arrivals.empty()) return Absence(deliveries, "parcel.delivered");
    if (openings.empty()) return Absence(deliveries, "return.opened");
    if (arrivals.front().event->occurred_at < openings.front().event->occurred_at) return "";
    return "by the times told, the parcel was opened at " +
           FormatInstant(openings.front().event->occurred_at) + " before it arrived at " +
           FormatInstant(arrivals.front().event->occurred_at);
}

std::string FaultOfParts(const Deliveries& deliveries, const Announced& announced) {
    auto told = Tellings(deliveries, EventType::kReturnInspected);
    if (told.empty()) return Absence(deliveries, "return.inspected");
    std::stable_sort(told.begin(), told.end(), [](const Told& a, const Told& b) {
        return a.event->occurred_at < b.event->occurred_at;
    });
    const int first = Counted(*told.front().event), last = Counted(*told.back().event);
    if (last == announced.quantity && first < last) return "";
    if (told.size() == 1)
        return "the return was inspected in two parts, one message came (" + std::to_string(first) +
               " of " + std::to_string(announced.quantity) + ")";
    if (first + last == announced.quantity)
        return "after the second part they tell " + std::to_string(last) + ", where " +
               std::to_string(announced.quantity) +
               " have been inspected by then: what was added, not what there is";
    return "after the second part they tell " + std::to_string(last) + ", where " +
           std::to_string(announced.quantity) + " have been inspected by then";
}

std::string FaultOfContents(const Deliveries& deliveries, int accepted,
                            const std::string& mismatch) {
    const auto told = Tellings(deliveries, EventType::kReturnInspected);
    if (told.empty()) return Absence(deliveries, "return.inspected");
    const Envelope& last = *told.back().event;
    if (Accepted(last) != accepted)
        return std::to_string(Accepted(last)) + " are told as accepted, where " +
               std::to_string(accepted) + " can be";
    for (const EventLine& line : last.data.lines)
        if (line.mismatch == mismatch) return "";
    return "the message does not say that the parcel was not as announced ('" + mismatch + "')";
}

std::string FaultOfRetries(const Deliveries& deliveries, int failures, Millis pause) {
    if (deliveries.empty()) return kNothing;
    const Delivery& first = deliveries.front();
    std::vector<const Delivery*> tries;
    for (const Delivery& delivery : deliveries)
        if (IsSameMessage(first, delivery)) tries.push_back(&delivery);
    const std::size_t wanted = static_cast<std::size_t>(failures) + 1;
    if (tries.size() < wanted)
        return "the message was tried " + std::to_string(tries.size()) +
               (tries.size() == 1 ? " time" : " times") + " and then given up";
    const Delivery &failed = *tries[wanted - 2], &again = *tries[wanted - 1];
    const Millis waited = again.arrived_at - failed.answered_at;
    if (waited + kClockGrain >= pause) return "";
    return "it came again after " + Seconds(waited) + ", not sooner than " + Seconds(pause) +
           " was asked for";
}

std::string FaultOfNeedlessRetries(const Deliveries& deliveries) {
    for (std::size_t later = 1; later < deliveries.size(); ++later) {
        for (std::size_t earlier = 0; earlier < later; ++earlier) {
            const Delivery &one = deliveries[earlier], &other = deliveries[later];
            if (one.answered < 200 || one.answered > 299 || other.arrived_at < one.answered_at)
                continue;
            if (!IsSameMessage(one, other)) continue;
            return "message '" + IdOf(other) + "' came again " +
                   Seconds(other.arrived_at - one.answered_at) + " after we had answered " +
                   std::to_string(one.answered);
        }
    }
    return "";
}

}  // namespace returns::gateway::certify
