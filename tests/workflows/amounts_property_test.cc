// Sums over whole cases, through the real decide: however an order comes back, in whatever order,
// portions and returns, nothing is gained or lost. BACKHAUL_MONEY_CASES says how many random cases.
#include "schemas/money.h"
#include "tests/wanted.h"
#include "tests/workflows/situations.h"
#include "workflows/account.h"
#include "workflows/decide.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace returns::workflows {
namespace {

constexpr std::int64_t kCases = 150;

class Dice {
public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}
    std::int64_t To(std::int64_t most) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most + 1));
    }
    int Int(int least, int most) { return least + static_cast<int>(To(most - least)); }
    template <class T>
    void Shuffle(std::vector<T>& list) {
        for (std::size_t i = list.size(); i > 1; --i)
            std::swap(list[i - 1], list[static_cast<std::size_t>(To(static_cast<int>(i) - 1))]);
    }

private:
    std::mt19937_64 random_;
};

struct Shop : World {
    Shop() {
        book.connections = {
            {.name = "psp", .kind = "payment", .operations = {"refund.create", "refund.lookup"}},
            {.name = "desk", .kind = "desk"}};
        rules.policy.fee_free_reasons = {"defective"};
    }
};

// Units of one line that come back together, as a return of their own.
struct Piece {
    std::string return_id, line_id;
    int units = 1;
    bool fee = false;
};

// A return is inspected in portions: counts are absolute.
struct Portion {
    std::size_t piece = 0;
    int accepted = 0;
};

struct Plan {
    EventData order;
    std::vector<TenderFact> tenders;
    std::vector<Piece> pieces;
    int restocking_percent = 0;
    ShippingBack shipping = ShippingBack::kWhenAll;
};

std::int64_t PaidFor(const EventData& order) {
    std::int64_t paid = order.shipping_minor - order.discount_minor;
    for (const EventLine& line : order.lines)
        paid += line.unit_price_minor * line.quantity - line.discount_minor;
    return paid;
}

void AddTenders(Dice& dice, Plan& plan) {
    static const char* kKinds[] = {"card", "gift_card", "store_credit", "wallet"};
    std::vector<std::int64_t> weights(static_cast<std::size_t>(dice.Int(1, 3)));
    for (std::int64_t& weight : weights) weight = dice.Int(0, 3);
    const std::vector<std::int64_t> parts = Split(PaidFor(plan.order), weights);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::string name = "t" + std::to_string(i);
        plan.tenders.push_back({name, kKinds[dice.To(3)], "psp", "pi_" + name, parts[i]});
    }
}

