// The recipe of deploy/nginx with a real nginx: who comes in with which certificate, and what does
// not get past it. Run by deploy/full.d/23-nginx.sh; BACKHAUL_NGINX names another program.
#include "tests/live/nginx_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace returns::live {
namespace {

using testing::HasSubstr;
using testing::Not;

int StatusOf(const std::string& answer) {
    return answer.starts_with("HTTP/1.1 ") ? std::atoi(answer.c_str() + 9) : 0;
}

int Answers(const std::string& text) {
    int n = 0;
    for (std::size_t at = text.find("HTTP/1.1 "); at != text.npos;
         at = text.find("HTTP/1.1 ", at + 1))
        ++n;
    return n;
}

std::string Get(const std::string& path, const std::string& more = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: returns.example\r\nConnection: close\r\n" + more +
           "\r\n";
}

class DISABLED_Nginx : public testing::Test {
protected:
    static void SetUpTestSuite() { world_ = std::make_unique<NginxWorld>(); }
    static void TearDownTestSuite() { world_.reset(); }

    NginxWorld& world() { return *world_; }
    std::string Operator() { return "Authorization: Bearer " + world().gateway().key() + "\r\n"; }
    // A figure of the gateway's own metrics, asked for past nginx.
    std::int64_t Figure(const std::string& line) {
        const std::string text = world().gateway().Get("/metrics").body;
        const std::size_t at = text.find("\n" + line + " ");
        EXPECT_NE(at, std::string::npos) << line;
        return std::atoll(text.c_str() + at + line.size() + 2);
    }

    static inline std::unique_ptr<NginxWorld> world_;
};

TEST_F(DISABLED_Nginx, LetsInWhoShowsTheRightCertificateAndSigns) {
    const std::string answer = world().Say(world().SignedCallback("m-1"), {.certificate = "bob"});
    EXPECT_EQ(StatusOf(answer), 202) << answer << world().NginxLog();
    EXPECT_THAT(answer, HasSubstr("Strict-Transport-Security: max-age="));
    EXPECT_THAT(answer, Not(HasSubstr("nginx/")));
    EXPECT_EQ(
        StatusOf(world().Say(world().SignedCallback("m-2", "", true), {.certificate = "bob"})), 202)
        << "the body's bytes are the same, however they came";
    std::string forged = world().SignedCallback("m-3");
    forged.back() = ' ';
    EXPECT_EQ(StatusOf(world().Say(forged, {.certificate = "bob"})), 401);
}

TEST_F(DISABLED_Nginx, KeepsOutEveryOtherCertificate) {
    const std::string signed_well = world().SignedCallback("m-4");
    const std::int64_t before = Figure(R"(backhaul_callbacks_refused_total{why="certificate"})");
    EXPECT_EQ(StatusOf(world().Say(signed_well)), 401) << "none";
    EXPECT_EQ(StatusOf(world().Say(signed_well, {.certificate = "other"})), 401);
    EXPECT_EQ(Figure(R"(backhaul_callbacks_refused_total{why="certificate"})"), before + 2);
    // These do not reach the gateway.
    EXPECT_EQ(StatusOf(world().Say(signed_well, {.certificate = "stranger"})), 400);
    EXPECT_EQ(StatusOf(world().Say(signed_well, {.certificate = "expired"})), 400);
    EXPECT_EQ(Figure(R"(backhaul_callbacks_refused_total{why="certificate"})"), before + 2);
}

TEST_F(DISABLED_Nginx, BelievesNoHeaderOfACaller) {
    std::string pem = ReadFile(world().Pem("bob")), escaped;
    for (const char c : pem) {
        const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-';
        char hex[4];
        std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned char>(c));
        escaped += plain ? std::string(1, c) : hex;
    }
    const std::string shown =
        "X-Client-Verify: SUCCESS\r\nX-Client-Subject: CN=bob\r\nX-Client-Cert: " + escaped +
        "\r\n";
    std::string underscored = shown;
    for (std::size_t at = 0; (at = underscored.find("Client-", at)) != std::string::npos;)
        underscored[at + 6] = '_';
    for (const std::string& headers : {shown, shown + shown, underscored, shown + underscored}) {
        EXPECT_EQ(StatusOf(world().Say(world().SignedCallback("m-5", headers))), 401);
        EXPECT_EQ(
            StatusOf(world().Say(world().SignedCallback("m-5", headers), {.certificate = "other"})),
            401);
    }
    // The right certificate's holder gains and loses nothing by them.
    EXPECT_EQ(StatusOf(world().Say(world().SignedCallback("m-6", "X-Client-Verify: NONE\r\n"),
                                   {.certificate = "bob"})),
              202);
}

