#include "schemas/json.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace returns {
namespace {

Json Parsed(std::string_view text) {
    Result<Json> parsed = ParseJson(text);
    EXPECT_TRUE(parsed.ok()) << (parsed.ok() ? "" : parsed.error().text);
    return parsed.ok() ? std::move(parsed).value() : Json();
}

std::string Repeated(std::string_view piece, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += piece;
    return out;
}

TEST(JsonTest, KeepsOrderAndLiterals) {
    const std::string text =
        R"({"z":1,"a":[true,false,null,-0,1.50,1e3,12345678901234567890123],"m":{"":"x"}})";
    EXPECT_EQ(WriteJson(Parsed(text)), text);
    EXPECT_EQ(Parsed(text)["a"].Items()[6].Literal(), "12345678901234567890123");
}

TEST(JsonTest, ReadsOnlyWholeNumbersAsInt) {
    EXPECT_EQ(*Parsed("9223372036854775807").AsInt(), INT64_MAX);
    EXPECT_EQ(*Parsed("-9223372036854775808").AsInt(), INT64_MIN);
    for (const char* text : {"9223372036854775808", "1.0", "1e3", "\"1\"", "null", "true"}) {
        EXPECT_FALSE(Parsed(text).AsInt().ok()) << text;
    }
}

TEST(JsonTest, RefusesWhatIsNotOneSoundText) {
    const std::vector<std::string> bad = {"",
                                          " ",
                                          "{",
                                          "[1,]",
                                          "{\"a\":1,}",
                                          "{} x",
                                          "{}{}",
                                          "nul",
                                          "01",
                                          "+1",
                                          ".5",
                                          "1.",
                                          "NaN",
                                          "Infinity",
                                          "'a'",
                                          "// c\n1",
                                          "[1 2]",
                                          "\"a",
                                          "\"\t\"",
                                          R"("\x")",
                                          R"("\u12")",
                                          R"("\u0000")",
                                          R"({"\u0000":1})",
                                          R"("\ud800")",
                                          R"("\udc00")",
                                          R"("\ud800\u0041")",
                                          R"("a\udfff")",
                                          "\"\xff\"",
                                          "\"\xc0\xaf\"",
                                          "\"\xed\xa0\x80\"",
                                          "\"\xf5\x80\x80\x80\"",
                                          "\"\xe2\x82\"",
                                          "\xEF\xBB\xBF{}",
                                          std::string("{}\0", 3),
                                          std::string("\"a\0b\"", 5),
                                          std::string("{}\0garbage", 10),
                                          R"({"a":1,"a":2})",
                                          R"([{"a":{"b":1,"c":2,"b":3}}])",
                                          R"({"a":1,"\u0061":2})",
                                          "1e400",
                                          std::string(400, '9')};
    for (const std::string& text : bad) {
        const Result<Json> parsed = ParseJson(text);
        ASSERT_FALSE(parsed.ok()) << text;
        EXPECT_EQ(parsed.error().code, Code::kInvalid) << text;
        EXPECT_NE(parsed.error().text.find("at byte"), std::string::npos) << parsed.error().text;
    }
}

TEST(JsonTest, RefusesDuplicatesAmongManyMembers) {
    std::string text = "{";
    for (int i = 0; i < 500; ++i) text += "\"k" + std::to_string(i) + "\":0,";
    EXPECT_TRUE(ParseJson(text + "\"k500\":0}").ok());
    const Result<Json> twice = ParseJson(text + "\"k250\":0}");
    ASSERT_FALSE(twice.ok());
    EXPECT_NE(twice.error().text.find("'k250' stands twice"), std::string::npos);
}

TEST(JsonTest, AcceptsTheEdgesOfUnicode) {
    EXPECT_EQ(Parsed(R"("\ud83d\ude00")").AsString(), "\xF0\x9F\x98\x80");
    EXPECT_EQ(Parsed("\"\xED\x9F\xBF\"").AsString(), "\xED\x9F\xBF");  // last before surrogates
    EXPECT_EQ(Parsed("\"\xEE\x80\x80\"").AsString(), "\xEE\x80\x80");  // first after them
    EXPECT_EQ(WriteJson(Json::String("\x01\"\\\n\r\t/\x7f")), "\"\\u0001\\\"\\\\\\n\\r\\t/\x7f\"");
}

TEST(JsonTest, LimitsDepthWithoutUsingTheStack) {
    EXPECT_TRUE(ParseJson(Repeated("[", 32) + Repeated("]", 32)).ok());
    EXPECT_EQ(ParseJson(Repeated("[", 33) + Repeated("]", 33)).error().code, Code::kLimit);
    const JsonLimits wide{20 << 20, 32};
    EXPECT_EQ(ParseJson(Repeated("[", 1'000'000), wide).error().code, Code::kLimit);
    EXPECT_EQ(ParseJson(Repeated("{\"a\":", 200'000), wide).error().code, Code::kLimit);
}

TEST(JsonTest, LimitsBytesAndReadsTenMegabytes) {
    const std::string text = "[\"" + std::string(10 << 20, 'x') + "\"]";
    EXPECT_EQ(ParseJson(text).error().code, Code::kLimit);
    const Result<Json> parsed = ParseJson(text, {11 << 20, 32});
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed->Items()[0].AsString().size(), std::size_t{10 << 20});
    std::string many = "[0";
    while (many.size() < (1 << 20)) many += ",{\"a\":[1]}";
    many += "]";
    const Result<Json> wide = ParseJson(many, {11 << 20, 32});
    ASSERT_TRUE(wide.ok());
    EXPECT_EQ(WriteJson(*wide), many);
}

TEST(JsonTest, ReadsOfTheWrongKindAreEmpty) {
    const Json text = Json::String("x");
    EXPECT_FALSE(text.AsBool());
    EXPECT_EQ(text.Literal(), "");
    EXPECT_TRUE(text.Items().empty());
    EXPECT_TRUE(text["a"].IsNull());
    EXPECT_EQ(text.Find("a"), nullptr);
    EXPECT_EQ(Json::Int(7).AsString(), "");
}

TEST(JsonTest, SetReplacesAndAppends) {
    Json object;
    object.Set("a", Json::Int(1));
    object.Set("b", Json::Int(2));
    object.Set("a", Json::Bool(true));
    Json list;
    list.Append(object);
    EXPECT_EQ(WriteJson(list), R"([{"a":true,"b":2}])");
    EXPECT_EQ(WriteJsonPretty(list), "[\n  {\n    \"a\": true,\n    \"b\": 2\n  }\n]\n");
    EXPECT_EQ(WriteJsonPretty(Json::Object()), "{}\n");
}

// A random tree: text of any bytes JSON can carry, numbers by their text.
Json Tree(int depth) {
    const int kind = *rc::gen::inRange(0, depth > 0 ? 6 : 4);
    const auto text = [] {
        const auto points = *rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 0x250));
        std::string out;
        for (const int point : points) {
            if (point < 0x80) {
                out += static_cast<char>(point);
            } else {
                out += static_cast<char>(0xC0 | (point >> 6));
                out += static_cast<char>(0x80 | (point & 63));
            }
        }
        return out;
    };
    if (kind == 0) return Json();
    if (kind == 1) return Json::Bool(*rc::gen::arbitrary<bool>());
    if (kind == 2) return Json::Int(*rc::gen::arbitrary<std::int64_t>());
    if (kind == 3) return Json::String(text());
    Json out = kind == 4 ? Json::Array() : Json::Object();
    const int size = *rc::gen::inRange(0, 5);
    for (int i = 0; i < size; ++i) {
        if (kind == 4) {
            out.Append(Tree(depth - 1));
        } else {
            out.Set(text(), Tree(depth - 1));
        }
    }
    return out;
}

RC_GTEST_PROP(JsonProperty, ParsingWhatWasWrittenGivesTheSame, ()) {
    const Json tree = Tree(4);
    RC_ASSERT(ParseJson(WriteJson(tree)).value() == tree);
    RC_ASSERT(ParseJson(WriteJsonPretty(tree)).value() == tree);
}

RC_GTEST_PROP(JsonProperty, AnyBytesAreReadOrRefused, (const std::string& bytes)) {
    const Result<Json> parsed = ParseJson(bytes);
    if (parsed.ok()) RC_ASSERT(ParseJson(WriteJson(*parsed)).value() == *parsed);
}

TEST(JsonSchemaTest, Validates) {
    const Result<JsonSchema> schema = JsonSchema::Load(R"({
        "type": "object", "required": ["id"], "additionalProperties": false,
        "definitions": {"id": {"type": "string", "minLength": 1, "maxLength": 8,
                               "pattern": "^R-[0-9]+$"}},
        "properties": {
            "id": {"$ref": "#/definitions/id"},
            "n": {"type": "integer", "minimum": 0, "maximum": 1000000000000000},
            "kind": {"enum": ["a", 1]},
            "list": {"type": "array", "minItems": 1, "items": {"type": ["number", "null"]}}}})");
    ASSERT_TRUE(schema.ok()) << schema.error().text;
    const char* good[] = {R"({"id":"R-1"})", R"({"id":"R-1","n":0,"kind":"a","list":[1.5,null]})",
                          R"({"id":"R-1","n":1000000000000000,"kind":1})"};
    for (const char* text : good) {
        EXPECT_TRUE(schema->Validate(Parsed(text)).ok()) << text;
    }
    const std::pair<const char*, const char*> bad[] = {
        {R"({})", "required"},
        {R"({"id":"S-1"})", "'/id' does not meet 'pattern'"},
        {R"({"id":"R-1234567"})", "'/id' does not meet 'maxLength'"},
        {R"({"id":"R-1","n":-1})", "'/n' does not meet 'minimum'"},
        {R"({"id":"R-1","n":1.5})", "'/n' does not meet 'type'"},
        {R"({"id":"R-1","n":"1"})", "'/n' does not meet 'type'"},
        {R"({"id":"R-1","n":99999999999999999999})", "/n"},
        {R"({"id":"R-1","kind":"b"})", "'/kind' does not meet 'enum'"},
        {R"({"id":"R-1","list":[]})", "'/list' does not meet 'minItems'"},
        {R"({"id":"R-1","list":[1,"2"]})", "'/list/1' does not meet 'type'"},
        {R"({"id":"R-1","more":1})", "additionalProperties"},
        {R"([])", "type"}};
    for (const auto& [text, why] : bad) {
        const Status status = schema->Validate(Parsed(text));
        ASSERT_FALSE(status.ok()) << text;
        EXPECT_NE(status.error().text.find(why), std::string::npos) << status.error().text;
    }
}

