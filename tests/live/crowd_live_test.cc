// Thousands of idle and dripping connections against the program with its defaults: they cost it no
// thread and little memory, and others are answered as if they were not there. BACKHAUL_CROWD says
// how many: "5000 500" are idle and dripping; without it only that it works is looked at, not how
// fast.
#include "tests/live/crowd.h"
#include "tests/live/lone_gateway.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <sys/resource.h>

namespace returns::live {
namespace {

std::int64_t StatusFigure(pid_t pid, const std::string& name) {
    std::istringstream text(ReadFile("/proc/" + std::to_string(pid) + "/status"));
    std::string word;
    std::int64_t figure = 0;
    while (text >> word)
        if (word == name + ":") text >> figure;
    return figure;
}

// Each tells of an order of its own, or asks for one.
std::vector<std::string> Requests(const std::string& key, std::size_t n) {
    const std::string more = " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + key + "\r\n";
    std::vector<std::string> out;
    for (std::size_t i = 0; i < n; ++i) {
        const std::string id = std::to_string(i);
        const std::string body = R"({"specversion":"1.0","source":"/shop","id":"c)" + id +
                                 R"(","type":"order.delivered","subject":"O-)" + id +
                                 R"(","data":{}})";
        out.push_back("POST /v1/events" + more +
                      "Content-Type: application/cloudevents+json\r\nContent-Length: " +
                      std::to_string(body.size()) + "\r\n\r\n" + body);
        out.push_back("GET /v1/orders/O-" + std::to_string(i / 2) + more + "\r\n");
    }
    return out;
}

void Print(const std::string& what, const Measured& measured) {
    std::cout << std::fixed << std::setprecision(1) << what << ": " << measured.ms.size()
              << " calls, p50 " << measured.Percentile(50) << " ms, p99 " << measured.Percentile(99)
              << " ms, worst " << (measured.ms.empty() ? 0 : measured.ms.back()) << " ms\n";
}

TEST(CrowdLive, StarvesNobody) {
    const char* asked = std::getenv("BACKHAUL_CROWD");
    CrowdSize size{.idle = 400, .drips = 100};
    Pace pace{.time = std::chrono::seconds(2)};
    if (asked != nullptr) {
        std::istringstream(asked) >> size.idle >> size.drips;
        pace.time = std::chrono::seconds(20);
    }
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    LoneGateway gateway;
    gateway.Start();
    const int port = std::stoi(gateway.url().substr(gateway.url().rfind(':') + 1));
    const pid_t pid = gateway.process().pid();
    const auto requests = Requests(gateway.key(), 4000);
    const auto half = requests.begin() + 2000;
    const Measured alone = Call(port, {requests.begin(), half},
                                {.time = std::chrono::seconds(asked != nullptr ? 4 : 1)});
    const std::int64_t threads = StatusFigure(pid, "Threads");
    const std::int64_t before_kb = StatusFigure(pid, "VmRSS");

    const Crowd crowd(port, size);
    ASSERT_TRUE(Until(milliseconds(20000), [&] { return crowd.open() == size.idle + size.drips; }))
        << crowd.open();
    const Measured amid = Call(port, {half, requests.end()}, pace);
    const int open = crowd.open();
    Print("alone", alone);
    Print("amid the crowd", amid);
    std::cout << open << " connections held, " << crowd.ended()
              << " ended by the door and opened anew, memory " << before_kb / 1024 << " to "
              << StatusFigure(pid, "VmRSS") / 1024 << " MB\n";

    EXPECT_EQ(amid.unanswered, 0);
    EXPECT_EQ(amid.refused, 0);
    EXPECT_EQ(crowd.refused(), 0) << "the crowd was not let in";
    // At one moment many may be between two connections; none stays away.
    EXPECT_TRUE(Until(milliseconds(20000), [&] {
        return crowd.open() >= (size.idle + size.drips) * 9 / 10;
    })) << open;
    EXPECT_EQ(StatusFigure(pid, "Threads"), threads);
    EXPECT_LE(StatusFigure(pid, "VmRSS") - before_kb, 64 * 1024);
    if (asked != nullptr) {
        EXPECT_LT(amid.Percentile(99), 200);
    }
}

}  // namespace
}  // namespace returns::live
