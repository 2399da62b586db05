// backhaul-sandbox: the simulated outside world as a program. Prints one JSON line with its
// addresses when it is ready, then serves until SIGTERM or SIGINT.
#include "tests/sandbox/sandbox.h"

#include <Poco/Exception.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>

namespace {

constexpr const char* kHelp =
    "Usage: backhaul-sandbox [--port N] [--seed N] [--returns N] [--speed N] [--gateway URL]\n"
    "                        [--kafka BROKERS --topics PREFIX]\n"
    "\n"
    "A simulated outside world on the loopback: a Kafka-protocol broker (in memory, about five\n"
    "megabytes a partition), a 3PL, a payment provider, a service desk and a shop. For\n"
    "demonstrations and tests; nothing of it belongs to the product.\n"
    "\n"
    "  --port N      port of the HTTP server; 0, the default, takes a free one\n"
    "  --seed N      of the story and its mishaps (1)\n"
    "  --returns N   how many orders come back (24)\n"
    "  --speed N     how many times faster than real time the story runs (1)\n"
    "  --gateway URL where callbacks go; may come with the story\n"
    "  --kafka B     a real Kafka instead of the one in memory; the topics are there already,\n"
    "  --topics P    with this before their names and six partitions each\n"
    "\n"
    "  POST /story   {\"gateway\", \"returns\", \"seed\", \"speed\", \"time\": {\"now\", "
    "\"factor\"},\n"
    "                \"connections\": {\"logistics\", \"payment\", \"desk\"}} begins the story\n"
    "  PUT /gateway  a URL: callbacks go there from now on, after the gateway's restart\n"
    "  GET /story    how far it is; \"state\" is waiting, playing or quiet\n"
    "  GET /books    what really happened: refunds, payments, disputes, returns, tickets\n"
    "  GET, POST, DELETE /faults   rates of mishaps in percent; DELETE sets all to zero\n";

bool ReadNumber(const std::string& text, std::int64_t min, std::int64_t max, std::int64_t& value) {
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    return read.ec == std::errc() && read.ptr == end && value >= min && value <= max;
}

// The exit code, or -1 to go on.
int ReadArguments(int argc, char** argv, returns::sandbox::SandboxOptions& options) {
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--help") {
            std::fputs(kHelp, stdout);
            return 0;
        }
        const std::string value = i + 1 < argc ? argv[++i] : "";
        constexpr std::int64_t kPortMax = 65535, kReturnsMax = 100000, kSpeedMax = 10000000;
        const bool good = name == "--port"      ? ReadNumber(value, 0, kPortMax, options.port)
                          : name == "--seed"    ? ReadNumber(value, 0, INT64_MAX, options.seed)
                          : name == "--returns" ? ReadNumber(value, 1, kReturnsMax, options.returns)
                          : name == "--speed"   ? ReadNumber(value, 1, kSpeedMax, options.speed)
                          : name == "--gateway" ? !value.empty()
                          : name == "--kafka"   ? !value.empty()
                                                : name == "--topics";
        if (name == "--gateway") options.gateway = value;
        if (name == "--kafka") options.kafka.bootstrap = value;
        if (name == "--topics") options.kafka.prefix = value;
        if (!good) {
            std::fprintf(stderr,
                         "backhaul-sandbox: reading arguments: '%s %s' is not understood, "
                         "see --help\n",
                         name.c_str(), value.c_str());
            return 2;
        }
    }
    return -1;
}

}  // namespace

int main(int argc, char** argv) {
    returns::sandbox::SandboxOptions options;
    const int code = ReadArguments(argc, argv, options);
    if (code >= 0) return code;
    // Blocked here and so in every thread: only sigwait sees them.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    std::unique_ptr<returns::sandbox::Sandbox> sandbox;
    try {
        sandbox = std::make_unique<returns::sandbox::Sandbox>(options);
    } catch (const Poco::Exception& error) {
        std::fprintf(stderr, "backhaul-sandbox: opening port %lld: %s\n",
                     static_cast<long long>(options.port), error.displayText().c_str());
        return 2;
    }
    std::printf("%s\n", returns::WriteJson(sandbox->Ready()).c_str());
    std::fflush(stdout);
    int signal = 0;
    sigwait(&signals, &signal);
    sandbox->Stop();
    return 0;
}