TEST(JsonSchemaTest, RefusesWhatWouldBeIgnored) {
    const char* bad[] = {
        R"({"const": 1})",
        R"({"format": "date-time"})",
        R"({"exclusiveMinimum": 0})",
        R"({"if": {}})",
        R"({"propertyNames": {}})",
        R"({"contains": {}})",
        R"({"patternProperties": {"a": {}}})",
        R"({"type": "text"})",
        R"({"type": []})",
        R"({"multipleOf": 0.01})",
        R"({"multipleOf": 0})",
        R"({"minLength": -1})",
        R"({"minLength": "1"})",
        R"({"required": []})",
        R"({"required": "a"})",
        R"({"properties": {"a": true}})",
        R"({"properties": []})",
        R"({"enum": []})",
        R"({"items": [true]})",
        R"({"items": true})",
        R"({"anyOf": []})",
        R"({"not": true})",
        R"({"$ref": "https://x/y"})",
        R"({"$ref": "#/definitions/none"})",
        R"({"$ref": 1})",
        R"({"$ref": "#/definitions/a", "type": "object", "definitions": {"a": {}}})",
        R"({"pattern": "^a$"})",
        R"~({"pattern": "(?<=a)b", "maxLength": 9})~",
        R"~({"pattern": "(", "maxLength": 9})~",
        R"({"pattern": "\u00e9", "maxLength": 9})",
        R"({"pattern": "^a$", "maxLength": 5000})",
        R"({"allOf": [{"surprise": 1}]})",
        R"({"dependencies": {"a": {"surprise": 1}}})",
        R"([])",
        R"(true)",
        R"({)"};
    for (const char* text : bad) {
        EXPECT_FALSE(JsonSchema::Load(text).ok()) << text;
    }
}

}  // namespace
}  // namespace returns
