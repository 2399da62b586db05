#include "gateway/apart.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace returns::gateway {
namespace {

// Sanitizers keep shadows of all addresses.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMayLimitAddresses = false;
#else
constexpr bool kMayLimitAddresses = true;
#endif

constexpr char kAt = 'a', kEnd = 'e';

void Write(int to, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(to, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

// A letter, the length, a colon, the text.
void Tell(int to, char what, const std::string& text) {
    Write(to, std::string(1, what) + std::to_string(text.size()) + ":" + text);
}

void Limit(int resource, rlim_t most) {
    const rlimit limit{most, most};
    setrlimit(static_cast<__rlimit_resource>(resource), &limit);
}

[[noreturn]] void Work(const ApartWork& work, const ApartLimits& limits, int to) {
    Limit(RLIMIT_CPU, static_cast<rlim_t>(limits.cpu_seconds));
    Limit(RLIMIT_FSIZE, 0);
    Limit(RLIMIT_CORE, 0);
    Limit(RLIMIT_NOFILE, 0);  // those open stay so; no further one, no socket either
    if (kMayLimitAddresses) Limit(RLIMIT_AS, static_cast<rlim_t>(limits.memory_mib) << 20);
    std::signal(SIGXFSZ, SIG_DFL);
    alarm(static_cast<unsigned>(limits.wall_seconds));
    try {
        const auto [code, text] = work([to](const std::string& at) { Tell(to, kAt, at); });
        Tell(to, kEnd, std::to_string(code) + " " + text);
    } catch (...) {  // such as no memory: nobody further up may go on in this process
        _exit(1);
    }
    _exit(0);
}

std::string ReadAll(int from) {
    std::string all;
    std::array<char, 65536> piece;
    for (;;) {
        const ssize_t got = ::read(from, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return all;
        all.append(piece.data(), static_cast<std::size_t>(got));
    }
}

bool Understand(const std::string& told, ApartEnd& end) {
    bool ended = false;
    for (std::size_t at = 0; at < told.size();) {
        const std::size_t colon = told.find(':', at);
        if (colon == std::string::npos) return ended;
        const std::size_t size = std::strtoul(told.c_str() + at + 1, nullptr, 10);
        std::string text = told.substr(colon + 1, size);
        if (text.size() < size) return ended;
        if (told[at] == kEnd) {
            const std::size_t space = text.find(' ');
            end.code = std::atoi(text.c_str());
            end.text = text.substr(space + 1);
            ended = true;
        } else if (told[at] == kAt) {
            end.at = std::move(text);
        }
        at = colon + 1 + size;
    }
    return ended;
}

std::string WhyHalted(int status, const ApartLimits& limits) {
    const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (signal == SIGXCPU || signal == SIGKILL)
        return "it used more than " + std::to_string(limits.cpu_seconds) + " s of processor time";
    if (signal == SIGALRM)
        return "it took longer than " + std::to_string(limits.wall_seconds) + " s";
    if (signal == SIGXFSZ) return "it tried to write a file";
    if (signal == SIGABRT || signal == SIGSEGV || signal == SIGBUS || signal == 0)
        return "it used more than " + std::to_string(limits.memory_mib) +
               " MiB of memory, or broke down";
    return std::string("it was ended by ") + strsignal(signal);
}

}  // namespace

Result<ApartEnd> RunApart(const ApartWork& work, const ApartLimits& limits) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0)
        return Error{Code::kUnavailable, std::string("making a pipe: ") + std::strerror(errno)};
    const pid_t child = ::fork();
    if (child < 0)
        return Error{Code::kUnavailable, std::string("making a process: ") + std::strerror(errno)};
    if (child == 0) {
        ::close(ends[0]);
        Work(work, limits, ends[1]);
    }
    ::close(ends[1]);
    const std::string told = ReadAll(ends[0]);
    ::close(ends[0]);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    ApartEnd end;
    if (!Understand(told, end)) end.halted = WhyHalted(status, limits);
    return end;
}

}  // namespace returns::gateway
