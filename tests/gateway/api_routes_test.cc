// Routes, roles and what every answer has.
#include "gateway/trace.h"
#include "tests/gateway/api_world.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace returns::gateway {
namespace {

struct RoleRow {
    std::string method, target;
    int nobody, partner, agent, oper, shop;
};

TEST(ApiRoutes, EachRoleGetsWhatIsItsOwn) {
    ApiWorld world;
    world.TellReturn();
    const std::vector<RoleRow> rows = {
        {"POST", "/v1/events", 401, 403, 403, 415, 415},  // let in, and then told about the type
        {"POST", "/v1/callbacks/acme", 401, 401, 401, 401, 401},
        {"POST", "/v1/returns/R-1/actions/nonsense", 401, 403, 404, 404, 403},
        {"GET", "/v1/orders/1001", 401, 403, 200, 200, 200},
        {"GET", "/v1/returns/R-1", 401, 200, 200, 200, 200},
        {"GET", "/v1/refunds/none", 401, 403, 404, 404, 404},
        {"GET", "/v1/search?q=1001", 401, 403, 200, 200, 403},
        {"GET", "/v1/stalls", 401, 403, 200, 200, 403},
        {"GET", "/v1/tickets", 401, 403, 200, 200, 403},
        {"GET", "/v1/ledger/day", 401, 403, 200, 200, 200},
        {"GET", "/v1/parked", 401, 403, 403, 200, 403},
        {"GET", "/v1/parked/1", 401, 403, 403, 404, 403},
        {"POST", "/v1/parked/1/retry", 401, 403, 403, 404, 403},
        {"GET", "/v1/connections", 401, 403, 200, 200, 403},
        {"GET", "/v1/connections/acme/switches", 401, 403, 200, 200, 403},
        {"POST", "/v1/connections/acme/mode", 401, 403, 403, 422, 403},
        {"POST", "/v1/connections/acme/stop", 401, 403, 403, 422, 403},
        {"POST", "/v1/connections/acme/resume", 401, 403, 403, 422, 403},
        {"GET", "/v1/commands?connection=acme", 401, 403, 200, 200, 403},
        {"POST", "/v1/commands/approve", 401, 403, 403, 400, 403},
        {"GET", "/v1/comparison", 401, 403, 200, 200, 403},
        {"GET", "/v1/orders/1001/route", 401, 403, 403, 200, 403},
        {"GET", "/v1/coverage", 401, 403, 403, 200, 403},
        {"GET", "/v1/partner/deliveries?connection=acme", 401, 200, 403, 200, 403},
        {"GET", "/v1/partner/deliveries/m?connection=acme", 401, 404, 403, 404, 403},
        {"GET", "/v1/partner/summary?connection=acme", 401, 200, 403, 200, 403},
        {"GET", "/v1/partner/waiting?connection=acme", 401, 200, 403, 200, 403},
        {"POST", "/v1/partner/waiting", 401, 400, 403, 403, 403},
        {"POST", "/v1/partner/resend", 401, 400, 403, 403, 403},
        {"POST", "/v1/connections/acme/keys", 401, 403, 403, 501, 403},
        {"GET", "/v1/partner/keys?connection=acme", 401, 200, 403, 200, 403},
        {"GET", "/v1/say?return_id=R-1", 401, 403, 200, 200, 200},
        {"GET", "/v1/openapi.yaml", 200, 200, 200, 200, 200},
        {"GET", "/livez", 200, 200, 200, 200, 200},
        {"GET", "/readyz", 200, 200, 200, 200, 200},
        {"GET", "/metrics", 401, 403, 403, 200, 403},
    };
    for (const RoleRow& row : rows) {
        const auto status = [&](const std::string& key) {
            return row.method == "GET"
                       ? world.Get(row.target, key).status
                       : world.Post(row.target, key, "{}", {{"Content-Type", "text/x"}}).status;
        };
        const bool action = row.target.find("/actions/") != std::string::npos;
        const auto in = [&](int expected) { return action && expected == 404 ? 415 : expected; };
        EXPECT_EQ(status(""), row.nobody) << row.target;
        EXPECT_EQ(status("bhk_wrong"), row.nobody) << row.target;
        EXPECT_EQ(status(ApiWorld::kPartner), row.partner) << row.target;
        EXPECT_EQ(status(ApiWorld::kAgent), in(row.agent)) << row.target;
        EXPECT_EQ(status(ApiWorld::kOperator), in(row.oper)) << row.target;
        EXPECT_EQ(status(ApiWorld::kShop), row.shop) << row.target;
    }
}

TEST(ApiRoutes, WrongWaysAreProblems) {
    ApiWorld world;
    const DoorReply missing = world.Get("/v1/nothing", ApiWorld::kOperator);
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(CodeOf(missing), "not_found");

    DoorRequest put;
    put.method = "PUT";
    put.path = "/v1/orders/1";
    const DoorReply wrong = world.Ask(put);
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(HeaderOf(wrong, "Allow"), "GET, HEAD");
    EXPECT_EQ(CodeOf(wrong), "method_not_allowed");

    put.method = "TRACE";
    EXPECT_EQ(world.Ask(put).status, 501);
    EXPECT_EQ(world.Get("/v1/orders/%zz", ApiWorld::kOperator).status, 400);
    EXPECT_EQ(CodeOf(world.Get("/v1/orders/%ff", ApiWorld::kOperator)), "bad_escape");
    EXPECT_EQ(world.Get("/v1/orders/", ApiWorld::kOperator).status, 404);
    EXPECT_EQ(world.Get("/v1/stalls", ApiWorld::kOperator, {{"Accept", "application/xml"}}).status,
              406);
    EXPECT_EQ(
        world.Get("/v1/stalls", ApiWorld::kOperator, {{"Accept", "text/xml, application/json;q=0"}})
            .status,
        406);
    EXPECT_EQ(
        world.Get("/v1/stalls", ApiWorld::kOperator, {{"Accept", "application/*;q=0.5"}}).status,
        200);
}

TEST(ApiRoutes, TraceparentIsTheirsWhenWellFormedAndElseOurs) {
    ApiWorld world;
    const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const DoorReply reply = world.Get("/v1/orders/1", "", {{"traceparent", good}});
    EXPECT_EQ(HeaderOf(reply, "traceparent"), good);
    for (const std::string bad :
         {"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
          "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
          "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", "x", "01-"}) {
        const std::string ours =
            HeaderOf(world.Get("/livez", "", {{"traceparent", bad}}), "traceparent");
        EXPECT_TRUE(IsTraceparent(ours)) << ours;
        EXPECT_NE(ours, bad);
    }
    const DoorReply unknown =
        world.Get("/v1/orders/1", ApiWorld::kOperator, {{"traceparent", good}});
    EXPECT_EQ(BodyOf(unknown)["trace_id"].AsString(), "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST(ApiRoutes, PersonalAnswersAreNotKept) {
    ApiWorld world;
    world.TellReturn();
    const DoorReply reply = world.Get("/v1/orders/1001", ApiWorld::kAgent);
    EXPECT_NE(HeaderOf(reply, "Cache-Control").find("no-store"), std::string::npos);
    EXPECT_EQ(HeaderOf(reply, "X-Content-Type-Options"), "nosniff");
}

TEST(ApiRoutes, ReadinessFollowsStoreAndDrain) {
    ApiWorld world;
    EXPECT_EQ(BodyOf(world.Get("/readyz", ""))["status"].AsString(), "ready");
    world.api->Drain();
    EXPECT_EQ(world.Get("/readyz", "").status, 503);
    EXPECT_EQ(world.Get("/livez", "").status, 200);

    ApiWorld broken;
    broken.store.before_commit = [](const Batch&) { return sim::CommitFault::kFail; };
    const DoorReply reply = broken.Tell("order.delivered", "e1", "1", "{}");
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(HeaderOf(reply, "Retry-After"), "30");
    EXPECT_EQ(broken.Get("/readyz", "").status, 503);
    EXPECT_EQ(broken.Tell("order.delivered", "e2", "1", "{}").status, 503);
}

// What keeps work from being taken fails it, what keeps some of it waiting is only told.
TEST(ApiRoutes, ReadinessTellsOfDiskRightsClockAndPartners) {
    struct Row {
        const char* what;
        int free_mib;
        bool writable;
        int certificate_days;
        int status;
        const char* check;
        const char* text;
    };
    const std::string folder = testing::TempDir() + "/readiness";
    std::filesystem::create_directories(folder);
    for (const Row& row : {
             Row{"all is well", 300, true, 30, 200, "disk", "ok"},
             Row{"well, no certificate ends", 300, true, 30, 200, "certificates", "ok"},
             Row{"little room", 255, true, 30, 503, "disk", "255 MiB free, less than"},
             Row{"no right to write", 300, false, 30, 503, "store", "there is no folder"},
             Row{"a certificate ends", 300, true, 20, 200, "certificates", "psp.example ends on"},
             Row{"a certificate has ended", 300, true, -1, 200, "certificates",
                 "psp.example ended on"},
         }) {
        ApiWorld world;
        world.settings.database = folder + (row.writable ? "" : "/none") + "/backhaul.db";
        world.settings.limits.disk_free_mib_min = 256;
        ApiParts parts{*world.engine, *world.connections, world.clock, world.settings};
        parts.store = [&] {
            StoreFigures figures;
            figures.disk_free_bytes = std::int64_t{row.free_mib} << 20;
            return figures;
        };
        parts.certificates = [&] {
            return std::map<std::string, Instant>{
                {"psp.example", world.clock.Now() + std::chrono::hours(24) * row.certificate_days}};
        };
        world.api = std::make_unique<Api>(std::move(parts));
        const DoorReply reply = world.Get("/readyz", "");
        EXPECT_EQ(reply.status, row.status) << row.what;
        EXPECT_NE(BodyOf(reply)["checks"][row.check].AsString().find(row.text), std::string::npos)
            << row.what << ": " << reply.body;
        EXPECT_EQ(BodyOf(reply)["status"].AsString(), row.status == 200 ? "ready" : "not_ready");
    }
    std::filesystem::remove_all(folder);
}

TEST(ApiRoutes, MetricsAreWellFormed) {
    ApiWorld world;
    world.TellReturn();
    const std::string text = world.Get("/metrics", ApiWorld::kOperator).body;
    EXPECT_NE(text.find("backhaul_events_total{verdict=\"moved\"} "), std::string::npos);
    EXPECT_NE(text.find("# TYPE backhaul_api_requests_total counter\n"), std::string::npos);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        ASSERT_NE(end, std::string::npos);
        const std::string line = text.substr(at, end - at);
        if (line[0] != '#') {
            EXPECT_NE(line.find_last_of(' '), std::string::npos) << line;
            EXPECT_TRUE(std::isdigit(static_cast<unsigned char>(line.back()))) << line;
        }
        at = end + 1;
    }
}

TEST(ApiRoutes, DescriptionIsServed) {
    ApiWorld world;
    const DoorReply reply = world.Get("/v1/openapi.yaml", "");
    EXPECT_EQ(HeaderOf(reply, "Content-Type"), "application/yaml");
    EXPECT_TRUE(reply.body.starts_with("openapi: 3.1"));
    for (const std::string path : {"/v1/events", "/v1/callbacks/{connection}", "/v1/say",
                                   "/v1/returns/{id}/actions/{action}", "/v1/openapi.yaml"}) {
        EXPECT_NE(reply.body.find("\n  " + path + ":\n"), std::string::npos) << path;
    }
}

}  // namespace
}  // namespace returns::gateway
