// `backhaul serve` on a kept database and a real Kafka, a shop that tells, and a partner that
// listens: for measuring. The shop and the partner are threads of this process.
#pragma once

#include "gateway/http_door.h"
#include "gateway/kafka_bus.h"
#include "tests/live/live_process.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace returns::load {

using Moment = std::chrono::steady_clock::time_point;
inline Moment Now() { return std::chrono::steady_clock::now(); }
inline double Seconds(Moment from, Moment to) {
    return std::chrono::duration<double>(to - from).count();
}

struct LoadOptions {
    std::string brokers, database;
    std::int64_t cases = 0;
    int partitions = 4;
};

struct Used {  // seconds of processor time so far
    double gateway = 0, broker = 0, own = 0;
};

class LoadWorld {
public:
    explicit LoadWorld(const LoadOptions& options);
    ~LoadWorld();
    LoadWorld(const LoadWorld&) = delete;
    LoadWorld& operator=(const LoadWorld&) = delete;

    double Start();  // seconds until the gateway answered
    void Stop();

    // The n-th of the cases in an order of this run: its parcel has arrived; another return of it.
    void PutArrival(std::int64_t n);
    void PutRequest(std::int64_t n);
    void AwaitDelivery();  // until the broker has all of it

    bool AwaitRequests(std::int64_t count, double seconds);  // that reach the partner
    std::vector<double> Latencies() const;                   // milliseconds

    int Status(std::uint64_t n) const;  // of an agent's query for any return
    std::int64_t Decided() const;
    std::int64_t Moved() const;
    Used Use(pid_t broker) const;
    double Memory(const std::string& row) const;  // of the gateway, MB

private:
    std::int64_t CaseOf(std::int64_t n) const;
    void Put(const std::string& type, std::int64_t order, const std::string& data);
    void Receive(gateway::DoorRequest request, const gateway::DoorReplyFunction& reply);
    std::string Settings(const std::string& agent_sha256) const;

    const LoadOptions options_;
    const std::string run_, folder_;
    std::int64_t first_ = 0, put_ = 0, delivered_ = 0;
    std::string key_, url_;
    std::unique_ptr<gateway::KafkaBus> shop_;
    mutable std::mutex mutex_;
    std::vector<Moment> sent_, arrived_;  // by n, of requests
    std::int64_t requests_ = 0;           // that have arrived
    std::unique_ptr<gateway::HttpDoor> partner_;
    std::unique_ptr<live::Child> gateway_;
};

}  // namespace returns::load
