#include "connectors/jq.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace returns::connectors {
namespace {

Result<Json> RunText(const std::string& text, const std::string& input) {
    auto jq = Jq::Compile({{"a.jq", text}});
    if (!jq.ok()) return jq.error();
    return jq->Run("a.jq", ParseJson(input).value());
}

std::string Output(const std::string& text, const std::string& input) {
    const auto value = RunText(text, input);
    return value.ok() ? WriteJson(*value) : value.error().text;
}

TEST(Jq, Maps) {
    EXPECT_EQ(Output(".a", R"({"a": 1})"), "1");
    EXPECT_EQ(Output("def twice(f): f | f; {b: (.a | twice(. + 1)), a}", R"({"a": 1})"),
              R"({"b":3,"a":1})");
    EXPECT_EQ(Output(R"j([.a[] | select(.k == "x") | "\(.v)-\(.v | length)"])j",
                     R"({"a": [{"k": "x", "v": "one"}, {"k": "y", "v": "two"}]})"),
              R"(["one-3"])");
    EXPECT_EQ(Output(R"(lookup(.t; .k), lookup(.t; "z") | [.])", R"({"t": {"a": 7}, "k": "a"})"),
              "running mapping a.jq: it gave more than one value");
    EXPECT_EQ(Output(R"([lookup(.t; .k), lookup(.t; "z"), lookup(null; 3)])",
                     R"({"t": {"a": 7}, "k": "a"})"),
              "[7,null,null]");
    EXPECT_EQ(Output(R"(if .a then "yes" elif .b then "no" else null end)", R"({"b": true})"),
              R"("no")");
    EXPECT_EQ(Output(R"(.list[0], .list[-1:] | [.])", R"({"list": [1,2]})").substr(0, 7),
              "running");
    EXPECT_EQ(Output(R"([.list[0], .["list"][1:2], .list[1]?])", R"({"list": [1,2]})"),
              "[1,[2],2]");
    EXPECT_EQ(Output("1600000000 | todate", "null"), R"("2020-09-13T12:26:40Z")");
    EXPECT_EQ(Output(".a // \"none\"", "{}"), R"("none")");
}

TEST(Jq, KeepsNumbersExact) {
    EXPECT_EQ(Output(".", "9007199254740992"), "9007199254740992");
    EXPECT_EQ(Output(".", "9007199254740993"), R"("9007199254740993")");
    EXPECT_EQ(Output(".", "[19.90, 1.0, 1e3, -7]"), R"(["19.90","1.0","1e3",-7])");
    EXPECT_NE(Output("\"0.5\" | tonumber", "null").find("keep it as text"), std::string::npos);
    EXPECT_NE(Output("\"1e400\" | tonumber", "null").find("keep it as text"), std::string::npos);
}

TEST(Jq, KeepsTextExact) {
    EXPECT_EQ(Output("{(.a): .a}", R"({"a": "Zürich \"x\" 日本"})"),
              R"({"Zürich \"x\" 日本":"Zürich \"x\" 日本"})");
}

TEST(Jq, NamesFileAndLine) {
    const auto jq = Jq::Compile({{"first.jq", "1"}, {"second.jq", ".a\n| $nowhere"}});
    ASSERT_FALSE(jq.ok());
    EXPECT_EQ(jq.error().text.substr(0, 39), "compiling mapping second.jq: line 2: jq")
        << jq.error().text;
}

TEST(Jq, FailsWithoutShowingValues) {
    const std::string text = Output(".name + 1", R"({"name": "Ada Lovelace"})");
    EXPECT_NE(text.find("cannot be added"), std::string::npos) << text;
    EXPECT_EQ(text.find("Ada"), std::string::npos) << text;
    const std::string raised = Output("error({name: .name})", R"({"name": "Ada"})");
    EXPECT_EQ(raised.find("Ada"), std::string::npos);
    EXPECT_EQ(Output("empty", "1"), "running mapping a.jq: it gave no value");
    EXPECT_EQ(Output("(1, 2)", "1"), "running mapping a.jq: it gave more than one value");
}

TEST(Jq, RunsAgainAfterAFailure) {
    auto jq = Jq::Compile({{"a.jq", ".a + 1"}, {"b.jq", ".a"}});
    ASSERT_TRUE(jq.ok());
    const Json input = ParseJson(R"({"a": "x"})").value();
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(jq->Run("a.jq", input).ok());
        EXPECT_EQ(jq->Run("b.jq", input).value().AsString(), "x");
    }
}

