// Checks the checker: each disagreement, planted in books that agree, is found and named.
#include "tests/live/books.h"

#include "gateway/definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <ostream>

namespace returns::live {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::StartsWith;

const std::string kSecret(48, 's');

std::string Key(std::int64_t command) {
    return gateway::MintKey(kSecret, 1, {"main", "O-1"}, command);
}

Json Parsed(const std::string& text) {
    const Result<Json> json = ParseJson(text);
    EXPECT_TRUE(json.ok()) << text;
    return json.ok() ? *json : Json();
}

struct Row {
    std::string payer = "provider", reference = "O-1-1", theirs = "re_1", amount = "500",
                status = "succeeded", tender = "pi_1";
};

std::string Refund(const Row& row) {
    return R"({"payer":")" + row.payer + R"(","order_id":"O-1","our_reference":")" + row.reference +
           R"(","their_reference":")" + row.theirs + R"(","amount_minor":)" + row.amount +
           R"(,"currency":"EUR","status":")" + row.status + R"(",")" +
           (row.payer == "shop" ? "tender_id" : "payment") + R"(":")" + row.tender + "\"}";
}

std::string Attempt(const std::string& key, bool refused = false,
                    const std::string& reference = "O-1-1") {
    return R"({"payer":"provider","order_id":"O-1","our_reference":")" + reference +
           R"(","key":")" + key + R"(","refused":)" + (refused ? "true" : "false") + "}";
}

std::string Said(const std::string& theirs, const std::string& amount, bool paid = true) {
    return R"({"their_reference":")" + theirs + R"(","amount_minor":)" + amount +
           R"(,"currency":"EUR","paid":)" + (paid ? "true" : "false") + "}";
}

struct Books {
    std::vector<std::string> refunds = {
        Refund({}), Refund({"shop", "O-1-2", "SR-1", "300", "succeeded", "gift"})};
    std::vector<std::string> attempts = {Attempt(Key(3)), Attempt(Key(3))};
    std::vector<std::string> said = {Said("re_1", "500"), Said("SR-1", "300"),
                                     Said("", "70", false)};

    static std::string List(const std::vector<std::string>& rows) {
        std::string text;
        for (const std::string& row : rows) text += (text.empty() ? "" : ",") + row;
        return "[" + text + "]";
    }
    Json Theirs() const {
        return Parsed(R"({"orders":[{"order_id":"O-1","tenders":[)"
                      R"({"id":"card","reference":"pi_1","captured_minor":1000},)"
                      R"({"id":"gift","reference":"","captured_minor":300}]}],"refunds":)" +
                      List(refunds) + R"(,"attempts":)" + List(attempts) + "}");
    }
    std::vector<std::string> Differences() const {
        return Compare(Theirs(), {Parsed(R"({"order_id":"O-1","refunds":)" + List(said) + "}")});
    }
};

TEST(Books, ThatAgreeAreLeftAlone) {
    Books books;
    books.refunds.push_back(Refund({"provider", "O-1-3", "re_9", "400", "failed"}));
    books.attempts.push_back(Attempt(Key(4), true, "O-1-3"));
    books.attempts.push_back(Attempt(Key(5), false, "O-1-3"));  // after a refusal
    EXPECT_THAT(books.Differences(), IsEmpty());
    EXPECT_THAT(ForeignKeys(books.Theirs(), kSecret), IsEmpty());
}

struct Disagreement {
    const char* name;
    void (*plant)(Books& books);
    const char* says;
};

void PrintTo(const Disagreement& each, std::ostream* out) { *out << each.name; }

