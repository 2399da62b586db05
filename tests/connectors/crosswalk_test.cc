#include "connectors/crosswalk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace returns::connectors {
namespace {

using ::testing::HasSubstr;

Json Parsed(std::string_view text) { return ParseJson(text).value(); }

Manifest Tables(bool number = false, bool both_ways = true) {
    Manifest manifest;
    SettingDeclaration skus;
    skus.form = SettingDeclaration::Form::kTable;
    skus.required = true;
    skus.codes = "sku";
    skus.number = number;
    skus.both_ways = both_ways;
    manifest.settings["articles"] = skus;
    SettingDeclaration reasons;
    reasons.form = SettingDeclaration::Form::kTable;
    reasons.codes = "reason";
    manifest.settings["reasons"] = reasons;
    return manifest;
}

std::string ErrorOf(const Manifest& manifest, std::string_view settings) {
    const auto ready = PrepareCrosswalks(manifest, Parsed(settings));
    return ready.ok() ? "" : ready.error().text;
}

TEST(Crosswalk, RefusesACodeMappedTwoWaysAndNamesBoth) {
    EXPECT_EQ(ErrorOf(Tables(), R"({"articles": {"A": "1", "B": "2"}})"), "");
    EXPECT_EQ(ErrorOf(Tables(), R"({"articles": {"A": "1", "B": "1"}})"),
              "checking settings: table 'articles': 'A' and 'B' both lead to 1; what comes back "
              "could be either");
    EXPECT_EQ(ErrorOf(Tables(false, false), R"({"articles": {"A": "1", "B": "1"}})"), "")
        << "nothing comes back";
    EXPECT_EQ(ErrorOf(Tables(), R"({"articles": {"A": "1"}, "reasons": {"a": "X", "b": "X"}})"),
              "");
    EXPECT_THAT(ErrorOf(Tables(), R"({"articles": {"*": "1"}})"), HasSubstr("has no way back"));
    EXPECT_THAT(ErrorOf(Tables(), R"({"articles": {"A": 1}})"),
                HasSubstr("'A' must lead to a text"));
    EXPECT_THAT(ErrorOf(Tables(true), R"({"articles": {"A": "1"}})"),
                HasSubstr("'A' must lead to a whole number"));
    EXPECT_THAT(ErrorOf(Tables(), R"({"articles": {"A": ""}})"), HasSubstr("'A' must lead to"));
}

TEST(Crosswalk, PutsTheirsBesideOurs) {
    const Manifest manifest = Tables();
    const Json settings =
        PrepareCrosswalks(
            manifest,
            Parsed(R"({"articles": {"A": "1"}, "reasons": {"size": "FIT", "*": "OTHER"}})"))
            .value();
    const Json command =
        Parsed(R"({"reason": "size", "lines": [{"sku": "A", "reason": "moths"}]})");
    const auto translated = Translated(manifest, command, settings);
    ASSERT_TRUE(translated.ok()) << translated.error().text;
    EXPECT_EQ((*translated)["their_reason"].AsString(), "FIT");
    EXPECT_EQ((*translated)["lines"].Items()[0]["their_sku"].AsString(), "1");
    EXPECT_EQ((*translated)["lines"].Items()[0]["their_reason"].AsString(), "OTHER");
    EXPECT_EQ((*translated)["lines"].Items()[0]["sku"].AsString(), "A");
}

TEST(Crosswalk, NamesEachMissingCodeOnce) {
    const Manifest manifest = Tables();
    const Json settings =
        PrepareCrosswalks(manifest,
                          Parsed(R"({"articles": {"A": "1"}, "reasons": {"size": "FIT"}})"))
            .value();
    const Json command = Parsed(R"({"reason": "", "lines": [{"sku": "B", "reason": "moths"},
        {"sku": "B", "reason": "size"}, {"sku": "", "reason": ""}, {"sku": "A"}]})");
    std::vector<std::string> missing;
    for (const Untranslated& each : FindUntranslated(manifest, command, settings))
        missing.push_back(each.table + " " + each.kind + " '" + each.code + "'");
    EXPECT_THAT(missing, ::testing::ElementsAre("articles sku 'B'", "articles sku ''",
                                                "reasons reason 'moths'"))
        << "no reason is no code, but no article is nothing to announce";
    const auto translated = Translated(manifest, command, settings);
    ASSERT_FALSE(translated.ok());
    EXPECT_EQ(translated.error().text,
              "sku 'B' has no translation in the table 'articles' of the settings");
}

