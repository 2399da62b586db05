// The path from an event to its commit, from a callback to its receipt, and from a question to its
// answer, with many open cases on disk; a restart, and memory. Measures only. README.md has the
// commands and figures.
#include "gateway/http_client.h"
#include "gateway/http_door.h"
#include "schemas/check.h"
#include "tests/bench/gateway_world.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <vector>

namespace returns::gateway {
namespace {

using Moment = std::chrono::steady_clock::time_point;
Moment Now() { return std::chrono::steady_clock::now(); }

// One figure per iteration; the middle and the tail of them go to the report.
class Durations {
public:
    void Add(Moment since) {
        micros_.push_back(std::chrono::duration<double, std::micro>(Now() - since).count());
    }
    void Report(benchmark::State& state) {
        std::sort(micros_.begin(), micros_.end());
        state.counters["p50_us"] = micros_[micros_.size() / 2];
        state.counters["p99_us"] = micros_[micros_.size() * 99 / 100];
    }

private:
    std::vector<double> micros_;
};

GatewayWorld& OpenWorld() {
    GatewayWorld& world = GatewayWorld::Shared();
    world.Open();
    return world;
}

// The first to run: shows how fast new orders come in and what a start costs in memory.
// after_start_mb: indexes read, no case in memory. cache_full_mb: as many as settings allow.
void BM_GatewayMemory(benchmark::State& state) {
    GatewayWorld& world = GatewayWorld::Shared();
    const std::int64_t before = ResidentBytes();
    for (auto unused : state) world.Open();
    if (GatewayWorld::fill_seconds() > 0)
        state.counters["fill_events_per_s"] =
            static_cast<double>(kFilledByEngine) * kFillEvents / GatewayWorld::fill_seconds();
    state.counters["before_mb"] = static_cast<double>(before) / 1e6;
    state.counters["after_start_mb"] = static_cast<double>(ResidentBytes()) / 1e6;
    for (int number = 0; number < 20'000; ++number) {
        world.Scan(number);
        if (number % 256 == 255) world.Drain();
    }
    world.Drain();
    state.counters["cache_full_mb"] = static_cast<double>(ResidentBytes()) / 1e6;
    world.Close(true);
    state.counters["disk_bytes_per_case"] =
        static_cast<double>(std::filesystem::file_size(world.path())) / BenchCases();
}
BENCHMARK(BM_GatewayMemory)->Iterations(1)->Unit(benchmark::kMillisecond)->UseRealTime();

// Arguments: events that arrive together; the cases they are about (fewer than the cache holds, or
// any open one).
void BM_EngineEvents(benchmark::State& state) {
    GatewayWorld& world = OpenWorld();
    const auto span = static_cast<int>(state.range(1));
    if (span < BenchCases())
        for (int number = 0; number < span; ++number)
            CHECK(world.engine().Read({"main", "O-" + std::to_string(number)}).ok());
    Durations durations;
    for (auto unused : state) {
        const Moment start = Now();
        for (std::int64_t n = 0; n < state.range(0); ++n) world.Scan(world.Pick(span));
        world.Drain();
        durations.Add(start);
    }
    const EngineCounters& counters = world.engine().counters();
    CHECK(counters.decided == state.iterations() * state.range(0));
    state.SetItemsProcessed(state.iterations() * state.range(0));
    durations.Report(state);
    world.Close(true);
}
BENCHMARK(BM_EngineEvents)
    ->ArgsProduct({{1, 16, 256}, {10'000, BenchCases()}})
    ->ArgNames({"batch", "cases"})
    ->UseRealTime();

void BM_Callback(benchmark::State& state) {
    GatewayWorld& world = OpenWorld();
    Durations durations;
    for (auto unused : state) {
        state.PauseTiming();  // signing is the partner's work
        DoorRequest request = world.Callback(world.NextArrival());
        state.ResumeTiming();
        const Moment start = Now();
        CHECK(world.Ask(std::move(request)) == 202);
        durations.Add(start);
    }
    CHECK(world.engine().counters().decided == state.iterations());
    state.SetItemsProcessed(state.iterations());
    durations.Report(state);
    world.Close(true);
}
BENCHMARK(BM_Callback)->UseRealTime();

// The lane behind a listening door, and partners that call it.
class Doorway {
public:
    explicit Doorway(GatewayWorld& world) : world_(world) {
        client_ = HttpClientAdapter::Make({}, [this] { Wake(); }).value();
        DoorOptions options;
        door_ = HttpDoor::Open(options, [this](DoorRequest request, DoorReplyFunction reply) {
                    const std::lock_guard lock(mutex_);
                    arrived_.emplace_back(std::move(request), std::move(reply));
                    wake_.notify_one();
                }).value();
        address_ = "http://127.0.0.1:" + std::to_string(door_->port());
    }
    void Send(const DoorRequest& request) {
        HttpCall call;
        call.base_url = address_;
        call.request.method = request.method;
        call.request.target = request.path;
        call.request.headers = request.headers;
        call.request.body = request.body;
        client_->Submit(std::move(call));
    }
    // One round of the lane; gives the answers that have come back.
    std::size_t Round() {
        std::vector<std::pair<DoorRequest, DoorReplyFunction>> arrived;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return woken_ || !arrived_.empty(); });
            woken_ = false;
            arrived.swap(arrived_);
        }
        for (auto& [request, reply] : arrived)
            world_.api().Handle(std::move(request), std::move(reply));
        world_.Drain();
        const auto answers = client_->Take();
        for (const HttpCompletion& each : answers) CHECK(each.result.answer.status == 202);
        return answers.size();
    }

private:
    void Wake() {
        const std::lock_guard lock(mutex_);
        woken_ = true;
        wake_.notify_one();
    }

    GatewayWorld& world_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool woken_ = false;
    std::vector<std::pair<DoorRequest, DoorReplyFunction>> arrived_;
    std::string address_;
    std::unique_ptr<HttpClientAdapter> client_;
    std::unique_ptr<HttpDoor> door_;
};

// Argument: callbacks on their way at the same time. Door, partners and lane share the machine.
void BM_CallbackOverHttp(benchmark::State& state) {
    GatewayWorld& world = OpenWorld();
    const auto together = static_cast<std::size_t>(state.range(0));
    Durations durations;
    {
        Doorway doorway(world);
        for (auto unused : state) {
            state.PauseTiming();
            std::vector<DoorRequest> requests;
            while (requests.size() < together)
                requests.push_back(world.Callback(world.NextArrival()));
            state.ResumeTiming();
            const Moment start = Now();
            for (const DoorRequest& request : requests) doorway.Send(request);
            for (std::size_t back = 0; back < together;) back += doorway.Round();
            durations.Add(start);
        }
    }
    CHECK(world.engine().counters().decided == state.iterations() * state.range(0));
    state.SetItemsProcessed(state.iterations() * state.range(0));
    durations.Report(state);
    world.Close(true);
}
BENCHMARK(BM_CallbackOverHttp)->Arg(1)->Arg(16)->ArgName("together")->UseRealTime();

// Argument: the returns asked for (fewer than the cache holds, or any).
void BM_StatusQuery(benchmark::State& state) {
    GatewayWorld& world = OpenWorld();
    Durations durations;
    for (auto unused : state) {
        DoorRequest request = world.StatusQuery(world.Pick(static_cast<int>(state.range(0))));
        const Moment start = Now();
        CHECK(world.Ask(std::move(request)) == 200);
        durations.Add(start);
    }
    state.SetItemsProcessed(state.iterations());
    durations.Report(state);
    world.Close(true);
}
BENCHMARK(BM_StatusQuery)->Arg(1'000)->Arg(BenchCases())->ArgName("returns")->UseRealTime();

// From nothing in memory to the first answer, then the search for stalled cases in spare time.
// Argument: cases newer than their snapshot when the process ended without a stop; at most
// EngineOptions::dirty_max can be.
void BM_Restart(benchmark::State& state) {
    GatewayWorld& world = GatewayWorld::Shared();
    double scanning = 0;
    for (auto unused : state) {
        world.Open();
        for (int number = 0; number < state.range(0); ++number) {
            world.Scan(number);
            if (number % 256 == 255) world.Drain();
        }
        world.Drain();
        world.Close(state.range(0) == 0);
        const Moment start = Now();
        world.Open();
        CHECK(world.Ask(world.StatusQuery(world.Pick(BenchCases()))) == 200);
        const Moment answered = Now();
        while (world.api().Step()) {
        }
        state.SetIterationTime(std::chrono::duration<double>(answered - start).count());
        scanning += std::chrono::duration<double, std::milli>(Now() - answered).count();
        world.Close(true);
    }
    state.counters["stall_search_ms"] = scanning / static_cast<double>(state.iterations());
}
BENCHMARK(BM_Restart)
    ->Arg(0)
    ->Arg(19'000)
    ->ArgName("unsaved")
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime();

}  // namespace
}  // namespace returns::gateway