TEST(Jq, AllowsNothingButTheList) {
    for (const char* text : {"env",
                             "$ENV",
                             "$ENV.PATH",
                             "input",
                             "inputs",
                             "import \"a\" as a; .",
                             "include \"a\"; .",
                             "now",
                             "localtime",
                             "mktime",
                             "debug",
                             "halt",
                             "halt_error",
                             "input_line_number",
                             "$__loc__",
                             "$__prog_args",
                             "getpath([\"a\"])",
                             "path(.a)",
                             "recurse",
                             "..",
                             "repeat(.)",
                             "while(true; .)",
                             "until(false; .)",
                             "range(1000000000)",
                             "limit(1; .)",
                             "test(\"a\")",
                             "[.[] | match(\"(a+)+$\")]",
                             "split(\"a\"; \"g\")",
                             "\"a\" * 1000000000",
                             ". * 2",
                             "1 / 0",
                             "1 % 0",
                             ".a = 1",
                             ".a |= 1",
                             ".a += 1",
                             ".a //= 1",
                             "del(.a)",
                             "setpath([\"a\"]; 1)",
                             "to_entries | map(env)",
                             ".[.a]",
                             ".a[.b]",
                             ".[1 + 1]",
                             ".[\"a\\(.b)\"]",
                             "{a: env}",
                             "{(env): 1}",
                             "\"\\(env)\"",
                             "\"\\(\"\\(now)\")\"",
                             "@sh",
                             "fromjson",
                             "implode",
                             "infinite",
                             "builtins",
                             "modulemeta",
                             "get_search_list",
                             "splits(\"a\")",
                             "sub(\"a\"; \"b\")",
                             "a::b",
                             "label $x | break $x",
                             ". as [$a] ?// $a | 1",
                             "tojson | env",
                             "if env then 1 else 2 end",
                             "def f: env; f",
                             "reduce range(9) as $i (0; .)",
                             "walk(.)",
                             "input_filename",
                             "ltrimstr(now)",
                             "$x::y",
                             "try env catch .",
                             "(env)",
                             "[env]",
                             "-env",
                             "not|env",
                             "first(env)"}) {
        const Status status = CheckMapping({"a.jq", text});
        EXPECT_FALSE(status.ok()) << text;
    }
}

TEST(Jq, ClosesTheWaysAroundTheList) {
    for (const char* text : {
             "def f: f; f",                           // recursion
             "def f(g): def h: f(g); h; f(.)",        // through a function inside
             "def env: 1; env | (def length: 2; .)",  // hiding an allowed name
             "(def env: 1; env) | env",               // the own name has gone out of scope
             "def f: (def env: 1; env); env",         //
             "def f(env): env; env",                  // as has the parameter
             "if (def now: 1; now) then now else 1 end",
             "if def now: 1; true then now else 1 end",  //
             "def f(length): length; f(1)",              // a parameter hiding an allowed name
             "1); def x: (env",                          // out of the wrapping
             "1) | (1",
             "\"open",
             "\"\\(1",
             "{a: 1",
             "1 end",
             "def f: 1",
             "def f 1;",
             "[1)",
         }) {
        EXPECT_FALSE(CheckMapping({"a.jq", text}).ok()) << text;
    }
}

TEST(Jq, AllowsWhatMappingsNeed) {
    for (const char* text : {
             "# a comment with env\n.",
             "{env: 1, now: .env, \"input\": .[\"input\"], now}",
             ".env.now | .input?",
             "\"env now $ENV .. * \\\" \\n\"",
             "def f(a; $b): def g: a; g + $b; f(.x; 1) | f(.y; 2)",
             "def f: 1; def g: f; [f, g]",
             "reduce .[] as {a: $x, b: [$y]} (0; . + $x - $y)",
             "{(\"a\" + .b): 1} | to_entries | map(select(.value >= 1 and (.key | not)))",
             "if .a == 1 then [1, 2] elif .b != null then {a: 1} else [] end",
             "foreach .[] as $x (0; . + $x; [.])",
             "@base64 \"x\\(.a)\"",
             ".a.b[0].c[\"d\"][1:2]",
             "try error(\"x\") catch .",
             "{a: (if . then 1 else 2 end), b}",
             "[.[] | {k, v: 1}] | .[0]",
         }) {
        const Status status = CheckMapping({"a.jq", text});
        EXPECT_TRUE(status.ok()) << text << ": " << (status.ok() ? "" : status.error().text);
    }
}

TEST(Jq, SuggestsTheNameMeant) {
    EXPECT_EQ(
        CheckMapping({"a.jq", "\n to_entrys"}).error().text,
        "checking mapping a.jq: line 2: 'to_entrys' is not allowed, did you mean 'to_entries'?");
}

