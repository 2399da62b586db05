// Failed sign-ins: who has to wait, how long, and that memory stays bounded.
#include "gateway/sign_in_guard.h"

#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

using std::chrono::seconds;

constexpr Instant kStart = Instant(std::chrono::hours(500000));

TEST(SignInGuard, TheLimitIsReachedByFailuresAndEndsWithItsWindow) {
    SignInGuard guard({3, 100, 60});
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(guard.Wait("192.0.2.1", kStart), Millis(0)) << i;
        guard.NoteFailure("192.0.2.1", kStart + seconds(i));
    }
    EXPECT_EQ(guard.Wait("192.0.2.1", kStart + seconds(10)), seconds(50));
    EXPECT_EQ(guard.Wait("192.0.2.2", kStart + seconds(10)), Millis(0));
    EXPECT_EQ(guard.Wait("192.0.2.1", kStart + seconds(60)), Millis(0));
}

TEST(SignInGuard, AClockPutBackLocksNobodyOut) {
    SignInGuard guard({1, 1, 60});
    guard.NoteFailure("192.0.2.1", kStart);
    EXPECT_EQ(guard.Wait("192.0.2.1", kStart - std::chrono::hours(5)), Millis(0));
}

TEST(SignInGuard, ANetworkOfIpv6CountsAsOne) {
    EXPECT_EQ(CountedAs("2001:db8:0:7::1"), CountedAs("2001:0db8::7:ffff:1:2:3"));
    EXPECT_NE(CountedAs("2001:db8:0:7::1"), CountedAs("2001:db8:0:8::1"));
    EXPECT_EQ(CountedAs("::1"), CountedAs("0:0:0:0:0:0:0:2"));
    EXPECT_EQ(CountedAs("::ffff:192.0.2.1"), "::ffff:192.0.2.1");
    EXPECT_EQ(CountedAs("192.0.2.1"), "192.0.2.1");
    for (const std::string odd : {"", ":", "::", "1:2:3", "1:2:3:4:5:6:7:8:9", "a::b::c", ":::"}) {
        CountedAs(odd);  // comes back
    }
    SignInGuard guard({2, 100, 60});
    guard.NoteFailure("2001:db8::1", kStart);
    guard.NoteFailure("2001:db8::2", kStart);
    EXPECT_GT(guard.Wait("2001:db8::3", kStart), Millis(0));
}

TEST(SignInGuard, MemoryIsBoundedAndOldAddressesMakeRoom) {
    constexpr std::int64_t kMany = SignInGuard::kAddressesMax + 500;
    SignInGuard guard({1, kMany + 2, 60});
    for (std::int64_t i = 0; i < kMany; ++i) {
        guard.NoteFailure("host-" + std::to_string(i), kStart);
    }
    EXPECT_EQ(guard.addresses(), SignInGuard::kAddressesMax);
    guard.NoteFailure("192.0.2.9", kStart + seconds(60));
    EXPECT_EQ(guard.addresses(), 1U);
    EXPECT_GT(guard.Wait("192.0.2.9", kStart + seconds(61)), Millis(0));
}

}  // namespace
}  // namespace returns::gateway
