// Programs as child processes, plain HTTP calls and waiting with a deadline, for live tests.
// One thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace returns::live {

using std::chrono::milliseconds;

// Looks again and again until it holds; false when it does not within the time given.
bool Until(milliseconds patience, const std::function<bool()>& holds);

// A running program. Ends with this object, and with the test program whatever ends that. Variables
// named BACKHAUL_... are kept from it.
class Child {
public:
    Child(const std::vector<std::string>& arguments, const std::string& out_file,
          const std::string& error_file);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    pid_t pid() const { return pid_; }
    void Signal(int number) const;
    bool Running();
    // Its exit code, or 128 + the signal that ended it; nothing when it still runs.
    std::optional<int> Exit(milliseconds patience);

private:
    pid_t pid_ = -1;
    std::optional<int> exit_;
};

// Runs it to its end: exit code (nothing after half a minute) and what it said.
struct Run {
    std::optional<int> exit;
    std::string out, error;
};
Run RunProgram(const std::vector<std::string>& arguments, const std::string& folder);

struct HttpAnswer {
    int status = 0;  // 0: no answer
    std::string body;
};
// address as "http://127.0.0.1:4711". The key goes out as a bearer token; "" for none.
HttpAnswer Fetch(const std::string& method, const std::string& address, const std::string& path,
                 const std::string& body = "", const std::string& key = "",
                 const std::string& content_type = "");

std::string ReadFile(const std::string& path);  // "" when it is not there
void WriteFile(const std::string& path, const std::string& text);

}  // namespace returns::live
