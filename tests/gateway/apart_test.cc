// What strangers wrote runs in a process that may use little.
#include "gateway/apart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace returns::gateway {
namespace {

using testing::HasSubstr;
using At = std::function<void(const std::string&)>;

TEST(Apart, GivesWhatTheWorkGave) {
    const auto end = RunApart([](const At& at) {
        at("the first");
        at("the second:\n3");
        return std::pair(7, std::string("said 12:\nall"));
    });
    ASSERT_TRUE(end.ok());
    EXPECT_EQ(end->halted, "");
    EXPECT_EQ(end->code, 7);
    EXPECT_EQ(end->text, "said 12:\nall");
    EXPECT_EQ(end->at, "the second:\n3");
}

TEST(Apart, WorkWithoutEndIsStopped) {
    ApartLimits limits;
    limits.cpu_seconds = 1;
    const auto end = RunApart(
        [](const At& at) {
            at("a loop");
            volatile std::uint64_t count = 0;
            for (;;) count = count + 1;
            return std::pair(0, std::string());
        },
        limits);
    ASSERT_TRUE(end.ok());
    EXPECT_THAT(end->halted, HasSubstr("more than 1 s of processor time"));
    EXPECT_EQ(end->at, "a loop");
}

TEST(Apart, WritesNoFileAndOpensNothing) {
    const std::string path = testing::TempDir() + "/apart";
    const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    ASSERT_GE(file, 0);
    const auto writes = RunApart([file](const At&) {
        const bool wrote = ::write(file, "x", 1) == 1;
        return std::pair(wrote ? 0 : 1, std::string());
    });
    EXPECT_EQ(writes->halted, "it tried to write a file");
    const auto opens = RunApart([](const At&) {
        return std::pair(::open("/dev/null", O_RDONLY | O_CLOEXEC), std::string());
    });
    EXPECT_EQ(opens->code, -1);
    ::close(file);
    ::unlink(path.c_str());
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(Apart, WorkThatTakesAllMemoryIsStopped) {
    ApartLimits limits;
    limits.memory_mib = 512;
    const auto end = RunApart(
        [](const At&) {
            const std::string large(std::size_t{1} << 30, 'x');
            return std::pair(0, large);
        },
        limits);
    EXPECT_THAT(end->halted, HasSubstr("512 MiB of memory"));
}
#endif

}  // namespace
}  // namespace returns::gateway
