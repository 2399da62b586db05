#include "tests/live/live_process.h"

#include "schemas/check.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace returns::live {

namespace {

constexpr milliseconds kLook{10};
constexpr milliseconds kRunPatience{30000};
constexpr int kSignalled = 128;
constexpr int kNotStarted = 127;

std::vector<std::string> Surroundings() {
    std::vector<std::string> kept;
    for (char** at = environ; *at != nullptr; ++at) {
        if (!std::string_view(*at).starts_with("BACKHAUL_")) kept.emplace_back(*at);
    }
    return kept;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

// In the child, between fork and exec: system calls only.
[[noreturn]] void Become(char** arguments, char** surroundings, const char* out,
                         const char* error) {
    constexpr int kMode = 0600;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    dup2(open(out, O_WRONLY | O_CREAT | O_TRUNC, kMode), STDOUT_FILENO);
    dup2(open(error, O_WRONLY | O_CREAT | O_TRUNC, kMode), STDERR_FILENO);
    execve(arguments[0], arguments, surroundings);
    _exit(kNotStarted);
}

}  // namespace

bool Until(milliseconds patience, const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!holds()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::sleep_for(kLook);
    }
    return true;
}

Child::Child(const std::vector<std::string>& arguments, const std::string& out_file,
             const std::string& error_file) {
    std::vector<std::string> given = arguments, around = Surroundings();
    const std::vector<char*> given_pointers = Pointers(given), around_pointers = Pointers(around);
    pid_ = fork();
    CHECK(pid_ >= 0);
    if (pid_ == 0) {
        Become(const_cast<char**>(given_pointers.data()),
               const_cast<char**>(around_pointers.data()), out_file.c_str(), error_file.c_str());
    }
}

Child::~Child() {
    if (!Running()) return;
    Signal(SIGKILL);
    Exit(kRunPatience);
}

void Child::Signal(int number) const {
    if (!exit_) kill(pid_, number);
}

bool Child::Running() {
    if (exit_) return false;
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
    exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
    return false;
}

std::optional<int> Child::Exit(milliseconds patience) {
    Until(patience, [this] { return !Running(); });
    return exit_;
}

Run RunProgram(const std::vector<std::string>& arguments, const std::string& folder) {
    const std::string out = folder + "/run.out", error = folder + "/run.error";
    Child child(arguments, out, error);
    const std::optional<int> exit = child.Exit(kRunPatience);
    return {exit, ReadFile(out), ReadFile(error)};
}

HttpAnswer Fetch(const std::string& method, const std::string& address, const std::string& path,
                 const std::string& body, const std::string& key, const std::string& content_type) {
    try {
        const Poco::URI uri(address);
        Poco::Net::HTTPClientSession session(uri.getHost(), uri.getPort());
        constexpr int kTimeoutSeconds = 10;
        session.setTimeout(Poco::Timespan(kTimeoutSeconds, 0));
        Poco::Net::HTTPRequest request(method, path, Poco::Net::HTTPRequest::HTTP_1_1);
        request.setContentLength64(static_cast<Poco::Int64>(body.size()));
        if (!content_type.empty()) request.setContentType(content_type);
        if (!key.empty()) request.set("Authorization", "Bearer " + key);
        session.sendRequest(request) << body;
        Poco::Net::HTTPResponse response;
        HttpAnswer answer;
        Poco::StreamCopier::copyToString(session.receiveResponse(response), answer.body);
        answer.status = response.getStatus();
        return answer;
    } catch (const Poco::Exception&) {
        return {};
    }
}

std::string ReadFile(const std::string& path) {
    const std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

void WriteFile(const std::string& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    CHECK(out.good());
}

}  // namespace returns::live
