// What API and pages say of a return's money and of the law's clock.
#include "gateway/money_view.h"

#include "gateway/definitions.h"
#include "workflows/decide.h"

#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using std::chrono::hours;

// Two lamps, bought.
class Bought {
public:
    Bought() {
        const auto files = ReadDefinitionFiles(BACKHAUL_SOURCE_DIR "/workflows");
        auto loaded = Definitions::Load(*files, "en");
        EXPECT_TRUE(loaded.ok());
        definitions = std::move(*loaded);
        definitions->book().mint_key = [](const CaseKey&, std::int64_t n) {
            return "K" + std::to_string(n);
        };
        subject.key = {"main", "1001"};
        EventData order;
        order.currency = "EUR";
        order.jurisdiction = "EU";
        order.lines = {{.id = "A",
                        .quantity = 2,
                        .sku = "LAMP",
                        .unit_price_minor = 5000,
                        .tax_minor = 1597,
                        .tax_rate = "0.19"}};
        Say(EventType::kOrderPlaced, order);
        EventData capture;
        capture.currency = "EUR";
        capture.tender = TenderFact{"T1", "card", "", "ch_1", 10000};
        Say(EventType::kOrderCaptured, capture);
    }

    void Say(EventType type, const EventData& data) {
        Envelope event;
        event.type = type;
        event.key = subject.key;
        event.source = "test";
        event.source_id = std::to_string(subject.version);
        event.occurred_at = event.recorded_at = now;
        event.data = data;
        workflows::Decision decision = workflows::Decide(subject, event, definitions->book());
        auto entry = DecodeEntry(EncodeEntry(event, "", subject, decision));
        ASSERT_TRUE(entry.ok()) << entry.error().text;
        subject = std::move(decision.after);
        rows.push_back({subject.version, std::move(*entry)});
    }
    void Ask() {
        EventData asked;
        asked.return_id = "R-1";
        asked.statutory = true;
        asked.lines = {{.id = "A", .quantity = 1}};
        Say(EventType::kReturnRequested, asked);
    }
    const Return& header() const { return subject.returns.at(0); }
    Json Clock() { return ClockJson(subject, header(), rows, definitions->book(), now); }

    std::unique_ptr<Definitions> definitions;
    Case subject;
    Instant now = *ParseInstant("2026-03-01T12:00:00Z");
    std::vector<TimelineRow> rows;
};

// One of them back: two days on its way, one at the partner, accepted. 50.00 EUR are due, of which
// 7.99 are tax.
struct Accepted : Bought {
    Accepted() {
        Ask();
        EventData about;
        about.return_id = "R-1";
        Say(EventType::kParcelScanned, about);
        now += hours(48);
        Say(EventType::kParcelDelivered, about);
        now += hours(24);
        about.lines = {{.id = "A", .accepted = 1}};
        Say(EventType::kReturnInspected, about);
        now += hours(1);
    }
};

TEST(MoneyView, SaysWhatAnAmountIsMadeOf) {
    Accepted accepted;
    const Json money = AccountJson(accepted.subject, accepted.header());
    EXPECT_EQ(money["currency"].AsString(), "EUR");
    EXPECT_EQ(money["granted_minor"].AsInt().value(), 5000);
    EXPECT_EQ(money["left_minor"].AsInt().value(), 5000);
    ASSERT_EQ(money["lines"].Items().size(), 1u);
    const Json& line = money["lines"].Items()[0];
    EXPECT_EQ(line["gross_minor"].AsInt().value(), 5000);
    EXPECT_EQ(line["tax_minor"].AsInt().value(), 799);
    EXPECT_EQ(line["tax_rate"].AsString(), "0.19");
    EXPECT_EQ(line["units"].AsInt().value(), 1);
    const Json rates = TaxRatesJson(accepted.subject);
    ASSERT_EQ(rates.Items().size(), 1u);
    EXPECT_EQ(rates.Items()[0]["paid_minor"].AsInt().value(), 10000);
    EXPECT_EQ(rates.Items()[0]["granted_minor"].AsInt().value(), 5000);
}