// Wrong keys are counted by address: it shows whom the gateway takes a caller for.
std::string WrongKey(const std::string& forwarded_for) {
    const std::string form = "key=bhk_wrong";
    return "POST /signin HTTP/1.1\r\nHost: returns.example\r\nConnection: close\r\n"
           "Content-Type: application/x-www-form-urlencoded\r\nX-Forwarded-For: " +
           forwarded_for + "\r\nContent-Length: " + std::to_string(form.size()) + "\r\n\r\n" + form;
}
constexpr int kWrongKeysMax = 10;  // signin.failures_per_address_max

TEST_F(DISABLED_Nginx, LetsNobodyChooseTheAddressTheyAreTakenFor) {
    const auto try_as = [&](const std::string& from, const std::string& told) {
        return StatusOf(world().Say(WrongKey(told), {.from = from}));
    };
    for (int i = 1; i <= kWrongKeysMax; ++i)
        EXPECT_EQ(try_as("127.0.9.10", "203.0.113." + std::to_string(i)), 401) << i;
    for (const std::string told : {"203.0.113.99", "127.0.9.99", "127.0.0.1", "203.0.113.1, ::1",
                                   "x\r\nForwarded: for=127.0.9.99"})
        EXPECT_EQ(try_as("127.0.9.10", told), 429) << told;
    EXPECT_EQ(try_as("127.0.9.11", "127.0.9.10"), 401) << "and locks nobody else out";
    EXPECT_EQ(StatusOf(world().Say(Get("/metrics", Operator() + "X-Forwarded-For: 127.0.9.1\r\n"))),
              404)
        << "nor comes in from outside";
}

// A balancer in front adds whom it was called by; what stands before that is the caller's own.
TEST_F(DISABLED_Nginx, LooksThroughABalancerInFront) {
    const Caller balancer{.from = "127.0.8.1"};
    const auto metrics = [&](const std::string& told) {
        return StatusOf(world().Say(
            Get("/metrics", Operator() + "X-Forwarded-For: " + told + "\r\n"), balancer));
    };
    EXPECT_EQ(metrics("127.0.9.5"), 200);
    EXPECT_EQ(metrics("203.0.113.7"), 404);
    EXPECT_EQ(metrics("127.0.9.5, 203.0.113.7"), 404) << "the caller lied";
    EXPECT_EQ(metrics("203.0.113.7, 127.0.9.5, 127.0.8.2"), 200) << "two balancers";
    for (int i = 0; i < kWrongKeysMax; ++i)
        EXPECT_EQ(StatusOf(world().Say(WrongKey("127.0.9.20"), balancer)), 401);
    EXPECT_EQ(StatusOf(world().Say(WrongKey("127.0.9.20"), balancer)), 429);
    EXPECT_EQ(StatusOf(world().Say(WrongKey("127.0.9.21"), balancer)), 401)
        << "others behind it are others";
}

TEST_F(DISABLED_Nginx, SpeaksNoOldTls) {
    EXPECT_EQ(StatusOf(world().Say(Get("/livez"))), 200);
    EXPECT_EQ(StatusOf(world().Say(Get("/livez"), {.old_tls = true})), 0);
}

