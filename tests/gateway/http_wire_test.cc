#include "gateway/http_wire.h"

#include "gateway/problem.h"
#include "schemas/json.h"

#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

TEST(HttpWire, HeadsEndAtTheirFirstEmptyLine) {
    EXPECT_EQ(FindHeadEnd("GET / HTTP/1.1\r\nA: b\r\n"), 0u);
    EXPECT_EQ(FindHeadEnd("GET / HTTP/1.1\r\n\r"), 0u);
    EXPECT_EQ(FindHeadEnd("GET / HTTP/1.1\r\n\r\nrest\r\n\r\n"), 18u);
    EXPECT_EQ(FindHeadEnd("GET /\n\nrest"), 7u);
    EXPECT_EQ(FindHeadEnd("\r\n"), 2u);
}

TEST(HttpWire, AHeadIsBoundedAsAWholeToo) {
    std::string head = "GET / HTTP/1.1\r\nHost: x\r\n";
    for (int i = 0; i < 10; ++i) head += "X: " + std::string(4000, 'a') + "\r\n";
    RequestHead out;
    const auto refusal = ReadRequestHead(head + "\r\n", WireLimits(), out);
    ASSERT_TRUE(refusal.has_value());
    EXPECT_EQ(refusal->status, 431);
}

TEST(HttpWire, ChunksCutAnywhereJoinTheSame) {
    const std::string body = "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n";
    for (std::size_t cut = 0; cut <= body.size(); ++cut) {
        ChunkReader reader(100);
        std::size_t taken = 0;
        const auto first = reader.Feed(std::string_view(body).substr(0, cut), taken);
        EXPECT_EQ(taken, cut);
        if (cut == body.size()) {
            EXPECT_EQ(first, ChunkReader::State::kDone);
        } else {
            EXPECT_EQ(first, ChunkReader::State::kMore) << cut;
            const std::string rest = body.substr(cut) + "NEXT";
            EXPECT_EQ(reader.Feed(rest, taken), ChunkReader::State::kDone);
            EXPECT_EQ(rest.substr(taken), "NEXT");
        }
        EXPECT_EQ(reader.TakeBody(), "abc0123456789");
    }
}

TEST(HttpWire, ChunksBeyondTheLimitAreRefusedBeforeTheyAreKept) {
    std::size_t taken = 0;
    EXPECT_EQ(ChunkReader(3).Feed("3\r\nabc\r\n0\r\n\r\n", taken), ChunkReader::State::kDone);
    EXPECT_EQ(ChunkReader(3).Feed("4\r\n", taken), ChunkReader::State::kTooLong);
    EXPECT_EQ(ChunkReader(3).Feed("2\r\nab\r\n2\r\n", taken), ChunkReader::State::kTooLong);
    EXPECT_EQ(ChunkReader(1L << 60).Feed("fffffffffffffff\r\n", taken), ChunkReader::State::kMore);
    EXPECT_EQ(ChunkReader(3).Feed(std::string(2000, '0'), taken), ChunkReader::State::kBroken);
    EXPECT_EQ(ChunkReader(3).Feed("0\r\n" + std::string(9, 'a') + "\r\n", taken),
              ChunkReader::State::kMore);
    std::string trailers = "0\r\n";
    for (int i = 0; i < 100; ++i) trailers += "X: " + std::string(100, 'a') + "\r\n";
    EXPECT_EQ(ChunkReader(3).Feed(trailers, taken), ChunkReader::State::kBroken);
}

TEST(HttpWire, EscapesAreReadStrictly) {
    EXPECT_EQ(PercentDecode("R%2F1%20a+b"), "R/1 a+b");
    EXPECT_EQ(PercentDecode("%C3%A4"), "\xc3\xa4");
    for (const char* bad : {"%", "%2", "%zz", "a%", "%00", "%0a", "%7f"})
        EXPECT_FALSE(PercentDecode(bad).has_value()) << bad;
    const auto form = ParseForm("q=R%2D1+a&empty=&bare&&note=two%0D%0Alines");
    ASSERT_TRUE(form.has_value());
    EXPECT_EQ(*form, (connectors::HttpHeaders{
                         {"q", "R-1 a"}, {"empty", ""}, {"bare", ""}, {"note", "two\r\nlines"}}));
    EXPECT_FALSE(ParseForm("a=%00").has_value());
    EXPECT_FALSE(ParseForm("a%0A=b").has_value());
    EXPECT_TRUE(ParseForm("")->empty());
}

TEST(HttpWire, AnswersWithoutABodyHaveNone) {
    const AnswerHead none{204, {{"X-A", "b"}}, "close"};
    EXPECT_EQ(WriteAnswer(none, "ignored", true),
              "HTTP/1.1 204 No Content\r\nX-A: b\r\nConnection: close\r\n\r\n");
    const AnswerHead some{200, {}, "keep-alive"};
    EXPECT_EQ(WriteAnswer(some, "abc", false),
              "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n");
}

TEST(Problem, SaysWhatTheStandardAsksFor) {
    const auto problem = ParseJson(WriteProblem({.status = 404,
                                                 .code = "unknown_return",
                                                 .detail = "no return \"R-1\"\n",
                                                 .instance = "/v1/returns/R-1"}));
    ASSERT_TRUE(problem.ok());
    EXPECT_EQ((*problem)["type"].AsString(), "urn:backhaul:problem:unknown_return");
    EXPECT_EQ((*problem)["title"].AsString(), "Not Found");
    EXPECT_EQ(*(*problem)["status"].AsInt(), 404);
    EXPECT_EQ((*problem)["detail"].AsString(), "no return \"R-1\"\n");
    EXPECT_EQ((*problem)["instance"].AsString(), "/v1/returns/R-1");
    EXPECT_EQ((*problem)["code"].AsString(), "unknown_return");
    EXPECT_FALSE((*problem)["retryable"].AsBool());
    EXPECT_EQ((*ParseJson(WriteProblem({.status = 429})))["code"].AsString(), "too_many_requests");
}

TEST(Problem, ErrorsHaveTheirStatusAndInternalOnesKeepTheirText) {
    EXPECT_EQ(ProblemOf(Invalid("x")).status, 422);
    EXPECT_EQ(ProblemOf({Code::kNotFound, "x"}).status, 404);
    EXPECT_EQ(ProblemOf({Code::kConflict, "x"}).status, 409);
    EXPECT_EQ(ProblemOf({Code::kLimit, "x"}).status, 413);
    EXPECT_TRUE(ProblemOf({Code::kUnavailable, "x"}).retryable);
    EXPECT_TRUE(ProblemOf({Code::kInDoubt, "x"}).retryable);
    const Problem internal = ProblemOf({Code::kInternal, "disk /var/lib full"});
    EXPECT_EQ(internal.status, 500);
    EXPECT_EQ(internal.detail.find("disk"), std::string::npos);
}

}  // namespace
}  // namespace returns::gateway