TEST(Jq, LimitsTheProgramAndTheResult) {
    EXPECT_FALSE(CheckMapping({"a.jq", std::string(70'000, ' ') + "1"}).ok());
    JqLimits limits;
    limits.output_values_max = 10;
    limits.depth_max = 3;
    auto jq = Jq::Compile({{"many.jq", "[.[], .[]]"}, {"deep.jq", "[[[[[1]]]]]"}}, limits);
    ASSERT_TRUE(jq.ok());
    const Json six = ParseJson("[1,2,3,4,5,6]").value();
    EXPECT_EQ(jq->Run("many.jq", six).error().code, Code::kLimit);
    EXPECT_EQ(jq->Run("deep.jq", six).error().code, Code::kLimit);
}

// Nested loops over one input: as long as a mapping can take.
TEST(Jq, StopsWhenHalted) {
    auto jq =
        Jq::Compile({{"slow.jq", "[.[] as $a | .[] as $b | .[] as $c | .[] as $d | 1] | length"},
                     {"quick.jq", "length"}});
    ASSERT_TRUE(jq.ok());
    Json input = Json::Array();
    for (int i = 0; i < 400; ++i) input.Append(Json::Int(i));
    std::atomic<bool> done = false;
    std::thread watchdog([&] {
        while (!done) jq->Halt();
    });
    const auto slow = jq->Run("slow.jq", input);
    done = true;
    watchdog.join();
    ASSERT_FALSE(slow.ok());
    EXPECT_EQ(slow.error().code, Code::kLimit);
    EXPECT_EQ(jq->Run("quick.jq", input).value(), Json::Int(400));
}

// Settings are kept in jq's form from run to run: never beyond their change, and no run may mark
// them for the next.
TEST(Jq, TakesAnInputMemberByMember) {
    auto jq = Jq::Compile(
        {{"both.jq", "[.settings, .body]"}, {"more.jq", "[(.settings + {a: 9}), .settings]"}});
    ASSERT_TRUE(jq.ok());
    const Json body = ParseJson(R"({"x":[1,"y",null]})").value();
    const auto run = [&](std::string_view mapping, const Json& settings) {
        return WriteJson(jq->Run(mapping, {{"settings", &settings}, {"body", &body}}).value());
    };
    for (const std::string text :
         {R"({"a":1})", R"({"a":2})", "null", R"({"a":2})", R"({"a":1})"}) {
        const Json settings = ParseJson(text).value();
        for (int i = 0; i < 2; ++i) {
            EXPECT_EQ(run("both.jq", settings), "[" + text + R"(,{"x":[1,"y",null]}])");
            EXPECT_EQ(run("more.jq", settings), R"([{"a":9},)" + text + "]");
        }
    }
    Json deep = Json::Int(1);
    for (int i = 0; i < 70; ++i) deep = Json::Array({std::move(deep)});
    for (int i = 0; i < 2; ++i) {
        const auto refused = jq->Run("both.jq", {{"settings", &deep}, {"body", &body}});
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().text, "running mapping both.jq: its input is nested too deep");
    }
    // More names than are kept, and longer ones.
    Json many = Json::Object();
    for (int i = 0; i < 1500; ++i)
        many.Set(std::string(static_cast<std::size_t>(i % 90), 'n') + std::to_string(i),
                 Json::Int(i));
    auto count = Jq::Compile({{"count.jq", "[.body[]] | [length, add]"}});
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(WriteJson(count->Run("count.jq", {{"body", &many}}).value()), "[1500,1124250]");
}

TEST(Jq, TwinsRunBesideEachOther) {
    auto jq = Jq::Compile({{"sum.jq", "map(.a) | add"}, {"names.jq", "map(keys[0]) | unique"}});
    ASSERT_TRUE(jq.ok());
    Jq twin = jq->Twin();
    Jq other = twin.Twin();
    const Json input = ParseJson(R"([{"a":1},{"a":2},{"a":4}])").value();
    std::atomic<bool> done = false;
    std::thread watchdog([&] {
        while (!done) other.Halt();
    });
    std::thread beside([&] {
        for (int i = 0; i < 200; ++i) EXPECT_EQ(jq->Run("sum.jq", input).value(), Json::Int(7));
    });
    for (int i = 0; i < 200; ++i) EXPECT_EQ(twin.Run("sum.jq", input).value(), Json::Int(7));
    beside.join();
    EXPECT_EQ(WriteJson(twin.Run("names.jq", input).value()), R"(["a"])");
    done = true;
    watchdog.join();
    EXPECT_EQ(other.Run("sum.jq", input).value(), Json::Int(7));
}

}  // namespace
}  // namespace returns::connectors