constexpr Disagreement kDisagreements[] = {
    {"PaidTwice",
     [](Books& books) {
         books.refunds.push_back(Refund({"provider", "O-1-1", "re_2"}));
         books.said.push_back(Said("re_2", "500"));
     },
     "paid twice"},
    {"SaidButNotPaid", [](Books& books) { books.said.push_back(Said("re_2", "0")); },
     "said but not paid"},
    {"SaidBeforeItWasPaid", [](Books& books) { books.refunds[0] = Refund({.status = "pending"}); },
     "said but not paid"},
    {"PaidButNotSaid", [](Books& books) { books.said.erase(books.said.begin()); },
     "paid but not said"},
    {"AnotherAmount",
     [](Books& books) {
         books.said = {Said("re_1", "300"), Said("SR-1", "500")};
     },
     "another amount"},
    {"MoreThanCaptured",
     [](Books& books) {
         books.refunds.push_back(Refund({"provider", "O-1-3", "re_3", "501"}));
         books.said.push_back(Said("re_3", "501"));
     },
     "more than captured"},
    {"MoreThanCapturedIsOnItsWay",
     [](Books& books) {
         books.refunds.push_back(Refund({"provider", "O-1-3", "re_3", "501", "pending"}));
     },
     "more than captured"},
    {"MoreThanTheShopTook",
     [](Books& books) {
         books.refunds.push_back(Refund({"shop", "O-1-3", "SR-2", "1", "succeeded", "gift"}));
         books.said.push_back(Said("SR-2", "1"));
     },
     "more than captured"},
    {"PaidOnNoTender", [](Books& books) { books.refunds[0] = Refund({.tender = "pi_2"}); },
     "more than captured"},
    {"PaidAgainByAnotherTry",
     [](Books& books) {
         books.refunds.push_back(Refund({"provider", "O-1-1-2", "re_2"}));
         books.said.push_back(Said("re_2", "500"));
     },
     "paid twice"},
    {"PaidAgainAfterARestore",
     [](Books& books) {
         for (const char* name : {"O-1-3-g4", "O-1-3-2-g4"}) {
             books.refunds.push_back(Refund({"provider", name, std::string("re_") + name, "100"}));
             books.said.push_back(Said(std::string("re_") + name, "100"));
         }
     },
     "paid twice"},
    {"TwoKeys", [](Books& books) { books.attempts.push_back(Attempt(Key(4))); },
     "two keys for one command"},
    {"TwoKeysOfTwoTries",
     [](Books& books) { books.attempts.push_back(Attempt(Key(4), false, "O-1-1-2")); },
     "two keys for one command"},
    {"SumsDiffer", [](Books& books) { books.refunds[0] = Refund({.amount = "499"}); },
     "the sums differ"},
};

// A restored gateway numbers its refunds anew: the same number of another history is another one.
TEST(Books, RefundsOfTwoHistoriesAreTwo) {
    Books books;
    books.refunds.push_back(Refund({"provider", "O-1-1-g2", "re_2"}));
    books.said.push_back(Said("re_2", "500"));
    books.attempts.push_back(Attempt(Key(4), false, "O-1-1-g2"));
    EXPECT_THAT(books.Differences(), IsEmpty());
}

class Disagreements : public testing::TestWithParam<Disagreement> {};

TEST_P(Disagreements, AreFound) {
    Books books;
    GetParam().plant(books);
    EXPECT_THAT(books.Differences(), Contains(StartsWith(GetParam().says)));
}

INSTANTIATE_TEST_SUITE_P(Books, Disagreements, testing::ValuesIn(kDisagreements),
                         [](const auto& about) { return std::string(about.param.name); });

TEST(Books, APaymentInPartsIsOnePayment) {
    Books books;
    books.said[0] = Said("re_1", "450");
    books.said.push_back(Said("re_1", "50"));
    EXPECT_THAT(books.Differences(), IsEmpty());
    books.said.push_back(Said("re_1", "1"));
    EXPECT_THAT(books.Differences(), Contains(StartsWith("another amount")));
}

// What the banks took, what is owed and what came back, each side as it should be.
struct Owed {
    std::string theirs = R"({"payments":[{"reference":"pi_1","order_id":"O-1",)"
                         R"("captured_minor":1000}],"refunds":[{"order_id":"O-1","payment":"pi_1",)"
                         R"("their_reference":"re_1","amount_minor":400,"status":"succeeded"},)"
                         R"({"order_id":"O-1","payment":"pi_1","their_reference":"re_2",)"
                         R"("amount_minor":100,"status":"pending"}],"disputes":[)"
                         R"({"reference":"dp_1","order_id":"O-1","payment":"pi_1",)"
                         R"("amount_minor":600,"status":"lost"}],"returns":[)"
                         R"({"our_reference":"R-1","status":"Completed","accepted":1}]})";
    std::string ours = R"({"order_id":"O-1","disputes":[{"reference":"dp_1","amount_minor":600,)"
                       R"("state":"lost"}],"refunds":[)"
                       R"({"return_id":"R-1","state":"SETTLED","paid":true},)"
                       R"({"return_id":"R-1","state":"PENDING","paid":false,)"
                       R"("their_reference":"re_2"},)"
                       R"({"return_id":"R-2","state":"HELD","paid":false}],)"
                       R"("tickets":[{"return_id":"R-2","state":"open"}]})";

    void Swap(std::string& text, const std::string& from, const std::string& to) {
        const std::size_t at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        text.replace(at, from.size(), to);
    }
    std::vector<std::string> Found() const { return CompareOwed(Parsed(theirs), {Parsed(ours)}); }
};

