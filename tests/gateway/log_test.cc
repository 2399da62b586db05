// Nobody's mail, phone, name or secret is in any log line, wherever it came in.
#include "gateway/log.h"

#include "tests/gateway/api_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace returns::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

const char* const kCanaries[] = {"canary.mail@example.org", "+4930555000111",
                                 "Canaria Kanarienvogel", "canary-secret"};

std::string All() {
    std::string all;
    for (const char* each : kCanaries) all += std::string(each) + " ";
    return all;
}

TEST(Log, TellsNothingOfPeopleOrSecrets) {
    ApiWorld world;
    testing::internal::CaptureStderr();
    world.Tell(
        "order.placed", "e1", "1001",
        R"({"currency":"EUR","jurisdiction":"EU","customer":{"name":"Canaria Kanarienvogel",)"
        R"("mail":"canary.mail@example.org","phone":"+4930555000111"},)"
        R"("lines":[{"id":"A","sku":"LAMP","quantity":1,"unit_price":5000}]})");
    world.TellReturn();
    world.Tell(All(), All(), All(), R"({"x":")" + All() + "\"}");
    world.Post("/v1/events", ApiWorld::kShop, "{" + All());
    world.CallBack(R"({"id":"c1","return":"R-1","status":"broken","who":")" + All() + "\"}", "c1");
    world.CallBack(R"({"id":"c4","status":"parcel.scanned","return":")" + All() + "\"}", "c4");
    world.CallBack("{" + All(), "c2");
    world.CallBack(R"({"who":")" + All() + "\"}", "c3", 100000);
    world.Post("/v1/returns/R-1/actions/approve", ApiWorld::kOperator,
               R"({"reason":")" + All() + "\"}", {{"Idempotency-Key", All()}});
    world.Get("/v1/search?q=canary.mail%40example.org", ApiWorld::kAgent);
    world.Get("/v1/orders/canary-secret", "bhk_canary-secret");
    const auto parked = world.store.ParkedAfter(0, 100);
    ASSERT_TRUE(parked.ok());
    for (const ParkedInput& each : *parked)
        world.Post("/v1/parked/" + std::to_string(each.id) + "/retry", ApiWorld::kOperator, "");
    const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    world.Post("/v1/connections/" + std::string("psp") + "/stop", ApiWorld::kOperator,
               R"({"reason":")" + All() + "\"}",
               {{"traceparent", "00-" + trace + "-00f067aa0ba902b7-01"}});
    world.Post("/v1/connections/canary-secret/stop", ApiWorld::kOperator, "{}");
    world.Ask({.method = "canary-secret", .path = "/canary-secret"});
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_THAT(said, HasSubstr("\"trace_id\":\"" + trace + "\""));
    EXPECT_THAT(said, HasSubstr("POST /v1/connections/{}/stop: 404"));
    EXPECT_THAT(said, HasSubstr("is tried again")) << "the story must reach a line of the log";
    for (const char* canary : kCanaries) EXPECT_THAT(said, Not(HasSubstr(canary)));
}

// The disk behind standard error is full: lines are lost and counted, nothing else happens.
TEST(Log, AFullDiskLosesLinesAndNothingElse) {
    const std::int64_t before = LogLinesLost();
    std::fflush(stderr);
    const int kept = dup(STDERR_FILENO);
    const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    ASSERT_GE(full, 0);
    dup2(full, STDERR_FILENO);
    Log(LogLevel::kError, "test", "nobody can read this");
    Log(LogLevel::kError, "test", "nor this");
    dup2(kept, STDERR_FILENO);
    close(full);
    close(kept);
    EXPECT_EQ(LogLinesLost(), before + 2);
    testing::internal::CaptureStderr();
    Log(LogLevel::kError, "test", "there is room again");
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("there is room again"));
    EXPECT_EQ(LogLinesLost(), before + 2);
}

}  // namespace
}  // namespace returns::gateway