TEST(ClockView, ProvesWhoUsedWhichDays) {
    Accepted accepted;
    const Json clock = accepted.Clock();
    EXPECT_EQ(clock["rule"]["source"].AsString(), "Directive 2011/83/EU, articles 13(1) and 13(3)");
    EXPECT_EQ(clock["rule"]["in_force_since"].AsString(), "2014-06-13");
    EXPECT_EQ(clock["triggers"]["received"].AsString(), "2026-03-03T12:00:00.000Z");
    EXPECT_EQ(clock["legal_deadline"].AsString(), "2026-03-15T22:59:59.999Z")
        << "midnight in Berlin";
    EXPECT_TRUE(clock["in_time"].IsNull()) << "not known before it is paid";
    const Json& used = clock["seconds_used"];
    EXPECT_EQ(used["carrier"].AsInt().value(), 48 * 3600);
    EXPECT_EQ(used["partner"].AsInt().value(), 24 * 3600);
    EXPECT_EQ(used["us"].AsInt().value(), 3600);
    EXPECT_EQ(used.Find("customer"), nullptr) << "posted at once";
    EXPECT_EQ(clock["stays"].Items().back()["state"].AsString(), "READY");
    accepted.now += hours(24 * 30);
    const Json late = accepted.Clock();
    EXPECT_FALSE(late["in_time"].IsNull());
    EXPECT_FALSE(late["in_time"].AsBool());
}

TEST(ClockView, DaysWithoutARouteAreOurs) {
    Bought bought;
    workflows::RouteRule rule;
    rule.kind = "logistics";
    rule.shop = "main";
    rule.connection = "3pl";
    rule.when["jurisdiction"] = {"UK"};
    auto& routes = bought.definitions->book().routes;
    routes = {rule};
    bought.Ask();
    bought.now += hours(72);
    rule.when["jurisdiction"] = {"EU"};
    routes.push_back(rule);
    bought.Say(EventType::kTimerFired, {});
    bought.now += hours(48);
    EXPECT_EQ(WriteJson(bought.Clock()["seconds_used"]), R"({"customer":172800,"us":259200})");
}

TEST(ClockView, EndsWhenTheMoneyIsThere) {
    Accepted accepted;
    EventData paid;
    paid.amount_minor = 5000;
    paid.currency = "EUR";
    paid.their_reference = "re_1";
    accepted.Say(EventType::kRefundSettled, paid);
    const Json before = accepted.Clock();
    EXPECT_EQ(before["paid_at"].AsString(), FormatInstant(accepted.now));
    accepted.now += hours(24 * 90);
    const Json after = accepted.Clock();
    EXPECT_TRUE(after["in_time"].AsBool());
    EXPECT_EQ(after["stays"], before["stays"]);
}

TEST(MoneyView, IsTwoListsOnThePage) {
    Accepted accepted;
    Json model = Json::Object();
    AddAccount(accepted.subject, accepted.header(), model);
    AddClock(accepted.Clock(), model);
    const Json& account = model["account"];
    ASSERT_EQ(account.Items().size(), 2u);
    EXPECT_EQ(account.Items()[0]["text"].AsString(), "1 × LAMP, with 7.99 EUR tax");
    EXPECT_EQ(account.Items()[0]["amount"].AsString(), "50.00 EUR");
    EXPECT_EQ(account.Items()[1]["text"].AsString(), "Still to be paid");
    const Json& spent = model["whose"]["spent"];
    ASSERT_EQ(spent.Items().size(), 3u);
    EXPECT_EQ(spent.Items()[0]["who"].AsString(), "carrier");
    EXPECT_EQ(spent.Items()[0]["days"].AsString(), "2.0");
    EXPECT_EQ(spent.Items()[1]["days"].AsString(), "1.0");
}

}  // namespace
}  // namespace returns::gateway
