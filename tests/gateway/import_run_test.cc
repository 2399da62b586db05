// Past orders through the door: in whole, once, as what they are, and nothing is paid again.
#include "gateway/import_run.h"

#include "tests/gateway/lane_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace returns::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kHeader =
    "record,order_id,line_id,sku,quantity,unit_price,currency,shipping,placed_at,tender_id,"
    "connection,reference,amount,return_id,requested_at,state,tracking,partner_reference,paid_at\n";

// Two lamps at 50.00, delivery 4.90, paid by card.
std::string Order(const std::string& id) {
    return "line," + id + ",1,SKU-1,2,50.00,EUR,4.90,2026-02-01\n" + "capture," + id +
           ",,,,,,,,T,psp,pi_" + id + ",104.90\n";
}
std::string Return(const std::string& id, int quantity, const std::string& state,
                   const std::string& rest = "") {
    return "return," + id + ",1,," + std::to_string(quantity) + ",,,,,,,,,R-" + id +
           ",2026-02-10," + state + "," + rest + "\n";
}
std::string Refund(const std::string& id, const std::string& amount, bool of_return = true,
                   const std::string& reference = "re") {
    return "refund," + id + ",,,,,,,,T,," + reference + "_" + id + "," + amount + "," +
           (of_return ? "R-" + id : "") + ",,,,,2026-02-20\n";
}

struct Import {
    explicit Import(LaneWorld& lane, const std::string& rows, ImportForm form = ImportForm::kCsv)
        : file(Good(
              ImportFile::Read(form == ImportForm::kCsv ? kHeader + rows : rows, form, 65536))),
          run(*lane.engine, file, "main", 50) {}
    static ImportFile Good(Result<ImportFile> read) {
        EXPECT_TRUE(read.ok()) << read.error().text;
        return std::move(read).value();
    }
    Import& All() {
        while (run.Step()) {
        }
        return *this;
    }
    std::vector<std::string> Faults() const {
        std::vector<std::string> texts;
        for (const ImportFault& fault : run.faults())
            texts.push_back(std::to_string(fault.line) + ": " + fault.text);
        return texts;
    }
    ImportFile file;
    ImportRun run;
};

struct World : LaneWorld {
    World() : LaneWorld({}, ImportLane({})) {}

    std::int64_t PaidMinor(const std::string& order) {
        std::int64_t paid = 0;
        for (const Leg& leg : Subject(order).legs) paid += leg.paid ? leg.amount_minor : 0;
        return paid;
    }
    // What we ask the provider for, while everything that can happen does.
    std::size_t Payments() {
        for (int day = 0; day < 3; ++day) Pass(std::chrono::hours(24));
        return http->To("psp", "POST").size();
    }
    std::vector<std::string> States(const std::string& order) {
        std::vector<std::string> states;
        for (const Slice& slice : Subject(order).slices) states.emplace_back(Name(slice.state));
        return states;
    }
};

TEST(ImportRun, ReturnsGoOnWhereTheyWereAndTimersBeginNow) {
    World world;
    std::string rows;
    const std::vector<std::pair<std::string, std::string>> states = {
        {"requested", "AUTHORISED"}, {"approved", "AUTHORISED"},
        {"posted", "IN_TRANSIT"},    {"arrived", "AT_PARTNER"},
        {"opened", "INSPECTING"},    {"accepted", "ACCEPTED"},
        {"rejected", "REJECTED"},    {"cancelled", "CANCELLED"},
        {"settled", "CLOSED"},       {"kept", "KEPT"}};
    for (const auto& [word, state] : states) rows += Order(word) + Return(word, 1, word, "TRK,P-1");
    const Import import = std::move(Import(world, rows).All());
    EXPECT_THAT(import.Faults(), IsEmpty());
    const Instant now = world.clock.Now();
    for (const auto& [word, state] : states) {
        EXPECT_THAT(world.States(word), ElementsAre(state)) << word;
        const Slice& slice = world.Subject(word).slices.front();
        EXPECT_TRUE(slice.state == ReturnState::kClosed || slice.due_at > now) << word;
        EXPECT_EQ(world.Subject(word).tickets.size(), 0u) << word;
    }
    const Case& posted = world.Subject("posted");
    EXPECT_EQ(FormatDate(posted.returns.front().requested_at), "2026-02-10");
    EXPECT_EQ(posted.returns.front().tracking, "TRK");
    const auto found = world.engine->Find({LookupKind::kTheirReference, "3pl", "P-1"});
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->size(), states.size()) << "the partner's callbacks will find them";
    world.Step();
    EXPECT_THAT(world.http->To("3pl", "POST"), IsEmpty()) << "the partner knows these returns";
}