Plan AnyPlan(Dice& dice) {
    Plan plan;
    static const char* kCurrencies[] = {"EUR", "JPY", "KWD"};
    plan.order.currency = kCurrencies[dice.To(2)];
    const int lines = dice.Int(1, 3);
    std::int64_t total = 0;
    for (int i = 0; i < lines; ++i) {
        EventLine line;
        line.id = "L" + std::to_string(i);
        line.sku = "S" + std::to_string(i);
        line.quantity = dice.Int(1, 4);
        line.unit_price_minor = dice.Int(20, 9'999);
        line.discount_minor = dice.To(3) == 0 ? dice.To(line.quantity * 3) : 0;
        line.tax_minor = line.unit_price_minor * line.quantity * dice.Int(0, 19) / 119;
        line.tax_rate = dice.To(1) == 0 ? "0.19" : "0.07";
        total += line.unit_price_minor * line.quantity - line.discount_minor;
        for (int left = line.quantity; left > 0;) {
            const int units = dice.Int(1, left);
            plan.pieces.push_back(
                {"R-" + std::to_string(plan.pieces.size()), line.id, units, dice.To(1) == 0});
            left -= units;
        }
        plan.order.lines.push_back(std::move(line));
    }
    plan.order.discount_minor = dice.To(1) == 0 ? dice.To(total / 10) : 0;
    plan.order.shipping_minor = dice.To(999);
    AddTenders(dice, plan);
    plan.restocking_percent = dice.Int(0, 50);
    plan.shipping = dice.To(1) == 0 ? ShippingBack::kWhenAll : ShippingBack::kByShare;
    return plan;
}

// Every piece becomes pieces of one unit.
Plan Splintered(const Plan& plan) {
    Plan fine = plan;
    fine.pieces.clear();
    for (const Piece& piece : plan.pieces)
        for (int unit = 0; unit < piece.units; ++unit)
            fine.pieces.push_back(
                {piece.return_id + "." + std::to_string(unit), piece.line_id, 1, piece.fee});
    return fine;
}

std::vector<Portion> AnyPortions(Dice& dice, const Plan& plan) {
    std::vector<std::size_t> turns;
    for (std::size_t i = 0; i < plan.pieces.size(); ++i)
        turns.insert(turns.end(), static_cast<std::size_t>(dice.Int(1, plan.pieces[i].units)), i);
    dice.Shuffle(turns);
    std::vector<int> accepted(plan.pieces.size(), 0);
    std::vector<Portion> portions;
    for (std::size_t at = 0; at < turns.size(); ++at) {
        const std::size_t piece = turns[at];
        const auto later =
            std::count(turns.begin() + static_cast<std::ptrdiff_t>(at) + 1, turns.end(), piece);
        const int left = plan.pieces[piece].units - accepted[piece] - static_cast<int>(later);
        accepted[piece] += later == 0 ? left : dice.Int(1, left);
        portions.push_back({piece, accepted[piece]});
    }
    return portions;
}

class Player {
public:
    explicit Player(const Plan& plan) : plan_(plan) {
        static Shop shop;
        shop_ = &shop;
        shop.rules.policy.restocking_percent = plan.restocking_percent;
        shop.rules.policy.shipping_back = plan.shipping;
        case_.key = {"main", "1"};
        now_ = At("2026-03-02T09:00:00Z");
        Say(EventType::kOrderPlaced, plan.order);
        for (const TenderFact& tender : plan.tenders) {
            EventData data;
            data.currency = plan.order.currency;
            data.tender = tender;
            Say(EventType::kOrderCaptured, data);
        }
    }

    void Return(const Portion& portion) {
        const Piece& piece = plan_.pieces[portion.piece];
        EventData data;
        data.return_id = piece.return_id;
        data.reason = piece.fee ? "changed_mind" : "defective";
        data.lines = {{.id = piece.line_id, .quantity = piece.units}};
        Say(EventType::kReturnRequested, data);
        data.lines = {{.id = piece.line_id, .accepted = portion.accepted}};
        Say(EventType::kReturnInspected, data);
    }

    // Sends what is ready, now rather than later, with that outcome.
    void PayAll() {
        for (int guard = 0; guard < 200; ++guard) {
            const auto command =
                std::find_if(case_.commands.begin(), case_.commands.end(), [](const Command& each) {
                    return each.operation == "refund.create" &&
                           each.state == CommandState::kWaiting;
                });
            if (command == case_.commands.end()) return;
            EventData data;
            data.attempt = {.command = command->number, .number = 1, .key = command->key};
            Say(EventType::kAttemptStarted, data);
            data.attempt.answer = "paid";
            data.their_reference = "re_" + std::to_string(++paid_);
            Say(EventType::kAttemptDone, data);
        }
    }

    const Case& subject() const { return case_; }

private:
    void Say(EventType type, const EventData& data) {
        Envelope event;
        event.type = type;
        event.key = case_.key;
        event.source = "test";
        event.source_id = std::to_string(case_.version);
        event.occurred_at = event.recorded_at = now_ += Millis(1);
        event.data = data;
        case_ = Decide(case_, event, shop_->book).after;
    }

    const Plan& plan_;
    Shop* shop_;
    Case case_;
    Instant now_;
    int paid_ = 0;
};

struct Totals {
    std::int64_t earned = 0, shipping = 0, restocking = 0;
    std::vector<std::int64_t> granted, tax;  // by line
    friend bool operator==(const Totals&, const Totals&) = default;
};

Totals TotalsOf(const Case& subject) {
    Totals totals;
    for (const Return& header : subject.returns) {
        const Account account = AccountOf(subject, header);
        totals.earned += account.granted_minor;
        totals.shipping += account.shipping_minor;
        for (const AccountLine& line : account.lines) totals.restocking += line.restocking_minor;
    }
    for (const OrderLine& line : subject.lines) {
        totals.granted.push_back(line.granted_minor);
        totals.tax.push_back(line.granted_tax_minor);
    }
    return totals;
}

// What must be true at every moment; "" when it is.
std::string Fault(const Case& subject) {
    if (!subject.quarantine.empty()) return subject.quarantine;
    for (const Tender& tender : subject.tenders) {
        std::int64_t out = 0;
        for (const Leg& leg : subject.legs)
            if (leg.tender_id == tender.id) out += leg.amount_minor;
        if (out > tender.captured_minor) return tender.id + " carries more than was captured";
    }
    for (const Return& header : subject.returns) {
        const Account account = AccountOf(subject, header);
        std::int64_t sum = account.shipping_minor;
        for (const AccountLine& line : account.lines) {
            sum += line.gross_minor - line.restocking_minor - line.withheld_minor -
                   line.label_fee_minor;
            if (line.tax_minor > line.gross_minor + 1) return header.id + ": more tax than price";
        }
        if (sum != account.granted_minor) return header.id + ": parts and whole differ";
        if (account.paid_minor + account.under_way_minor + account.left_minor !=
            account.granted_minor)
            return header.id + ": paid, under way and left are not what was granted";
    }
    return "";
}

// Everything comes back; gives what was wrong, "" when nothing was.
std::string PlayAll(Dice& dice, const Plan& plan, Totals& totals) {
    Player player(plan);
    for (const Portion& portion : AnyPortions(dice, plan)) {
        player.Return(portion);
        if (dice.To(1) == 0) player.PayAll();
        const std::string fault = Fault(player.subject());
        if (!fault.empty()) return fault;
    }
    player.PayAll();
    totals = TotalsOf(player.subject());
    std::int64_t paid = 0, whole = 0;
    for (const Leg& leg : player.subject().legs)
        if (leg.paid) paid += leg.amount_minor;
    for (const OrderLine& line : player.subject().lines) {
        if (line.granted_minor != line.paid_minor || line.granted_tax_minor != line.tax_minor)
            return "line " + line.id + " did not come back whole";
        whole += line.paid_minor;
    }
    if (totals.shipping != plan.order.shipping_minor) return "delivery did not come back whole";
    if (totals.earned != whole + totals.shipping - totals.restocking) return "sums differ";
    return paid == totals.earned ? "" : "what was paid is not what was earned";
}

TEST(Amounts, OfRandomCasesNeverGainOrLoseACent) {
    const std::int64_t cases = Wanted("BACKHAUL_MONEY_CASES", kCases);
    for (std::int64_t seed = 1; seed <= cases; ++seed) {
        Dice dice(static_cast<std::uint64_t>(seed));
        Totals totals;
        const std::string fault = PlayAll(dice, AnyPlan(dice), totals);
        ASSERT_EQ(fault, "") << "case " << seed;
    }
}

RC_GTEST_PROP(Amounts, DoNotDependOnTheOrderOrThePortionsOfReturns, (std::uint32_t seed)) {
    Dice dice(seed);
    const Plan plan = AnyPlan(dice);
    Totals first, other;
    RC_ASSERT(PlayAll(dice, plan, first) == "");
    RC_ASSERT(PlayAll(dice, plan, other) == "");
    RC_ASSERT(first == other);
}

RC_GTEST_PROP(Amounts, DoNotDependOnHowManyReturnsThereAre, (std::uint32_t seed)) {
    Dice dice(seed);
    const Plan plan = AnyPlan(dice);
    Totals few, many;
    RC_ASSERT(PlayAll(dice, plan, few) == "");
    RC_ASSERT(PlayAll(dice, Splintered(plan), many) == "");
    RC_ASSERT(few == many);
}

}  // namespace
}  // namespace returns::workflows
