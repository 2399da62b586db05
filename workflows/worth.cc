// What units are worth: their share of what was paid, and the fees taken off it, as far as the law
// lets them be taken. Every amount is the difference of two rounded totals, so that no order and no
// portioning of returns changes a sum.

#include "workflows/worth.h"

#include "schemas/check.h"
#include "schemas/money.h"

#include <algorithm>
#include <utility>

namespace returns::workflows {
namespace {

// Fees are for goods that come back because the customer changed their mind. A legal right costs
// nothing, and neither does what is not the customer's fault or stays where it is.
bool BearsFees(const Turn& turn, const Return& header, const Slice& slice) {
    const auto& free = turn.RulesOf(header.id).policy.fee_free_reasons;
    return !header.statutory && !slice.liable && slice.state != ReturnState::kKept &&
           std::find(free.begin(), free.end(), slice.reason) == free.end();
}

// The fee for that many units of a line.
std::int64_t FeeFor(const OrderLine& line, int units, int percent) {
    return Share(Share(line.paid_minor, units, line.quantity), percent, 100);
}

std::int64_t LabelFeeOf(const Turn& turn, const Return& header) {
    const Amounts& fees = turn.RulesOf(header.id).policy.label_fee;
    const auto fee = fees.find(turn.subject.currency);
    if (fee == fees.end() || header.label_url.empty()) return 0;  // no label of ours, no fee
    return fee->second;
}

}  // namespace

Grants::SoFar& Grants::OfLine(const OrderLine& line) {
    const auto [known, fresh] = lines_.try_emplace(&line);
    if (fresh) known->second = {line.granted_units, line.granted_minor, line.granted_tax_minor, {}};
    return known->second;
}

Grants::Fees& Grants::FeesOf(const OrderLine& line, int percent) {
    const auto [known, fresh] = OfLine(line).fees.try_emplace(percent);
    Fees& fees = known->second;
    if (!fresh) return fees;
    for (const Slice& slice : turn_.subject.slices) {
        if (slice.line_id != line.id || !slice.vested || slice.fee_percent != percent) continue;
        fees.units += slice.quantity;
        fees.minor += slice.restocking_minor;
    }
    return fees;
}

std::int64_t& Grants::LabelFeeOn(const Return& header) {
    const auto [known, fresh] = label_fees_.try_emplace(header.id, 0);
    if (!fresh) return known->second;
    for (const Slice& slice : turn_.subject.slices)
        if (slice.return_id == header.id && slice.vested) known->second += slice.label_fee_minor;
    return known->second;
}

bool Grants::HasRoom(const Slice& slice, const OrderLine& line) {
    return OfLine(line).units + slice.quantity <= line.quantity;
}

Worth Grants::Next(const Slice& slice, const OrderLine& line) {
    SoFar& so_far = OfLine(line);
    const Return* header = FindReturn(std::as_const(turn_.subject), slice.return_id);
    CHECK(header != nullptr);
    Worth worth;
    worth.gross_minor =
        NextShare(line.paid_minor, line.quantity, so_far.units, so_far.gross_minor, slice.quantity);
    worth.tax_minor =
        NextShare(line.tax_minor, line.quantity, so_far.units, so_far.tax_minor, slice.quantity);
    so_far.units += slice.quantity;
    so_far.gross_minor += worth.gross_minor;
    so_far.tax_minor += worth.tax_minor;
    std::int64_t left = worth.gross_minor;
    const auto take = [&left](std::int64_t fee) {
        const std::int64_t taken = std::clamp<std::int64_t>(fee, 0, left);
        left -= taken;
        return taken;
    };
    const bool bears = BearsFees(turn_, *header, slice);
    const int percent = turn_.RulesOf(header->id).policy.restocking_percent;
    if (bears && percent > 0) {
        Fees& fees = FeesOf(line, percent);
        fees.units += slice.quantity;
        worth.fee_percent = percent;
        worth.restocking_minor = take(FeeFor(line, fees.units, percent) - fees.minor);
        fees.minor += worth.restocking_minor;
    }
    worth.withheld_minor = take(slice.withheld_minor);
    const std::int64_t label_fee = bears ? LabelFeeOf(turn_, *header) : 0;
    if (label_fee > 0) {
        std::int64_t& charged = LabelFeeOn(*header);
        worth.label_fee_minor = take(label_fee - charged);
        charged += worth.label_fee_minor;
    }
    worth.net_minor = left;
    return worth;
}

std::int64_t Earned(const Case& subject, const Return& header) {
    std::int64_t earned = header.shipping_minor;
    for (const Slice& slice : subject.slices)
        if (slice.return_id == header.id && slice.vested) earned += slice.vested_minor;
    return earned;
}

std::int64_t Owed(const Case& subject, const Return& header) {
    return std::max(Earned(subject, header), header.advance_minor);
}

bool Assigned(const Leg& leg) {
    if (leg.state == RefundState::kNotDue) return false;
    if (leg.state == RefundState::kCancelled || leg.state == RefundState::kClosed)
        return leg.paid || leg.offset;
    return true;
}

std::int64_t AssignedTo(const Case& subject, const std::string& return_id) {
    std::int64_t sum = 0;
    for (const Leg& leg : subject.legs)
        if (leg.return_id == return_id && Assigned(leg)) sum += leg.amount_minor;
    return sum;
}

bool Undecided(const Slice& slice) {
    return IsLive(slice.state) && !slice.vested && slice.state != ReturnState::kRejected &&
           slice.state != ReturnState::kReturning;
}

std::int64_t EstimateFor(const Turn& turn, const std::string& return_id) {
    Grants grants(turn);
    std::int64_t sum = 0;
    for (const Slice& slice : turn.subject.slices) {
        if (slice.return_id != return_id || !Undecided(slice)) continue;
        const OrderLine* line = FindLine(turn.subject, slice.line_id);
        if (line != nullptr && grants.HasRoom(slice, *line))
            sum += grants.Next(slice, *line).net_minor;
    }
    return sum;
}

// What is left of the delivery cost once every unit has come back is paid back with the last one,
// unless it went share by share. Who uses a legal right is paid it in any case.
void GrantShipping(Turn& turn, Return& header, OrderLine& line, int units) {
    Case& subject = turn.subject;
    if (subject.shipping_granted || subject.shipping_minor == 0) return;
    ShippingBack how = turn.RulesOf(header.id).policy.shipping_back;
    if (how == ShippingBack::kNever && header.statutory) how = ShippingBack::kWhenAll;
    if (how == ShippingBack::kNever) return;
    if (how == ShippingBack::kByShare) {
        const std::int64_t share =
            NextShare(line.shipping_minor, line.quantity, line.granted_units - units,
                      line.granted_shipping_minor, units);
        line.granted_shipping_minor += share;
        header.shipping_minor += share;
    }
    std::int64_t left = subject.shipping_minor;
    for (const OrderLine& each : subject.lines) {
        if (each.granted_units < each.quantity) return;
        left -= each.granted_shipping_minor;
    }
    subject.shipping_granted = true;
    header.shipping_minor += left;
}

}  // namespace returns::workflows
