// The laws of the source tree. Each law is checked on every file, and bites on a planted violation
// and leaves its neighbour alone, so that no law passes because it looks at nothing.
#include "tests/laws_checks.h"
#include "tests/laws_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

namespace returns::laws {
namespace {

struct Planted {
    std::string path;
    std::string text;
};

struct Law {
    std::string name;
    Violations (*check)(const SourceFile& file);
    std::vector<Planted> bad;
    std::vector<Planted> good;
};
void PrintTo(const Law& law, std::ostream* out) { *out << law.name; }

std::string Repeat(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

// A function of so many lines, its signature and last brace included.
std::string FunctionOf(const std::string& signature, int lines) {
    return signature + " {\n" + Repeat("    Step();\n", lines - 2) + "}\n";
}

Law IncludeLaw() {
    return {"IncludeArrows",
            IncludeArrows,
            {{"schemas/a.cc", "#include \"workflows/decide.h\"\n"},
             {"workflows/a.h", "#pragma once\n#include \"connectors/jq.h\"\n"},
             {"connectors/a.cc", "#  include \"workflows/decide.h\"\n"},
             {"connectors/a.cc", "#include \"jq.h\"\n"},
             {"gateway/a.cc", "#include \"tests/sim/world.h\"\n"}},
            {{"workflows/a.cc", "#include \"schemas/case.h\"\n"},
             {"gateway/a.cc", "#include \"workflows/decide.h\"\n"},
             {"tests/a.cc", "#include \"tests/sim/world.h\"\n"}}};
}

Law ThirdPartyLaw() {
    return {"ThirdPartyHeaders",
            ThirdPartyHeaders,
            {{"schemas/event.cc", "#include <rapidjson/document.h>\n"},
             {"schemas/json.h", "#include <rapidjson/document.h>\n"},
             {"connectors/http.cc", "#include <openssl/evp.h>\n"},
             {"gateway/engine.cc", "#include <sqlite3.h>\n"},
             {"gateway/http_door.h", "#include <Poco/Net/HTTPServer.h>\n"},
             {"workflows/a.cc", "#include <unistd.h>\n"},
             {"gateway/a.cc", "#include <gtest/gtest.h>\n"},
             {"gateway/a.cc", "#include <somebody/new.h>\n"}},
            {{"schemas/json.cc", "#include <rapidjson/document.h>\n"},
             {"connectors/crypto.cc", "#include <openssl/evp.h>\n"},
             {"gateway/sqlite_store_read.cc", "#include <sqlite3.h>\n"},
             {"gateway/http_door.cc", "#include <Poco/Net/HTTPServer.h>\n"},
             {"gateway/main.cc", "#include <unistd.h>\n#include <vector>\n"}}};
}

Law PartsLaw() {
    return {"RefusedParts",
            RefusedParts,
            {{"gateway/http_door.cc", "#include <Poco/Net/HTTPServer.h>\n"},
             {"gateway/a.cc", "#include <Poco/Net/HTMLForm.h>\n"},
             {"gateway/a.cc", "#include <Poco/JWT/Token.h>\n"},
             {"gateway/log.cc", "#include <Poco/Logger.h>\n"}},
            {{"gateway/http_door.cc", "#include <Poco/Net/ServerSocket.h>\n"},
             {"tests/sandbox/web.cc", "#include <Poco/Net/HTTPServer.h>\n"}}};
}

Law CallLaw() {
    return {"BannedCalls",
            BannedCalls,
            {{"workflows/a.cc", "auto t = std::chrono::system_clock::now();\n"},
             {"workflows/a.cc", "int r = rand();\n"},
             {"workflows/a.cc", "auto t = time(nullptr);\n"},
             {"schemas/a.cc", "#include <thread>\n"},
             {"connectors/a.cc", "std::mutex mutex_;\n"},
             {"connectors/a.cc", "int s = ::socket(1, 2, 3);\n"},
             {"connectors/a.cc", "std::ifstream in(path);\n"},
             {"schemas/a.cc", "std::cout << 1;\n"},
             {"schemas/a.cc", "printf(\"x\");\n"},
             {"connectors/a.cc", "const char* home = getenv(\"HOME\");\n"},
             {"workflows/a.cc", "std::this_thread::sleep_for(one);\n"}},
            {{"workflows/a.cc", "// rand() is banned here\nauto text = \"std::cout\";\n"},
             {"workflows/a.cc",
              "int operand(int x); clock.time(); T time(ms); std::snprintf(b, 1, f);\n"},
             {"schemas/check.cc", "std::fprintf(stderr, text); std::abort();\n"},
             {"gateway/a.cc", "auto t = std::chrono::system_clock::now();\n"}}};
}

Law ThreadLaw() {
    return {"ThreadsAndWaiting",
            ThreadsAndWaiting,
            {{"gateway/engine.cc", "std::jthread thread_;\n"},
             {"gateway/dispatcher.h", "std::condition_variable wake_;\n"},
             {"gateway/engine.cc", "Poco::Thread::sleep(5);\n"},
             {"gateway/timers.cc", "usleep(10);\n"}},
            {{"gateway/app.cc", "std::jthread thread_;\n"},
             {"gateway/http_client.cc", "std::mutex mutex_;\n"},
             {"gateway/engine.cc", "bus.Poll(5); const auto lane = next_lane;\n"}}};
}

Law FileLengthLaw() {
    return {"FileLength",
            FileLength,
            {{"gateway/a.cc", Repeat("int x;\n", 501)},
             {"tests/a_test.cc", Repeat("int x;\n", 501)},
             {"schemas/a.h", Repeat("int x;\n", 151)}},
            {{"gateway/a.cc", Repeat("int x;\n", 500)},
             {"schemas/a.h", Repeat("int x;\n", 150)},
             {"schemas/openapi.yaml", Repeat("a: b\n", 900)}}};
}

Law FunctionLengthLaw() {
    const std::string indent = "    void Long(int a = 1) const {\n";
    return {
        "FunctionLength",
        FunctionLength,
        {{"gateway/a.cc", "namespace n {\n" + FunctionOf("int F(int x)", 71) + "}\n"},
         {"gateway/a.cc", "namespace {\n" + FunctionOf("A::A() : a_(1), b_{2}", 71) + "}\n"},
         {"schemas/a.h", "class A : public B {\n" + indent + Repeat("S();\n", 70) + "    }\n};\n"},
         {"workflows/a.cc", FunctionOf("bool A::operator==(const A& b) const", 71)},
         {"workflows/a.cc", FunctionOf("template <class T>\nstd::vector<T> F(\n    T a)", 69)}},
        {{"gateway/a.cc", FunctionOf("int F(int x)", 70) + FunctionOf("int G()", 70)},
         {"gateway/a.cc", "const int kTable[] = {\n" + Repeat("    1,\n", 90) + "};\n"},
         {"gateway/a.cc", "struct A {\n" + Repeat("    int F() { return 1; }\n", 90) + "};\n"},
         {"gateway/a.cc", Repeat("int F() {\n    Say(\"{\");\n    // {\n}\n", 30)},
         {"tests/a_test.cc", FunctionOf("int F(int x)", 90)}}};
}

Law LineLengthLaw() {
    return {"LineLength",
            LineLength,
            {{"gateway/a.cc", "//" + Repeat("x", 99) + "\n"},
             {"tests/a_test.cc", "//" + Repeat("x", 99)}},
            {{"gateway/a.cc", "//" + Repeat("x", 98) + "\n"},
             {"gateway/a.cc", "//" + Repeat("é", 98) + "\n"},
             {"README.md", Repeat("word ", 90)}}};
}

Law TypeNameLaw() {
    return {"TypeNames",
            TypeNames,
            {{"gateway/a.h", "class CaseManager {};\n"},
             {"gateway/a.cc", "class DoorHandler : public Poco::Net::HTTPRequestHandler {};\n"},
             {"schemas/a.h", "struct OrderInfo;\n"},
             {"schemas/a.h", "enum class BaseKind { kA };\n"},
             {"schemas/a.h", "using CaseData = int;\n"},
             {"schemas/string_util.h", "#pragma once\n"}},
            {{"schemas/event.h", "struct EventData {};\n"},
             {"schemas/a.h", "struct Database {}; // a Manager\n"},
             {"gateway/a.cc", "class Door : public Poco::Net::HTTPRequestHandler {};\n"}}};
}

Law OwnershipLaw() {
    return {"Ownership",
            Ownership,
            {{"connectors/a.h", "std::shared_ptr<int> p;\n"},
             {"workflows/a.cc", "auto p = std::make_shared<int>(1);\n"}},
            {{"connectors/a.h", "std::unique_ptr<int> p;\n"},
             {"gateway/a.cc", "std::shared_ptr<int> p;\n"}}};
}

Law PragmaLaw() {
    return {"PragmaOnce",
            PragmaOnce,
            {{"schemas/a.h", "// What it is.\n#ifndef A_H\n#define A_H\n#endif\n"},
             {"schemas/a.h", "// What it is.\n#include <vector>\n#pragma once\n"},
             {"schemas/a.h", ""}},
            {{"schemas/a.h", "// What it is.\n#pragma once\n"}, {"schemas/a.cc", "int x;\n"}}};
}

Law ProviderNameLaw() {
    return {"ProviderNames",
            ProviderNames,
            {{"workflows/a.cc", "if (connection == \"Stripe\") Retry();\n"},
             {"gateway/a.cc", "// PayPal forgets keys\n"},
             {"workflows/machines/a.json", "{\"guard\": \"is_adyen\"}\n"}},
            {{"gateway/a.cc", "// such as payment/stripe\n"},
             {"tests/a.cc", "auto stripe = StripeFace();\n"},
             {"connectors/payment/adyen/connector.json", "\"Adyen refunds\"\n"}}};
}

Law MachinePathLaw() {
    return {"MachinePaths",
            MachinePaths,
            {{"deploy/test",
              "cd /wo"
              "rk/main\n"},
             {"README.md",
              "(/ho"
              "me/somebody/backhaul)\n"},
             {"tests/a.cc",
              "auto specs = \"."
              "./shared/specs\";\n"}},
            {{"README.md",
              "https://example.org/net"
              "work/x, a/wo"
              "rk/y\n"},
             {".ci/run",
              "cd ."
              "./shared/specs\n"},
             {"deploy/kafka",
              "cache=${HOME}/ho"
              "me/x\n"}}};
}

Law UnfinishedLaw() {
    return {"UnfinishedMarks",
            UnfinishedMarks,
            {{"gateway/a.cc",
              "// TO"
              "DO: later\n"},
             {"README.md",
              "FIX"
              "ME\n"},
             {"deploy/test",
              "# XX"
              "X\n"}},
            {{"deploy/test",
              "mktemp backhaul.XX"
              "XXXX\n"},
             {"schemas/money.cc",
              "{\"XX"
              "X\", 0},\n"},
             {"README.md",
              "METHOD"
              "OLOGY\n"}}};
}

class LawTest : public testing::TestWithParam<Law> {};

TEST_P(LawTest, BitesOnEveryPlantedViolation) {
    for (const auto& planted : GetParam().bad) {
        EXPECT_FALSE(GetParam().check(MakeFile(planted.path, planted.text)).empty())
            << planted.path << ":\n"
            << planted.text;
    }
}

TEST_P(LawTest, LeavesLawfulFilesAlone) {
    for (const auto& planted : GetParam().good) {
        for (const auto& violation : GetParam().check(MakeFile(planted.path, planted.text))) {
            ADD_FAILURE() << planted.path << ":" << violation.line << ": " << violation.text << "\n"
                          << planted.text;
        }
    }
}

TEST_P(LawTest, HoldsInTheTree) {
    static const auto tree = ReadTree(BACKHAUL_SOURCE_DIR);
    ASSERT_FALSE(tree.empty());
    for (const auto& file : tree) {
        for (const auto& violation : GetParam().check(file)) {
            ADD_FAILURE() << file.path << ":" << violation.line << ": " << violation.text;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Laws, LawTest,
                         testing::Values(IncludeLaw(), ThirdPartyLaw(), PartsLaw(), CallLaw(),
                                         ThreadLaw(), FileLengthLaw(), FunctionLengthLaw(),
                                         LineLengthLaw(), TypeNameLaw(), OwnershipLaw(),
                                         PragmaLaw(), ProviderNameLaw(), MachinePathLaw(),
                                         UnfinishedLaw()),
                         [](const auto& law) { return law.param.name; });

// A law can only hold in files that were read.
TEST(Tree, IsReadWhole) {
    const auto tree = ReadTree(BACKHAUL_SOURCE_DIR);
    for (const auto* path : {"CMakeLists.txt", "schemas/result.h", "schemas/check.cc",
                             "workflows/decide.h", "gateway/ports.h", "tests/laws_test.cc"}) {
        EXPECT_TRUE(std::any_of(tree.begin(), tree.end(), [&](const SourceFile& file) {
            return file.path == path;
        })) << path;
    }
}

TEST(Source, BlanksCommentsAndLiteralsOnly) {
    const auto file = MakeFile("a.cc",
                               "int a = 1'000; // one {\n"
                               "auto b = \"{\\\"\"; auto c = '{'; /* { */ int d;\n"
                               "auto e = R\"x({ \" )\" )x\"; int f;\n");
    EXPECT_EQ(file.code.size(), file.text.size());
    EXPECT_EQ(file.code.find('{'), std::string::npos);
    for (const auto* kept : {"int a = 1'000;", "auto b =", "auto c =", "int d;", "int f;"}) {
        EXPECT_NE(file.code.find(kept), std::string::npos) << kept;
    }
}

TEST(Source, MeasuresFunctions) {
    const auto functions = Functions(MakeFile("a.cc",
                                              "namespace n {\n"
                                              "\n"
                                              "// About F.\n"
                                              "int F(int a,\n"
                                              "      int b) {\n"
                                              "    if (a) { return [] { return 1; }(); }\n"
                                              "    return b;\n"
                                              "}\n"
                                              "A::A() : x_{1} {\n"
                                              "}\n"
                                              "}  // namespace n\n"));
    ASSERT_EQ(functions.size(), 2U);
    EXPECT_EQ(functions[0].head, "int F");
    EXPECT_EQ(functions[0].line, 4);
    EXPECT_EQ(functions[0].lines, 5);
    EXPECT_EQ(functions[1].head, "A::A");
    EXPECT_EQ(functions[1].lines, 2);
}

}  // namespace
}  // namespace returns::laws