TEST(ImportRun, AReturnThePartnerHasNoNameForIsAnnounced) {
    World world;
    Import import(world, Order("A") + Return("A", 1, "posted") + Order("B") +
                             Return("B", 1, "opened") + Order("C") + Return("C", 1, "settled"));
    import.All();
    ASSERT_EQ(import.run.commands().size(), 1u);
    EXPECT_EQ(import.run.commands().begin()->first.first.order_id, "A");
    EXPECT_EQ(import.run.commands().begin()->second.operation, "return.create");
}

TEST(ImportRun, ARefundThatWasPaidIsAdoptedAndNeverPaidAgain) {
    World world;
    const std::string rows = Order("A") + Return("A", 1, "settled") + Refund("A", "50.00") +
                             Order("B") + Return("B", 1, "accepted") + Refund("B", "50.00");
    Import import(world, rows);
    import.All();
    EXPECT_THAT(import.Faults(), IsEmpty());
    EXPECT_THAT(import.run.commands(), IsEmpty());
    for (const char* order : {"A", "B"}) {
        EXPECT_EQ(world.PaidMinor(order), 5000);
        ASSERT_EQ(world.Subject(order).legs.size(), 1u) << order;
        EXPECT_TRUE(world.Subject(order).legs.front().adopted);
        // The shop's own topic tells of them once more, in its own words.
        const std::string id = std::string(R"({"return_id":"R-)") + order + "\"";
        const std::string one = R"("lines":[{"id":"1","quantity":1}]})";
        world.Tell("return.requested", order, id + "," + one);
        world.Tell("return.opened", order, id + R"(,"lines":[{"id":"1","received":1}]})");
        world.Tell("return.inspected", order, id + R"(,"lines":[{"id":"1","accepted":1}]})");
        world.Tell(
            "refund.settled", order,
            id + R"(,"currency":"EUR","amount_minor":5000,"their_reference":"re_)" + order + "\"}");
    }
    EXPECT_EQ(world.Payments(), 0u);
    for (const char* order : {"A", "B"}) EXPECT_EQ(world.PaidMinor(order), 5000);
    // The other lamp may come back and is paid for once; a third there is not.
    for (const char* id : {"R-2", "R-3"}) {
        const std::string named = std::string(R"({"return_id":")") + id + "\",";
        world.Tell("return.requested", "A", named + R"("lines":[{"id":"1","quantity":1}]})");
        world.Tell("return.opened", "A", named + R"("lines":[{"id":"1","received":1}]})");
        world.Tell("return.inspected", "A", named + R"("lines":[{"id":"1","accepted":1}]})");
    }
    EXPECT_EQ(world.Payments(), 1u);
    EXPECT_EQ(world.Subject("A").returns.size(), 2u);
}

TEST(ImportRun, OfASettledReturnNothingIsOpenWhateverWasPaid) {
    World world;
    Import import(world, Order("Less") + Return("Less", 1, "settled") + Refund("Less", "40.00") +
                             Order("More") + Return("More", 2, "settled") +
                             Refund("More", "104.90") + Order("None") +
                             Return("None", 1, "settled"));
    import.All();
    EXPECT_THAT(import.Faults(), IsEmpty());
    EXPECT_EQ(world.Payments(), 0u);
    for (const auto& [order, paid] :
         {std::pair("Less", 4000), std::pair("More", 10490), std::pair("None", 0)}) {
        EXPECT_EQ(world.PaidMinor(order), paid);
        EXPECT_THAT(world.States(order), ElementsAre("CLOSED")) << order;
        EXPECT_EQ(world.Subject(order).tickets.size(), 0u) << order;
        EXPECT_EQ(world.Subject(order).quarantine, "");
    }
}