TEST(Books, WhatIsOwedAgrees) { EXPECT_THAT(Owed().Found(), IsEmpty()); }

struct Doctored {
    const char* name;
    bool theirs;  // which side is doctored
    const char *from, *to, *says;
};

void PrintTo(const Doctored& each, std::ostream* out) { *out << each.name; }

constexpr Doctored kDoctored[] = {
    {"ChargebackForgotten", false, "dp_1", "dp_9", "chargeback not known"},
    {"ChargebackInvented", false, "dp_1", "dp_9", "chargeback nobody made"},
    {"ChargebackOfAnotherAmount", false, "600", "601", "chargeback not known"},
    {"LostChargebackSaidToBeWon", false, "lost", "won", "chargeback not known"},
    {"TakenTwice", true, R"("amount_minor":400)", R"("amount_minor":401)", "taken twice"},
    {"OwedAndForgotten", false, R"("state":"open")", R"("state":"resolved")", "owed and nobody"},
    {"UnderWayToNobody", true, R"("status":"pending")", R"("status":"failed")", "owed and nobody"},
    {"AcceptedAndForgotten", true, R"("our_reference":"R-1")", R"("our_reference":"R-3")",
     "accepted and never owed"},
};

class DoctoredBooks : public testing::TestWithParam<Doctored> {};

TEST_P(DoctoredBooks, AreSeenThrough) {
    const Doctored& each = GetParam();
    Owed owed;
    owed.Swap(each.theirs ? owed.theirs : owed.ours, each.from, each.to);
    EXPECT_THAT(owed.Found(), Contains(StartsWith(each.says)));
}

INSTANTIATE_TEST_SUITE_P(Books, DoctoredBooks, testing::ValuesIn(kDoctored),
                         [](const auto& about) { return std::string(about.param.name); });

TEST(Books, TakenTwiceIsWellWhereItIsMarked) {
    Owed owed;
    owed.Swap(owed.theirs, R"("amount_minor":400)", R"("amount_minor":401)");
    owed.Swap(owed.ours, R"("state":"SETTLED")", R"("state":"OVERPAID")");
    EXPECT_THAT(owed.Found(), IsEmpty());
}

struct Trace {
    const char* name;
    std::vector<std::string> rows;
    const char* says;
};

TEST(Books, WhatWasProducedLeavesOneTrace) {
    const auto row = [](const std::string& event) {
        return Parsed(R"({"source":"kafka:t","event":)" + event + "}");
    };
    const std::string ours = R"({"specversion":"1.0","id":"1","subject":"O-1"})";
    const std::vector<Json> produced = {
        row(ours), row(ours),  // told twice, counts once
        row(R"({"msg":"m","kind":"ORDER","order":{"no":"O-1","state":"OPEN","pay":[{},{}]}})"),
        row(R"({"msg":"n","kind":"RMA","rma":{"order":"O-1"}})")};
    const Trace traces[] = {{"Agrees", std::vector<std::string>(5, "kafka:t"), ""},
                            {"Lost", std::vector<std::string>(4, "kafka:t"), "lost: order O-1"},
                            {"Twice", std::vector<std::string>(6, "kafka:t"), "done twice"},
                            {"Elsewhere", std::vector<std::string>(5, "timer"), "lost"}};
    for (const Trace& trace : traces) {
        SCOPED_TRACE(trace.name);
        std::string rows;
        for (const std::string& source : trace.rows)
            rows += (rows.empty() ? "" : ",") + (R"({"source":")" + source + "\"}");
        const Json order = Parsed(R"({"order_id":"O-1","timeline":[)" + rows + "]}");
        const std::vector<std::string> found = WithoutTrace(produced, {order});
        if (*trace.says == 0)
            EXPECT_THAT(found, IsEmpty());
        else
            EXPECT_THAT(found, Contains(StartsWith(trace.says)));
    }
}

TEST(Books, AFrozenCaseIsNotWell) {
    const Json order = Parsed(R"({"order_id":"O-1","frozen":"more than 4096 events"})");
    EXPECT_THAT(WithoutTrace({}, {order}), Contains("frozen: order O-1: more than 4096 events"));
}

TEST(Books, KeysOfAnotherSecretAreForeign) {
    const Books books;
    EXPECT_THAT(ForeignKeys(books.Theirs(), std::string(48, 't')),
                Contains(StartsWith("a foreign key")));
}

}  // namespace
}  // namespace returns::live
