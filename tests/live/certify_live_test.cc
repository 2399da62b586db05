// `backhaul partner certify` against a partner that does everything right and against crooked ones,
// each of which fails for its own reason and for nothing else. All over loopback HTTP.
#include "schemas/json.h"
#include "tests/live/gateway_world.h"
#include "tests/live/live_process.h"
#include "tests/sandbox/candidate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace returns::live {
namespace {

using sandbox::Candidate;
using sandbox::CandidateFaults;
using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr milliseconds kPatience{120000};

class Certification : public testing::Test {
protected:
    Certification() {
        WriteFile(folder_.path() + "/token", sandbox::kCandidateToken);
        WriteFile(folder_.path() + "/old", sandbox::kCandidateKeys[0]);
        WriteFile(folder_.path() + "/new", sandbox::kCandidateKeys[1]);
        const auto file = [&](const char* name) {
            return Json::String("file:" + folder_.path() + "/" + name);
        };
        Settings(Json::Object({{"api_token", file("token")},
                               {"callback_keys", Json::Array({file("old"), file("new")})}}));
    }
    void Settings(const Json& settings) {
        WriteFile(folder_.path() + "/settings.json", WriteJson(settings));
    }
    std::vector<std::string> Command(const Candidate& candidate,
                                     const std::vector<std::string>& more) const {
        std::vector<std::string> all = {BACKHAUL_PROGRAM,
                                        "partner",
                                        "certify",
                                        "--connector",
                                        BACKHAUL_SOURCE_DIR "/tests/sandbox/candidate",
                                        "--settings-json",
                                        folder_.path() + "/settings.json",
                                        "--url",
                                        candidate.url()};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    // Both directions, the candidate's pauses cut to a fiftieth.
    std::vector<std::string> Whole(const Candidate& candidate,
                                   std::vector<std::string> more = {}) const {
        more.insert(more.begin(), {"--listen", "127.0.0.1:0", "--control", candidate.control_url(),
                                   "--hurry", "50", "--wait", "20", "--json"});
        return Command(candidate, more);
    }
    live::Run Certify(const Candidate& candidate, const std::vector<std::string>& more) {
        return RunProgram(Command(candidate, more), folder_.path());
    }
    static std::vector<std::string> Names(const Json& report, const std::string& result) {
        std::vector<std::string> names;
        for (const Json& each : report["cases"].Items())
            if (each["result"].AsString() == result) names.push_back(each["name"].AsString());
        return names;
    }
    static Json CaseOf(const Json& report, const std::string& name) {
        for (const Json& each : report["cases"].Items())
            if (each["name"].AsString() == name) return each;
        ADD_FAILURE() << "no case " << name;
        return {};
    }

    Folder folder_;
};

struct Crooked {
    std::string name;
    CandidateFaults faults;
    std::string grade;
    std::vector<std::string> failed;
};

std::vector<Crooked> CrookedOnes() {
    return {
        {"none", {}, "A", {}},
        {"doubles", {.doubles_returns = true}, "D", {"create-repeat"}},
        {"any-token", {.takes_any_token = true}, "D", {"credentials-refused"}},
        {"rewritten", {.signs_rewritten_bodies = true}, "D", {"signature-raw-bytes"}},
        {"differences", {.tells_differences = true}, "D", {"partial-absolute"}},
        {"new-ids", {.new_ids_for_repeats = true}, "D", {"repeat-same-id"}},
        {"one-try",
         {.never_retries = true},
         "D",
         {"retry-429", "retry-500", "retry-slow", "retry-outage"}},
        {"chatty", {.repeats_after_success = true}, "B", {"no-retry-after-2xx"}},
        {"boxes", {.calls_boxes_short = true}, "D", {"empty-box"}},
        {"amnesiac",
         {.finds_nothing = true},
         "D",
         {"create", "create-cut-answer", "create-unicode", "create-big", "their-500",
          "their-slow-answer"}},
        {"sloppy",
         {.sloppy = true},
         "D",
         {"create-nonsense", "create-unknown-field", "lookup-absent", "label-expiry",
          "cancel-unknown", "cancel-after-arrival", "cancel-race", "their-429", "key-rotation",
          "late", "reordered", "short", "empty-box", "wrong-item"}},
        {"clock", {.clock_ahead = std::chrono::minutes(3)}, "C", {"clock-skew"}},
    };
}

// They mostly wait, so they wait side by side.
TEST_F(Certification, EachCrookedPartnerFailsForItsOwnReasonAndTheHonestOneForNone) {
    const std::vector<Crooked> all = CrookedOnes();
    std::vector<std::unique_ptr<Candidate>> candidates;
    std::vector<std::unique_ptr<Child>> runs;
    for (const Crooked& each : all) {
        const std::string at = folder_.path() + "/" + each.name;
        candidates.push_back(std::make_unique<Candidate>(each.faults));
        runs.push_back(
            std::make_unique<Child>(Whole(*candidates.back()), at + ".json", at + ".log"));
    }
    for (std::size_t at = 0; at < all.size(); ++at) {
        SCOPED_TRACE(all[at].name);
        const std::string file = folder_.path() + "/" + all[at].name;
        EXPECT_EQ(runs[at]->Exit(kPatience), all[at].failed.empty() ? 0 : 1)
            << ReadFile(file + ".log");
        const auto report = ParseJson(ReadFile(file + ".json"), {.bytes_max = 4 << 20});
        ASSERT_TRUE(report.ok()) << report.error().text << ReadFile(file + ".log");
        EXPECT_EQ((*report)["all"]["grade"].AsString(), all[at].grade);
        EXPECT_EQ(Names(*report, "failed"), all[at].failed);
        EXPECT_THAT(Names(*report, "not tested"), IsEmpty());
        EXPECT_GE((*report)["cases"].Items().size(), 30U);
        for (const std::string& name : all[at].failed)
            EXPECT_FALSE(CaseOf(*report, name)["evidence"].Items().empty()) << name;
    }
}

TEST_F(Certification, ReportsForProgramsAndPeopleWithoutSecrets) {
    const Candidate candidate({.doubles_returns = true});
    const std::string out = folder_.path() + "/report";
    const live::Run run =
        RunProgram(Whole(candidate, {"--report", out, "--case", "create-repeat", "--case",
                                     "signature", "--case", "credentials-refused"}),
                   folder_.path());
    EXPECT_EQ(run.exit, 1) << run.error;
    const std::string json = ReadFile(out + "/certify.json"),
                      page = ReadFile(out + "/certify.html");
    EXPECT_EQ(json, run.out);
    const auto schema = JsonSchema::Load(ReadFile(BACKHAUL_SOURCE_DIR "/schemas/certify.json"));
    ASSERT_TRUE(schema.ok()) << schema.error().text;
    const auto report = ParseJson(json);
    ASSERT_TRUE(report.ok());
    const Status valid = schema->Validate(*report);
    EXPECT_TRUE(valid.ok()) << valid.error().text;
    EXPECT_EQ((*report)["cases"].Items().size(), 3U);
    for (const std::string& text : {json, page, run.error}) {
        EXPECT_THAT(text, Not(HasSubstr(sandbox::kCandidateToken)));
        EXPECT_THAT(text, Not(HasSubstr(std::string(sandbox::kCandidateKeys[0]).substr(6))));
        EXPECT_THAT(text, Not(HasSubstr("nobody-issued-this")));
    }
    EXPECT_THAT(json, HasSubstr("Authorization: [secret removed]"));
    EXPECT_THAT(page, AllOf(HasSubstr("<html lang=\"en\">"), HasSubstr("name=\"viewport\""),
                            HasSubstr("@media print"), Not(HasSubstr("<script")),
                            Not(HasSubstr("src=")), Not(HasSubstr("url("))));
    EXPECT_THAT(page, ContainsRegex("Grade D.*1 case failed"));
    EXPECT_THAT(page, HasSubstr("A refund could be paid twice because"));
    EXPECT_THAT(page, HasSubstr("<pre>POST /returns\n")) << "lines stay lines";
}

TEST_F(Certification, WithoutSomebodyToPlayThoseCasesAreNotTested) {
    const Candidate candidate;
    const live::Run run = Certify(
        candidate, {"--listen", "127.0.0.1:0", "--case", "signature", "--case", "lookup-absent"});
    EXPECT_EQ(run.exit, 0) << run.out << run.error;
    EXPECT_THAT(run.out, HasSubstr("good  lookup-absent"));
    EXPECT_THAT(run.out, ContainsRegex("note  signature +not tested: it needs --control"));
    EXPECT_THAT(run.out, HasSubstr("Nothing failed, but 1 case was not tested"));
    EXPECT_THAT(run.out, Not(HasSubstr("\x1b["))) << "no colour but on a terminal";
    const live::Run none = Certify(candidate, {"--case", "signature"});
    EXPECT_EQ(none.exit, 1) << "nothing was tested";
    EXPECT_THAT(none.out, HasSubstr("Nothing was tested"));
}

TEST_F(Certification, APersonIsToldWhatToPlay) {
    const Candidate candidate;
    const live::Run run = Certify(
        candidate, {"--listen", "127.0.0.1:0", "--ask", "--wait", "0", "--case", "empty-box"});
    EXPECT_EQ(run.exit, 1) << "nobody did";
    EXPECT_THAT(run.error, ContainsRegex("PLEASE: Inspect return CERT-[A-Z2-7]+-1: the box is "));
    EXPECT_THAT(run.error, ContainsRegex("expected at http://127.0.0.1:[0-9]+/v1/callbacks/"));
    EXPECT_THAT(run.out, ContainsRegex("BAD +empty-box +no callback about the return arrived"));
    EXPECT_THAT(run.out, HasSubstr("Empty boxes are paid for."));
    // Where no callback shows that it was done, the person says so.
    const auto limited = [&](const std::string& typed) {
        std::vector<std::string> command =
            Command(candidate, {"--ask", "--wait", "1", "--case", "their-429"});
        command.insert(command.begin(), {"/bin/sh", "-c", typed + " | \"$0\" \"$@\""});
        return RunProgram(command, folder_.path());
    };
    const live::Run silent = limited("true");
    EXPECT_THAT(silent.error, HasSubstr("Answer our next call with 429, as you do when we call "
                                        "too often. Then press Enter."));
    EXPECT_THAT(silent.out, HasSubstr("not tested: nobody said that it was done"));
    EXPECT_THAT(limited("echo").out, HasSubstr("the next call was not answered 429"));
}

TEST_F(Certification, ACandidateThatIsNotThereFailsWithTheReason) {
    std::string gone;
    {
        const Candidate candidate;
        gone = candidate.url();
    }
    std::vector<std::string> command = Command(Candidate(), {"--case", "credentials-accepted"});
    *(std::find(command.begin(), command.end(), "--url") + 1) = gone;
    const live::Run run = RunProgram(command, folder_.path());
    EXPECT_EQ(run.exit, 1);
    EXPECT_THAT(run.out, HasSubstr("unreachable"));
}

TEST_F(Certification, UsageIsRefusedWithWhatToDo) {
    const Candidate candidate;
    const auto says = [&](const std::vector<std::string>& more) {
        const live::Run run = Certify(candidate, more);
        EXPECT_EQ(run.exit, 2) << run.out;
        return run.error;
    };
    EXPECT_THAT(says({"--case", "empty-bx"}), HasSubstr("did you mean 'empty-box'?"));
    EXPECT_THAT(says({"--listen", "4711"}), HasSubstr("--listen takes HOST:PORT"));
    EXPECT_THAT(says({"--wait", "soon"}), HasSubstr("--wait takes a whole number"));
    EXPECT_THAT(says({"--control", "http://example.com"}), HasSubstr("--allow-plain-http"));
    EXPECT_THAT(says({"--ask", "--control", candidate.url()}), HasSubstr("either --control or"));
    EXPECT_THAT(says({"--url", candidate.url()}), HasSubstr("--url stands once"));
    Settings(Json::Object({{"api_token", Json::String("a secret in the open")}}));
    EXPECT_THAT(says({}), AllOf(HasSubstr("api_token"), Not(HasSubstr("in the open"))));
    const live::Run list =
        RunProgram({BACKHAUL_PROGRAM, "partner", "certify", "--list"}, folder_.path());
    EXPECT_EQ(list.exit, 0);
    EXPECT_THAT(list.out, AllOf(HasSubstr("  create-repeat "), HasSubstr("needs --url")));
    EXPECT_EQ(RunProgram({BACKHAUL_PROGRAM, "partner"}, folder_.path()).exit, 2);
}

// As on a laptop that has none of our libraries: unpacked elsewhere, started by its wrapper.
TEST_F(Certification, TheKitRunsElsewhereWithItsOwnLibraries) {
    const std::string file = folder_.path() + "/kit.tar.gz", kit = folder_.path() + "/elsewhere";
    Child pack({BACKHAUL_SOURCE_DIR "/deploy/certify-tarball", "--program", BACKHAUL_PROGRAM,
                "--out", file},
               folder_.path() + "/pack.out", folder_.path() + "/pack.log");
    ASSERT_EQ(pack.Exit(kPatience), 0) << ReadFile(folder_.path() + "/pack.log");
    ASSERT_EQ(RunProgram({"/bin/mkdir", kit}, folder_.path()).exit, 0);
    ASSERT_EQ(RunProgram({"/bin/tar", "-C", kit, "-xzf", file}, folder_.path()).exit, 0);
    const std::string wrapper = kit + "/backhaul-certify/certify";
    const live::Run help = RunProgram({wrapper, "--help"}, folder_.path());
    EXPECT_EQ(help.exit, 0) << help.error;
    EXPECT_THAT(help.out, HasSubstr("backhaul partner certify"));
    const Candidate candidate;
    std::vector<std::string> command = Command(candidate, {"--case", "create-cut-answer"});
    command.erase(command.begin(), command.begin() + 3);
    command.insert(command.begin(), wrapper);
    const live::Run run = RunProgram(command, folder_.path());
    EXPECT_EQ(run.exit, 0) << run.out << run.error;
    EXPECT_THAT(run.out, HasSubstr("good  create-cut-answer"));
    // What its loader takes is all in the kit. It is the only file of that name's shape.
    const live::Run loaded = RunProgram(
        {"/bin/sh", "-c", "cd \"$0\" && lib/ld-linux*.so.* --library-path lib --list bin/backhaul",
         kit + "/backhaul-certify"},
        folder_.path());
    EXPECT_THAT(loaded.out, HasSubstr("libjq"));
    EXPECT_THAT(loaded.out, Not(HasSubstr("=> /lib/")));
    EXPECT_THAT(loaded.out, Not(HasSubstr("=> /usr/")));
}

}  // namespace
}  // namespace returns::live
