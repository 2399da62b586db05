// What all parts of the simulated world share: seeded chance, a clock that moves only when told, an
// agenda of what is still to happen, the rates of faults and what has gone wrong. One thread, one
// world each.
#pragma once

#include "gateway/ports.h"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace returns::sim {

using namespace gateway;  // NOLINT: the simulated world speaks of nothing else

class Chance final : public Random {
public:
    explicit Chance(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}
    std::uint64_t Next() override;
    std::int64_t Between(std::int64_t low, std::int64_t high);  // both ends included
    bool PerMille(int rate) { return rate > 0 && Between(0, 999) < rate; }
    Millis Span(Millis low, Millis high) { return Millis(Between(low.count(), high.count())); }

private:
    std::uint64_t state_;
};

// Monotonic time is the world's own; the wall clock may jump against it.
class SimClock final : public Clock {
public:
    Instant Now() override { return start_ + since_ + jumped_; }
    Millis Monotonic() override { return since_; }
    void MoveTo(Millis since) { since_ = since > since_ ? since : since_; }
    void Jump(Millis by) {
        jumped_ += by;
        jumped_at_ = since_;
    }
    // Pauses that went by the wall clock may have been cut short.
    bool JumpedWithin(Millis span) const { return jumped_at_ && since_ - *jumped_at_ < span; }
    Millis ToMonotonic(Instant at) const { return at - start_ - jumped_; }

private:
    Instant start_ = Instant(Millis(1'772'442'000'000));  // a Monday morning in March 2026
    Millis since_{0}, jumped_{0};
    std::optional<Millis> jumped_at_;
};

// clang-format off
enum class Fault : std::uint8_t {
    kRequestLost, kRequestSlow, kAnswerLost, kAnswerCut, kErrorAfter, kErrorBefore, kRateLimited,
    kUnreachable, kCallbackTwice, kCallbackLate, kRecordTwice, kRecordLate, kPoison, kRefused,
    kFailsLater, kBounced, kDisputed, kPartnerLies, kPartnerSilent, kDeskDown, kPersonResolves,
    kPersonActs, kPaidByHand, kCrash, kCrashInCommit, kCommitFails, kCommitInDoubt, kCommitLost,
    kClockJumps, kProduceLost, kAckLost, kBusFull, kConflict,
    kUnknownStatus, kAccountClosed, kLowBalance, kOverCapacity, kClockJumpsADay, kPersonOnMoney,
    kCarrierTells,
};
// clang-format on
inline constexpr int kFaults = 40;
std::string_view Name(Fault fault);

struct Scene {
    explicit Scene(std::uint64_t seed) : chance(seed), later(~seed) {}

    Chance chance;
    Chance later;  // of faults that came later: a world without them goes on as it was
    SimClock clock;
    std::array<int, kFaults> rates{};  // per thousand, drawn for this seed
    std::array<std::int64_t, kFaults> struck{};
    bool healed = false;                  // no faults from here on
    std::set<std::string> unclean;        // orders in which money moved on its own
    std::vector<std::string> violations;  // "checker: what"
    std::vector<std::string>* trace = nullptr;

    // Draws whether this fault happens now, and counts it.
    bool Strikes(Fault fault);
    Chance& LuckOf(Fault fault) { return fault < Fault::kUnknownStatus ? chance : later; }
    void Violate(const std::string& checker, const std::string& what);
    void Trace(const std::string& line);

    void After(Millis delay, std::function<void()> what);
    bool NothingPlanned() const { return agenda_.empty(); }
    Millis NextPlanned() const;
    bool RunPlanned();  // what is due now; false when nothing was

private:
    std::multimap<Millis, std::function<void()>> agenda_;
};

// No faults, mild or hell: rates differ from seed to seed.
void DrawRates(Scene& scene);

inline constexpr Millis kMinute = std::chrono::minutes(1);
inline constexpr Millis kHour = std::chrono::hours(1);
inline constexpr Millis kDay = std::chrono::hours(24);

}  // namespace returns::sim