TEST_F(DISABLED_Nginx, ShowsPagesAndMetricsInsideOnly) {
    const Caller inside{.from = "127.0.9.1"};
    for (const std::string path :
         {"/metrics", "/", "/readyz", "/v1/stalls", "/v1/connections", "/v1/search?q=a",
          "/v1/returns/R-1/actions/x", "//metrics", "/livez/../metrics", "/%6detrics"}) {
        EXPECT_EQ(StatusOf(world().Say(Get(path, Operator()))), 404) << path;
    }
    EXPECT_EQ(StatusOf(world().Say(Get("/metrics", Operator()), inside)), 200);
    EXPECT_EQ(StatusOf(world().Say(Get("/v1/stalls", Operator()), inside)), 200);
    EXPECT_EQ(StatusOf(world().Say(Get("/metrics"), inside)), 401) << "still wants a key";
    // From outside returns are read, nothing is done to them.
    EXPECT_THAT(world().Say(Get("/v1/returns/R-1", Operator())), HasSubstr("application/problem"));
    EXPECT_THAT(world().Say("POST /v1/returns/R-1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
                            "Connection: close\r\n\r\n"),
                Not(HasSubstr("application/problem")));
}

// One message, whatever it says about its own length: nothing hides behind it.
TEST_F(DISABLED_Nginx, LetsNoRequestHideInAnother) {
    const std::string post = "POST /v1/events HTTP/1.1\r\nHost: returns.example\r\n";
    const std::string hidden = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
    const std::string chunked = "Transfer-Encoding: chunked\r\n";
    const auto length = [](std::size_t n) {
        return "Content-Length: " + std::to_string(n) + "\r\n";
    };
    for (const std::string& bytes :
         {post + length(5) + chunked + "\r\n0\r\n\r\n" + hidden,
          post + chunked + length(5) + "\r\n0\r\n\r\n" + hidden,
          post + length(0) + length(hidden.size()) + "\r\n" + hidden,
          post + "Transfer-Encoding: xchunked\r\n" + length(3) + "\r\nabc" + hidden,
          post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + hidden,
          post + "Transfer-Encoding: identity\r\n" + length(3) + "\r\nabc" + hidden,
          post + "Content-Length: +3\r\n\r\nabc" + hidden,
          post + "Content-Length: -1\r\n\r\n" + hidden}) {
        const std::string answer = world().Say(bytes);
        EXPECT_EQ(Answers(answer), 1) << bytes << answer;
        EXPECT_GE(StatusOf(answer), 400) << bytes << answer;
    }
    // Spellings that nginx leaves out of a request reach the gateway as nothing else either.
    for (const char* odd : {"Transfer-Encoding : chunked\r\n", "Transfer_Encoding: chunked\r\n",
                            "X: a\r\n Transfer-Encoding: chunked\r\n"}) {
        const std::string answer =
            world().Say(post + std::string(odd) + "Connection: close\r\n" + length(3) + "\r\nabc");
        EXPECT_EQ(Answers(answer), 1) << odd << answer;
        EXPECT_THAT(answer, Not(HasSubstr("HTTP/1.1 2"))) << odd;
    }
}

TEST_F(DISABLED_Nginx, RefusesLargeBodiesItself) {
    const std::int64_t before = Figure("backhaul_http_requests_total");
    const std::string answer =
        world().Say("POST /v1/callbacks/bob HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n",
                    {.certificate = "bob"});
    EXPECT_EQ(StatusOf(answer), 413) << answer;
    EXPECT_EQ(Figure("backhaul_http_requests_total"), before + 1) << "but for the figures' own";
}

// What has not come whole is nginx's: the gateway sees no connection of it.
TEST_F(DISABLED_Nginx, HoldsSlowCallersItself) {
    const std::int64_t open = Figure("backhaul_http_connections_open");
    std::vector<std::thread> slow;
    std::atomic<int> in{0};
    constexpr int kSlow = 20;
    for (int i = 0; i < kSlow; ++i) {
        slow.emplace_back([&] {
            ++in;
            // Ends when nginx has waited long enough for the rest.
            const std::string answer = world().Say(
                "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
            EXPECT_NE(StatusOf(answer), 202);
        });
    }
    EXPECT_TRUE(Until(milliseconds(5000), [&] { return in == kSlow; }));
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(StatusOf(world().Say(world().SignedCallback("s-" + std::to_string(i)),
                                       {.certificate = "bob"})),
                  202);
    EXPECT_LE(Figure("backhaul_http_connections_open"), open + 4);
    for (std::thread& each : slow) each.join();
}

}  // namespace
}  // namespace returns::live
