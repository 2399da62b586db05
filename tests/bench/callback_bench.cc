// Callbacks: what reading one costs by itself, and what a whole gateway takes over real HTTP from
// partners in a process of their own. README.md has the commands and figures.
#include "gateway/app.h"
#include "gateway/callback_reader.h"
#include "schemas/check.h"
#include "tests/bench/callers.h"
#include "tests/bench/gateway_world.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace returns::gateway {
namespace {

// Signature and mapping of one callback, without any case.
void BM_CallbackRead(benchmark::State& state) {
    GatewayWorld& world = GatewayWorld::Shared();
    world.Open();
    CallbackReader reader = world.api().callback_reader().Twin();
    const DoorRequest request = world.Callback(1);
    for (auto unused : state) CHECK(reader.Read(request).reading.events.size() == 1);
    world.Close(false);
}
BENCHMARK(BM_CallbackRead)->Unit(benchmark::kMicrosecond);

std::string Bytes(const DoorRequest& request) {
    std::string bytes =
        request.method + " " + request.path + " HTTP/1.1\r\nHost: gateway.example\r\n";
    for (const auto& [name, value] : request.headers) bytes += name + ": " + value + "\r\n";
    if (!request.body.empty())
        bytes += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    return bytes + "\r\n" + request.body;
}

// The product itself, in a process of its own, until told to stop.
class RunningGateway {
public:
    RunningGateway(Settings settings, const std::string& database) {
        settings.database = database;
        settings.machines = BACKHAUL_SOURCE_DIR "/workflows";
        settings.connectors = BACKHAUL_SOURCE_DIR "/connectors";
        settings.listen.host = "127.0.0.1";
        settings.listen.connections_max = settings.listen.connections_per_peer_max = 256;
        settings.listen.read_timeout_ms = 10'000;
        settings.listen.idle_timeout_ms = 5'000;
        settings.listen.reply_timeout_ms = 15'000;
        settings.limits.message_bytes_max = 1 << 20;
        settings.limits.raw_days = 30;
        settings.drain_seconds = 10;
        settings.client_workers = 2;
        settings.language = "en";
        int ends[2];
        CHECK(::pipe(ends) == 0);
        process_ = ::fork();
        CHECK(process_ >= 0);
        if (process_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            auto app = App::Open(settings);
            CHECK(app.ok());
            const int port = (*app)->port();
            CHECK(::write(ends[1], &port, sizeof port) == sizeof port);
            ::_exit((*app)->Run());
        }
        CHECK(::read(ends[0], &port_, sizeof port_) == sizeof port_);
        ::close(ends[0]);
        ::close(ends[1]);
    }
    ~RunningGateway() {
        ::kill(process_, SIGTERM);
        int status = 0;
        CHECK(::waitpid(process_, &status, 0) == process_ && status == 0);
    }
    int port() const { return port_; }
    double CpuSeconds() const {
        std::ifstream in("/proc/" + std::to_string(process_) + "/stat");
        std::string word;
        for (int i = 0; i < 13; ++i) in >> word;  // up to utime, stime; the name has no blanks
        double user = 0, system = 0;
        in >> user >> system;
        return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
    }

private:
    pid_t process_ = -1;
    int port_ = 0;
};

double OwnCpuSeconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

double At(std::vector<double>& micros, double part) {
    std::sort(micros.begin(), micros.end());
    return micros[static_cast<std::size_t>(part * static_cast<double>(micros.size() - 1))];
}

// Arguments: connections kept open, callbacks in all. Meanwhile an agent asks 200 times a second.
// The machine's own load is told because whatever else runs shares the processors.
void BM_CallbackLoad(benchmark::State& state) {
    GatewayWorld& world = GatewayWorld::Shared();
    for (auto unused : state) {
        world.Open();
        std::vector<Calling> callings(2);
        callings[0].connections = static_cast<int>(state.range(0));
        callings[0].status = 202;
        for (std::int64_t n = 0; n < state.range(1); ++n)
            callings[0].requests.push_back(Bytes(world.Callback(world.NextArrival())));
        callings[1].pause_us = 5'000;
        callings[1].leads = false;
        for (int n = 0; n < 1000; ++n)
            callings[1].requests.push_back(Bytes(world.StatusQuery(world.Pick(BenchCases()))));
        world.Close(false);
        const RunningGateway gateway(world.settings(), world.path());
        const double theirs = gateway.CpuSeconds(), ours = OwnCpuSeconds();
        const double seconds = Call(gateway.port(), callings);
        const double count = static_cast<double>(state.range(1));
        state.counters["callbacks_per_s"] = count / seconds;
        state.counters["p50_ms"] = At(callings[0].micros, 0.5) / 1e3;
        state.counters["p99_ms"] = At(callings[0].micros, 0.99) / 1e3;
        state.counters["status_p50_ms"] = At(callings[1].micros, 0.5) / 1e3;
        state.counters["status_p99_ms"] = At(callings[1].micros, 0.99) / 1e3;
        state.counters["gateway_cpu_us"] = (gateway.CpuSeconds() - theirs) * 1e6 / count;
        state.counters["callers_cpu_us"] = (OwnCpuSeconds() - ours) * 1e6 / count;
        double load = 0;
        std::ifstream("/proc/loadavg") >> load;
        state.counters["load_average"] = load;
        state.SetIterationTime(seconds);
    }
}
BENCHMARK(BM_CallbackLoad)
    ->Args({64, 20'000})
    ->ArgNames({"connections", "callbacks"})
    ->Iterations(1)
    ->UseManualTime();

}  // namespace
}  // namespace returns::gateway
