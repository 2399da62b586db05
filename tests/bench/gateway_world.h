// A whole gateway on one SQLite file with many open cases, for measuring. The parts are the
// product's own and put together as App does it, without bus and dispatcher. One thread.
#pragma once

#include "gateway/api.h"
#include "gateway/definitions.h"
#include "gateway/sqlite_store.h"
#include "gateway/system_clock.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>

namespace returns::gateway {

inline constexpr int kFillEvents = 6;  // per case, until its parcel is on its way
// Cases the engine makes event by event; further ones are copies of one more, under their numbers.
inline constexpr int kFilledByEngine = 20'000;

int BenchCases();  // $BACKHAUL_BENCH_CASES; 100,000 when it is not set

// $BACKHAUL_BENCH_DIR, which should be on the disk in question; else the temporary folder.
std::string BenchFolder();
std::int64_t ResidentBytes();

class GatewayWorld {
public:
    explicit GatewayWorld(std::string path);
    ~GatewayWorld();
    GatewayWorld(const GatewayWorld&) = delete;
    GatewayWorld& operator=(const GatewayWorld&) = delete;

    // On a file filled by a process of its own, so that this one's memory shows only what a start
    // brings; removed at exit. $BACKHAUL_BENCH_KEEP names a file to fill once and use again.
    static GatewayWorld& Shared();
    static double fill_seconds();  // the engine's part; 0: the file was there
    const std::string& path() const { return path_; }

    void Open();
    void Close(bool clean);  // clean: with snapshots of everything, as a stop writes them
    void Fill();

    // Hands the event in; `drain` commits all that waits and rests, as the lane does.
    void Submit(EventType type, int number, EventData data = {});
    void Drain();
    void Scan(int number);  // the next carrier scan of that case's parcel

    DoorRequest StatusQuery(int number) const;
    // A signed ShipBob callback: the return of that case has arrived.
    DoorRequest Callback(int number);
    // Asks and drains until the answer is there; gives its status.
    int Ask(DoorRequest request);

    Engine& engine() { return *engine_; }
    Api& api() { return *api_; }
    const Settings& settings() const { return settings_; }
    // A case anyone might ask for, of the first `span`.
    int Pick(int span) { return static_cast<int>(random_numbers_() % span); }
    int NextArrival();  // each case once, in no order

private:
    static void FillApart(const std::string& path);
    void FillPart(int first, int end);
    void FillByCopies(int first, int end);

    const std::string path_;
    Settings settings_;
    SystemClock clock_;
    SystemRandom random_;
    std::mt19937 random_numbers_{1};
    std::int64_t said_ = 0, arrivals_ = 0;
    std::string run_;  // makes ids differ between processes and starts
    std::unique_ptr<SqliteStore> store_;
    std::unique_ptr<Definitions> definitions_;
    std::optional<Connections> connections_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Api> api_;
};

}  // namespace returns::gateway