TEST(Crosswalk, ATableThatIsNotGivenTranslatesNothing) {
    const Manifest manifest = Tables();
    const Json settings =
        PrepareCrosswalks(manifest, Parsed(R"({"articles": {"A": "1"}})")).value();
    const Json command = Parsed(R"({"lines": [{"sku": "A", "reason": "moths"}]})");
    EXPECT_TRUE(FindUntranslated(manifest, command, settings).empty());
    EXPECT_EQ((*Translated(manifest, command, settings))["lines"].Items()[0].Find("their_reason"),
              nullptr);
}

Json Told(const Json& theirs) {
    const Json data =
        Json::Object({{"lines", Json::Array({Json::Object({{"their_sku", theirs}})})}});
    return Json::Array(
        {Json::Object({{"type", Json::String("return.inspected")}, {"data", data}})});
}

TEST(Crosswalk, ReadsTheirsAsOurs) {
    const Manifest manifest = Tables(true);
    const Json settings =
        PrepareCrosswalks(manifest, Parsed(R"({"articles": {"A": 1, "B": 2}})")).value();
    const auto ours = TranslatedBack(manifest, Told(Json::Int(2)), settings);
    ASSERT_TRUE(ours.ok());
    EXPECT_EQ(WriteJson(ours->Items()[0]["data"]["lines"].Items()[0]),
              R"({"sku":"B","id":"sku:B"})");
    const auto unknown = TranslatedBack(manifest, Told(Json::Int(7)), settings);
    ASSERT_FALSE(unknown.ok());
    const auto code = UntranslatedIn("decoding: " + unknown.error().text);
    ASSERT_TRUE(code.has_value());
    EXPECT_EQ(code->table, "articles");
    EXPECT_EQ(code->kind, "sku");
    EXPECT_EQ(code->code, "7");
    EXPECT_TRUE(code->back);
    EXPECT_FALSE(UntranslatedIn("something else").has_value());
}

// There and back again, in tables of every size, prepared or not.
RC_GTEST_PROP(CrosswalkProperty, ComesBackAsItWent, (bool prepared)) {
    const Manifest manifest = Tables(true);
    const int size = *rc::gen::inRange(1, 60);
    std::vector<int> order(static_cast<std::size_t>(size));
    for (int n = 0; n < size; ++n) order[static_cast<std::size_t>(n)] = n;
    for (std::size_t n = order.size(); n > 1; --n)
        std::swap(order[n - 1],
                  order[static_cast<std::size_t>(*rc::gen::inRange(0, static_cast<int>(n)))]);
    Json table = Json::Object();
    for (const int n : order) table.Set("SKU-" + std::to_string(n), Json::Int(1000 - n));
    Json settings = Json::Object({{"articles", table}});
    if (prepared || size > 16) settings = PrepareCrosswalks(manifest, settings).value();
    const int one = *rc::gen::inRange(0, size);
    const std::string sku = "SKU-" + std::to_string(one);
    const Json line = Json::Object({{"sku", Json::String(sku)}});
    const auto there =
        Translated(manifest, Json::Object({{"lines", Json::Array({line})}}), settings);
    RC_ASSERT(there.ok());
    const Json theirs = (*there)["lines"].Items()[0]["their_sku"];
    RC_ASSERT(theirs == Json::Int(1000 - one));
    const auto back = TranslatedBack(manifest, Told(theirs), settings);
    RC_ASSERT(back.ok());
    RC_ASSERT(back->Items()[0]["data"]["lines"].Items()[0]["sku"].AsString() == sku);
}

}  // namespace
}  // namespace returns::connectors
