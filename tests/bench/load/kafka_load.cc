// The whole program on a real Apache Kafka and a database with many open cases, as the other
// measurements fill it: how many events a second it commits when they wait for it, or how long from
// an event to the partner's request when they come at a rate. Measures only; see ../README.md.
#include "schemas/check.h"
#include "tests/bench/load/load_world.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>

namespace returns::load {
namespace {

constexpr char kUsage[] =
    "usage: kafka_load --kafka HOST:PORT --database FILE --cases N [--events N] [--partitions N]\n"
    "                  [--rate N --seconds N] [--queries N] [--broker-pid PID]\n"
    "\n"
    "  --cases       open cases in the file, which tests/bench has filled; it is written to\n"
    "  --events      parcels that have arrived, each of another case; they wait in the topic when\n"
    "                the gateway starts (default 300000)\n"
    "  --rate        instead: returns asked for, so many a second, for --seconds (default 30)\n"
    "  --queries     status queries a second meanwhile (default 20)\n"
    "  --broker-pid  its share of the processors is told as well\n";

struct Given {
    LoadOptions world;
    std::int64_t events = 300'000, rate = 0, seconds = 30, queries = 20;
    pid_t broker = 0;
};

[[noreturn]] void BadUsage(const std::string& what) {
    std::fprintf(stderr, "kafka_load: %s\n\n%s", what.c_str(), kUsage);
    std::exit(2);
}

Given Read(int count, char** arguments) {
    Given given;
    for (int at = 1; at < count; at += 2) {
        const std::string name = arguments[at];
        if (name == "--help") {
            std::fputs(kUsage, stdout);
            std::exit(0);
        }
        if (at + 1 == count) BadUsage(name + " lacks its value");
        const std::string value = arguments[at + 1];
        const std::int64_t number = std::atoll(value.c_str());
        if (name == "--kafka")
            given.world.brokers = value;
        else if (name == "--database")
            given.world.database = value;
        else if (name == "--cases")
            given.world.cases = number;
        else if (name == "--partitions")
            given.world.partitions = static_cast<int>(number);
        else if (name == "--events")
            given.events = number;
        else if (name == "--rate")
            given.rate = number;
        else if (name == "--seconds")
            given.seconds = number;
        else if (name == "--queries")
            given.queries = number;
        else if (name == "--broker-pid")
            given.broker = static_cast<pid_t>(number);
        else
            BadUsage("unknown option '" + name + "'");
    }
    if (given.world.brokers.empty() || given.world.database.empty() || given.world.cases < 1)
        BadUsage("--kafka, --database and --cases are needed");
    given.events = std::min(given.events, given.world.cases);
    return given;
}

// Asks for the status of any return, so many times a second, until told to stop.
class Queries {
public:
    Queries(const LoadWorld& world, std::int64_t per_second)
        : thread_([this, &world, per_second] {
              for (std::uint64_t n = 1; !done_ && per_second > 0; ++n) {
                  std::this_thread::sleep_for(std::chrono::microseconds(1'000'000 / per_second));
                  const Moment begin = Now();
                  CHECK(world.Status(n * 104'729) == 200);
                  took_.push_back(Seconds(begin, Now()) * 1e3);
              }
          }) {}
    std::vector<double> Stop() {
        done_ = true;
        if (thread_.joinable()) thread_.join();
        return took_;
    }

private:
    std::vector<double> took_;
    std::atomic<bool> done_{false};
    std::thread thread_;
};

void Tell(const char* what, std::vector<double> millis) {
    if (millis.empty()) return;
    std::sort(millis.begin(), millis.end());
    const auto at = [&](double part) {
        return millis[static_cast<std::size_t>(part * static_cast<double>(millis.size() - 1))];
    };
    std::printf("%-34s %zu: p50 %.2f ms, p99 %.2f ms, most %.2f ms\n", what, millis.size(), at(0.5),
                at(0.99), millis.back());
}

void TellShares(const LoadWorld& world, pid_t broker, const Used& before, const Used& after,
                double seconds) {
    std::printf("%-34s gateway %.2f, broker %.2f, this program %.2f\n", "processors in use",
                (after.gateway - before.gateway) / seconds,
                broker == 0 ? 0 : (after.broker - before.broker) / seconds,
                (after.own - before.own) / seconds);
    std::printf("%-34s %.0f MB now, %.0f MB at most\n", "gateway's memory", world.Memory("VmRSS:"),
                world.Memory("VmHWM:"));
}

// From the first commit seen to the last: events that wait in the topic.
int Throughput(LoadWorld& world, const Given& given) {
    const Moment produced = Now();
    for (std::int64_t n = 0; n < given.events; ++n) world.PutArrival(n);
    world.AwaitDelivery();
    std::printf("%-34s %ld in %.1f s\n", "events put into the topic", given.events,
                Seconds(produced, Now()));
    std::printf("%-34s %.2f s\n", "start, to the first answer", world.Start());
    Queries queries(world, given.queries);
    const std::int64_t first = world.Decided();
    std::int64_t decided = first;
    Moment begin = Now(), end = begin;
    Used before = world.Use(given.broker);
    while (decided < given.events && Seconds(end, Now()) < 60) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        const std::int64_t now = world.Decided();
        if (decided == first) {  // the group has just been joined
            begin = Now();
            before = world.Use(given.broker);
        }
        if (now != decided) end = Now();
        decided = now;
    }
    const double seconds = Seconds(begin, end);
    std::printf("%-34s %.0f/s (%ld in %.1f s; %ld moved)\n", "events committed",
                static_cast<double>(decided - first) / seconds, decided, seconds, world.Moved());
    Tell("status queries meanwhile", queries.Stop());
    TellShares(world, given.broker, before, world.Use(given.broker), Seconds(begin, Now()));
    world.Stop();
    return decided == given.events ? 0 : 1;
}

// From an event, as its shop gives it away, to the request that reaches the partner.
int Latency(LoadWorld& world, const Given& given) {
    std::printf("%-34s %.2f s\n", "start, to the first answer", world.Start());
    std::this_thread::sleep_for(std::chrono::seconds(5));  // the group joins
    Queries queries(world, given.queries);
    const Used before = world.Use(given.broker);
    const Moment begin = Now();
    const std::int64_t count = std::min(given.rate * given.seconds, given.world.cases);
    for (std::int64_t n = 0; n < count; ++n) {
        std::this_thread::sleep_until(begin +
                                      std::chrono::microseconds(n * 1'000'000 / given.rate));
        world.PutRequest(n);
    }
    world.AwaitDelivery();
    const double took = Seconds(begin, Now());
    const bool all = world.AwaitRequests(count, 60);
    std::printf("%-34s %ld in %.1f s\n", "returns asked for", count, took);
    Tell("event to request at the partner", world.Latencies());
    Tell("status queries meanwhile", queries.Stop());
    TellShares(world, given.broker, before, world.Use(given.broker), Seconds(begin, Now()));
    world.Stop();
    return all ? 0 : 1;
}

}  // namespace
}  // namespace returns::load

int main(int count, char** arguments) {
    using namespace returns::load;
    const Given given = Read(count, arguments);
    LoadWorld world(given.world);
    return given.rate > 0 ? Latency(world, given) : Throughput(world, given);
}