TEST(ImportRun, ARefundOfALineStandsForItsReturn) {
    World world;
    Import import(world, Order("A") + "refund,A,1,,1,,,,,T,,re_1,50.00,,,,,,2026-02-20\n");
    import.All();
    EXPECT_THAT(import.Faults(), IsEmpty());
    world.Tell("return.requested", "A", R"({"return_id":"R-9","lines":[{"id":"1","quantity":2}]})");
    EXPECT_EQ(world.Subject("A").returns.size(), 1u) << "one of the two has come back already";
    EXPECT_EQ(world.Payments(), 0u);
}

TEST(ImportRun, MoneyWithoutGoodsCountsAgainstTheCapture) {
    World world;
    Import import(world, Order("A") + Refund("A", "20.00", false));
    import.All();
    EXPECT_EQ(import.run.tally().refunds_without_goods, 1);
    EXPECT_EQ(world.PaidMinor("A"), 2000);
    EXPECT_EQ(world.Payments(), 0u);
    EXPECT_EQ(world.Subject("A").tickets.size(), 0u) << "the shop meant it";
    Import back(world, Return("A", 2, "accepted"));
    back.All();
    EXPECT_THAT(back.Faults(), IsEmpty());
    world.Payments();
    std::int64_t ready = 0, held = 0;
    for (const Leg& leg : world.Subject("A").legs)
        (leg.state == RefundState::kHeld ? held
         : leg.paid                      ? ready
                                         : ready) += leg.adopted ? 0 : leg.amount_minor;
    EXPECT_EQ(ready, 8490) << "104.90 were captured and 20.00 are back";
    EXPECT_EQ(held, 2000) << "a person decides about the rest";
}

TEST(ImportRun, TheSameFileAgainChangesNothing) {
    for (const char* form : {"csv", "ndjson"}) {
        World world;
        const std::string text(ImportExample(form));
        const auto again = [&] {
            auto file = ImportFile::Read(
                text, form == std::string("csv") ? ImportForm::kCsv : ImportForm::kNdjson, 65536);
            EXPECT_TRUE(file.ok());
            // The example names no connection of ours: the shop pays back itself.
            ImportRun run(*world.engine, *file, "main", 50);
            while (run.Step()) {
            }
            EXPECT_EQ(run.tally().faults, 0) << (run.faults().empty() ? "" : run.faults()[0].text);
            return run.tally();
        };
        const ImportTally first = again();
        EXPECT_GT(first.events_fresh, 4);
        EXPECT_EQ(first.events_known + first.events_ignored, form[0] == 'c' ? 1 : 0)
            << "of the approval, which the policy had given";
        const std::size_t rows = world.Journal().size();
        world.Restart();
        const ImportTally second = again();
        EXPECT_EQ(second.events_fresh, 0);
        EXPECT_EQ(second.by_currency.at("EUR")[0].fresh, 0);
        EXPECT_EQ(second.by_currency.at("EUR")[0].known, first.by_currency.at("EUR")[0].fresh);
        EXPECT_EQ(world.Journal().size(), rows) << "a repeat writes nothing";
    }
}

TEST(ImportRun, AnEndedRunGoesOnAndOrdersAreInWholeOrNotAtAll) {
    std::string rows;
    for (int i = 0; i < 300; ++i) {
        const std::string id = std::to_string(i);
        rows += Order(id) + Return(id, 1, "accepted") + Refund(id, "50.00");
    }
    World world;
    int left = 2;
    world.store->before_commit = [&](const Batch&) {
        return left-- > 0 ? sim::CommitFault::kNone : sim::CommitFault::kLost;
    };
    Import ended(world, rows);
    ended.All();
    ASSERT_TRUE(world.engine->failed());
    ASSERT_LT(world.database.cases.size(), 300u);
    ASSERT_GT(world.database.cases.size(), 100u);
    for (const auto& [key, row] : world.database.cases) {
        ASSERT_EQ(row.subject.legs.size(), 1u) << key.order_id;
        EXPECT_TRUE(row.subject.legs.front().paid) << "goods never stand without their refund";
    }
    const auto before = static_cast<std::int64_t>(world.database.cases.size());
    world.Restart();
    Import again(world, rows);
    again.All();
    EXPECT_THAT(again.Faults(), IsEmpty());
    EXPECT_EQ(world.database.cases.size(), 300u);
    EXPECT_EQ(again.run.tally().by_currency.at("EUR")[0].known, before);
    EXPECT_EQ(again.run.tally().by_currency.at("EUR")[0].fresh, 300 - before);
    EXPECT_EQ(world.Payments(), 0u);
}

