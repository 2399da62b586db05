// simulate: as many worlds as one likes, and what was seen in them. See --help.
#include "tests/sim/report.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <thread>
#include <unistd.h>

namespace {

using namespace returns;  // NOLINT: a program of the tests' own

constexpr const char* kHelp =
    "usage: simulate [--seeds N] [--from S] [--jobs J] [--json FILE] [--strict]\n"
    "       simulate --seed S\n"
    "\n"
    "Plays simulated worlds: the program's own engine, dispatcher, timers and publisher against\n"
    "partners that lose, delay, repeat, bounce and lie, and gateways that die between any two\n"
    "steps. Each world follows from its seed alone. Ends with a report: faults by kind, edges of\n"
    "both machines that were reached and that were not, verdicts, seeds a second, failures.\n"
    "\n"
    "  --seeds N    how many (1000)\n"
    "  --from S     the first seed (1)\n"
    "  --jobs J     threads (all processors)\n"
    "  --json FILE  the report as JSON as well\n"
    "  --strict     an edge that is neither reached nor excused in tests/sim/unreached.json fails\n"
    "  --seed S     one world, with everything that happens in it, line by line\n"
    "\n"
    "Exit status: 0 every world kept the promise, 1 one did not, 2 bad usage.\n";

struct Wanted {
    std::int64_t seeds = 1000, from = 1, jobs = 0, one = 0;
    std::string json;
    bool strict = false;
};

bool ReadNumber(const std::string& text, std::int64_t& value) {
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    return read.ec == std::errc() && read.ptr == end && value > 0;
}

// The exit code, or -1 to go on.
int ReadArguments(int argc, char** argv, Wanted& wanted) {
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--help" || name == "-h") {
            std::fputs(kHelp, stdout);
            return 0;
        }
        if (name == "--strict") {
            wanted.strict = true;
            continue;
        }
        const std::string value = i + 1 < argc ? argv[++i] : "";
        const bool good = name == "--seeds"  ? ReadNumber(value, wanted.seeds)
                          : name == "--from" ? ReadNumber(value, wanted.from)
                          : name == "--jobs" ? ReadNumber(value, wanted.jobs)
                          : name == "--seed" ? ReadNumber(value, wanted.one)
                          : name == "--json" ? !value.empty()
                                             : false;
        if (name == "--json") wanted.json = value;
        if (good) continue;
        std::fprintf(stderr, "simulate: reading arguments: '%s %s' is not understood, see --help\n",
                     name.c_str(), value.c_str());
        return 2;
    }
    return -1;
}

int PlayOne(std::int64_t seed) {
    std::vector<std::string> trace;
    const auto kit = sim::MakeKit();
    sim::World world(static_cast<std::uint64_t>(seed), *kit, &trace);
    world.Run();
    for (const std::string& line : trace) std::cout << line << '\n';
    for (const std::string& violation : world.scene().violations)
        std::cout << "failed: " << violation << '\n';
    return world.scene().violations.empty() ? 0 : 1;
}

void PlayAll(const Wanted& wanted, sim::Report& report) {
    std::atomic<std::int64_t> next{0};
    const auto work = [&] {
        const auto kit = sim::MakeKit();
        for (std::int64_t at = next++; at < wanted.seeds; at = next++) {
            const auto seed = static_cast<std::uint64_t>(wanted.from + at);
            sim::World world(seed, *kit);
            world.Run();
            report.Add(seed, world);
        }
    };
    std::vector<std::thread> workers;
    for (std::int64_t n = 0; n < wanted.jobs; ++n) workers.emplace_back(work);
    const bool terminal = isatty(STDERR_FILENO) == 1;
    const auto begin = std::chrono::steady_clock::now();
    constexpr auto kLook = std::chrono::milliseconds(200);
    constexpr int kPercent = 100, kPlainEvery = 10;
    std::int64_t told = 0;
    for (std::int64_t done = 0; done < wanted.seeds;) {
        std::this_thread::sleep_for(kLook);
        done = std::min(next.load(), wanted.seeds);
        const std::int64_t percent = done * kPercent / wanted.seeds;
        if (terminal)
            std::fprintf(stderr, "\r%lld of %lld seeds", static_cast<long long>(done),
                         static_cast<long long>(wanted.seeds));
        else if (percent / kPlainEvery > told)
            std::fprintf(stderr, "%lld of %lld seeds\n", static_cast<long long>(done),
                         static_cast<long long>(wanted.seeds));
        told = percent / kPlainEvery;
    }
    for (std::thread& worker : workers) worker.join();
    if (terminal) std::fputs("\r\x1b[K", stderr);
    report.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) {
    Wanted wanted;
    const int code = ReadArguments(argc, argv, wanted);
    if (code >= 0) return code;
    if (wanted.one > 0) return PlayOne(wanted.one);
    if (wanted.jobs == 0) wanted.jobs = std::max(1U, std::thread::hardware_concurrency());
    const auto kit = sim::MakeKit();
    sim::Report report(kit->rules);
    PlayAll(wanted, report);
    const std::string replay = std::string(argv[0]) + " --seed ";
    report.Print(std::cout, isatty(STDOUT_FILENO) == 1, replay);
    if (!wanted.json.empty()) {
        std::ofstream out(wanted.json);
        out << WriteJson(report.AsJson(replay)) << '\n';
        if (!out.flush()) {
            std::fprintf(stderr, "simulate: writing %s failed\n", wanted.json.c_str());
            return 2;
        }
    }
    const auto unexplained = report.Unexplained();
    if (wanted.strict && !unexplained.empty()) {
        std::cout << unexplained.size()
                  << " edges were not reached and tests/sim/unreached.json does not say why\n";
        return 1;
    }
    return report.failed() == 0 ? 0 : 1;
}
