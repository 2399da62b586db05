// The folder a new connector starts from, and a callback tried on it step by step.
#include "connectors/conformance.h"
#include "gateway/blind_words.h"
#include "gateway/connector_skeleton.h"
#include "gateway/connector_try.h"
#include "gateway/definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using connectors::Connector;
using testing::HasSubstr;
using testing::Not;

TEST(Skeleton, OfEveryKindPassesItsOwnCases) {
    for (const std::string kind : {"logistics", "payment", "desk"}) {
        const auto files = SkeletonOf(kind + "/acme-2");
        ASSERT_TRUE(files.ok()) << files.error().text;
        const auto report = connectors::TestConnector(*files);
        EXPECT_TRUE(report.ok()) << connectors::FormatReport(report, kind);
        EXPECT_GE(report.passed, 6);
        for (const auto& [name, text] : *files)
            EXPECT_THAT(text, Not(testing::ContainsRegex("@[A-Z_]+@"))) << name;
    }
}

TEST(Skeleton, NamesAreThoseOfFolders) {
    for (const char* bad : {"acme", "logistics", "logistics/", "logistics/../up", "logistics/Acme",
                            "logistics/a/b", "notify/acme", "/acme", "logistics/-a"})
        EXPECT_FALSE(SkeletonOf(bad).ok()) << bad;
    EXPECT_THAT(SkeletonOf("shop/acme").error().text, HasSubstr("oms-example"));
}

class Trying : public testing::Test {
protected:
    Trying() {
        const auto texts = ReadDefinitionFiles(BACKHAUL_SOURCE_DIR "/workflows");
        definitions_ = std::move(Definitions::Load(*texts, "en")).value();
        definitions_->book().mint_key = [](const CaseKey& key, std::int64_t command) {
            return key.order_id + "-" + std::to_string(command);
        };
        ask_.files = SkeletonOf("logistics/acme").value();
        ask_.now = *ParseInstant("2026-02-28T10:00:10Z");
        const Json cases = (*ParseJson(ask_.files.at("fixtures/callbacks.json")))["cases"];
        const Json& signed_one = cases.Items()[1]["callback"];
        ask_.body = WriteJson(signed_one["body"]);
        for (const auto& [name, value] : signed_one["headers"].Members())
            ask_.headers.emplace_back(name, value.AsString());
    }
    std::string Try() {
        auto report = TryCallback(ask_, definitions_->book());
        if (!report.ok()) return report.error().text;
        good_ = report->good();
        return FormatTry(*report);
    }
    std::unique_ptr<Definitions> definitions_;
    TryAsk ask_;
    bool good_ = false;
};

TEST_F(Trying, EachStepIsToldToTheEnd) {
    const std::string text = Try();
    EXPECT_TRUE(good_) << text;
    for (const char* words :
         {"signature       verified", "hmac-sha256 in the header webhook-signature",
          "over \"{id}.{timestamp}.{body}\"", "5 s before now", "key 1 fits",
          "callback.jq gives 1 event", "return.inspected", "an example: R-17 line 1 x1 IN_TRANSIT",
          "return.inspected: moved", "goods IN_TRANSIT -> ACCEPTED (graded_ok)",
          "202 {\"kind\":\"decided\"", "after           R-17 line 1 x1 ACCEPTED"})
        EXPECT_THAT(text, HasSubstr(words));
}

TEST_F(Trying, WhyASignatureIsRefusedIsFound) {
    const std::string good = ask_.body;
    ask_.body = good + "\n";
    EXPECT_THAT(Try(), HasSubstr("without the line end at the end of the file"));
    EXPECT_FALSE(good_);
    const auto json = ParseJson(good);
    ask_.body = WriteJsonPretty(*json);
    EXPECT_THAT(Try(), HasSubstr("the same JSON written without spaces"));
    ask_.body = good;
    ask_.secret = "whsec_YW5vdGhlciBvbmU=";
    EXPECT_THAT(Try(), HasSubstr("either the secret is another"));
    ask_.secret.clear();
    ask_.now += std::chrono::hours(24);
    const std::string stale = Try();
    EXPECT_THAT(stale, HasSubstr("--now 2026-02-28T10:00:05.000Z"));
    EXPECT_THAT(stale, HasSubstr("the signature itself is right"));
    ask_.headers[0].first = "webhook-idd";
    EXPECT_THAT(Try(), HasSubstr("did you mean 'webhook-idd'?"));
    EXPECT_THAT(Try(), HasSubstr("ACCEPTED")) << "the rest is shown all the same";
}

TEST_F(Trying, WhatIsNotUnderstoodSaysSo) {
    ask_.files["callback.jq"] = "error(\"no\")";
    const std::string text = Try();
    EXPECT_FALSE(good_);
    EXPECT_THAT(text, HasSubstr("mapping     BAD not understood: callback.jq"));
    EXPECT_THAT(text, HasSubstr("/v1/parked"));
}

TEST_F(Trying, ACaseMayBeGiven) {
    ask_.events = *ParseJson(R"([
        {"type": "order.placed", "id": "1", "order_id": "7", "occurred_at": "2026-02-01T00:00:00Z",
         "data": {"currency": "EUR", "lines": [{"id": "1", "sku": "LAMP", "quantity": 1,
          "unit_price_minor": 500}]}}])");
    EXPECT_THAT(Try(), HasSubstr("as given: an order without returns"));
    EXPECT_THAT(Try(), HasSubstr("return.inspected: ")) << "and says what became of it";
    ask_.events = *ParseJson("{}");
    EXPECT_THAT(Try(), HasSubstr("reading the case: "));
}

TEST(BlindWords, TellWhatRunsOut) {
    const auto texts = ReadDefinitionFiles(BACKHAUL_SOURCE_DIR "/workflows");
    const auto definitions = Definitions::Load(*texts, "en");
    const auto connector = Connector::Load(SkeletonOf("logistics/acme").value());
    ASSERT_TRUE(connector.ok());
    const BlindWords words = WordsOf(*connector, (*definitions)->book());
    EXPECT_THAT(
        words.untold,
        testing::Contains("This partner does not tell when a parcel is scanned on its way."));
    EXPECT_THAT(words.timers,
                testing::Contains(HasSubstr("in AUTHORISED runs out even when all is "
                                            "well, since nobody tells parcel.scanned; "
                                            "only parcel.delivered or "
                                            "return.inspected ends it before. Then: "
                                            "EXPIRED.")));
    const Json json = TellsJson(*connector, (*definitions)->book());
    EXPECT_EQ(json["timers"].Items()[0]["state"].AsString(), "AUTHORISED");
    EXPECT_EQ(json["unseen"].Items()[0].AsString(), "IN_TRANSIT");
    EXPECT_EQ(json["events"]["parcel.delivered"].Items()[0].AsString(), "callback");
}

}  // namespace
}  // namespace returns::gateway