TEST(ImportRun, RefusesWhatItCannotPlaceAndTakesTheRest) {
    World world;
    Import import(world, Return("Nowhere", 1, "posted") + Order("Good") +
                             "line,Odd,1,SKU-1,2,50.00,EUR,,2026-02-01\n"
                             "capture,Odd,,,,,,,,T,pps,pi,100.00\n" +
                             Order("Many") + Return("Many", 3, "posted"));
    import.All();
    EXPECT_THAT(import.Faults(),
                ElementsAre(HasSubstr("2: order Nowhere is not known"),
                            HasSubstr("5: column connection: no payment connection of the settings "
                                      "is called 'pps', did you mean 'psp'?"),
                            HasSubstr("9: return.requested: refused, line 1: 3 units")));
    EXPECT_THAT(import.run.refused(), ElementsAre(0u, 2u, 3u));
    EXPECT_TRUE(world.Subject("Good").placed);
    EXPECT_EQ(world.database.cases.count({"main", "Odd"}), 0u);
    EXPECT_EQ(world.database.cases.count({"main", "Nowhere"}), 0u) << "no shell is left waiting";
}

// What the topic has told stands; rows that say otherwise are named, and change nothing.
TEST(ImportRun, RowsThatContradictEventsAreNamedAndTheEventsStand) {
    World world;
    world.Tell("order.placed", "C",
               R"({"lines":[{"id":"1","sku":"SKU-1","quantity":1,"unit_price_minor":5000}],)"
               R"("currency":"EUR"})");
    world.Tell("order.captured", "C",
               R"({"currency":"EUR","tender":{"id":"T","kind":"card","connection":"psp",)"
               R"("reference":"pi_C","amount_minor":5000}})");
    world.Tell("return.requested", "C",
               R"({"return_id":"R-C","lines":[{"id":"1","quantity":1}],"resolution":"refund"})");
    world.Tell("refund.settled", "C",
               R"({"return_id":"R-C","currency":"EUR","amount_minor":5000,"their_reference":"x"})");
    const Case before = world.Subject("C");
    Import import(world, Order("C") + Return("C", 2, "posted"));
    import.All();
    EXPECT_THAT(import.Faults(), ElementsAre(HasSubstr("2: the order is known with other lines")));
    EXPECT_THAT(import.run.refused(), ElementsAre(0u));
    const Case& after = world.Subject("C");
    EXPECT_EQ(after.lines, before.lines);
    EXPECT_EQ(after.slices.size(), 1u);
    EXPECT_EQ(world.PaidMinor("C"), 5000);
    EXPECT_EQ(world.Payments(), 0u);
}

TEST(ImportRun, AnIdThatWasUsedForSomethingElseIsRefused) {
    World world;
    const std::string text(ImportExample("ndjson"));
    Import(world, text, ImportForm::kNdjson).All();
    std::string other = text;
    other.replace(other.find("99.80"), 5, "99.70");
    Import again(world, other, ImportForm::kNdjson);
    again.All();
    EXPECT_THAT(again.Faults(), ElementsAre(HasSubstr("2: order.captured: id old-2 was used")));
}

TEST(ImportRun, NobodyIsToldAgainOfWhatIsPast) {
    World world;
    Import(world, Order("A") + Return("A", 1, "posted")).All();
    world.Step();
    EXPECT_THAT(world.bus.produced, IsEmpty());
    world.Tell("parcel.delivered", "A", R"({"return_id":"R-A"})");
    EXPECT_EQ(world.bus.produced.size(), 1u);
}

}  // namespace
}  // namespace returns::gateway
