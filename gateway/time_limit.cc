#include "gateway/time_limit.h"

#include "gateway/cli_words.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace returns::gateway {
namespace {

// Read in a signal's handler: ready before the alarm is set, and never changed after.
std::string last_words;

void OnAlarm(int) {
    const ssize_t ignored = ::write(2, last_words.data(), last_words.size());
    static_cast<void>(ignored);
    ::_exit(kFailed);
}

}  // namespace

int RunWithinSeconds(unsigned seconds, const std::string& words, const std::function<int()>& work) {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child < 0) return Complain("no process could be made", kFailed);
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        last_words = "backhaul: " + words + "\n";
        std::signal(SIGALRM, OnAlarm);
        ::alarm(seconds);
        const int code = work();
        std::fflush(nullptr);
        ::_exit(code);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    return Complain(std::string("it was ended: ") + strsignal(WTERMSIG(status)), kFailed);
}

int RunWithin(int minutes, const std::string& words, const std::function<int()>& work) {
    return RunWithinSeconds(static_cast<unsigned>(minutes) * 60, words, work);
}

}  // namespace returns::gateway
