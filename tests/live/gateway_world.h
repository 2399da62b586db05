// The whole program in its world: `backhaul serve` and `backhaul-sandbox` as child processes with a
// database of their own, and the comparison of both sides' books. One thread.
#pragma once

#include "schemas/json.h"
#include "tests/live/kafka_client.h"
#include "tests/live/live_process.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace returns::live {

inline constexpr milliseconds kStartPatience{20000};

// A new folder, removed with everything in it.
class Folder {
public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

// Settings that start a gateway alone: a free port, a database in the folder, no Kafka.
Json LoneSettings(const std::string& folder);

class World {
public:
    // brokers: of a real Kafka, where it makes topics of its own; "": the one in the sandbox.
    explicit World(std::int64_t seed, const std::string& brokers = "");

    // Starts the gateway on the same database; Listening waits until it answers and sends the
    // partners' callbacks there.
    void Launch();
    bool Listening(milliseconds patience);
    Child& gateway() { return *gateway_; }
    const std::string& database() const { return database_; }
    std::string Log() const;  // of the gateway's last run

    // speed: how fast the story's plans follow each other; 0 for the usual.
    bool BeginStory(std::int64_t returns, std::int64_t speed = 0);
    bool SetFaults(const std::string& rates);  // of the sandbox, in percent by name
    bool StoryOver() const;  // nothing more is planned or on its way to the gateway
    // What does not agree, a sentence each: see books.h. Empty when all of it agrees.
    std::vector<std::string> Disagreements() const;
    // What was produced on a real Kafka and left no trace, or too many: see books.h.
    std::vector<std::string> Unanswered() const;
    std::int64_t Produced() const;  // records there by now
    // The gateway's positions, while it is down, behind all of these.
    void SkipProduced();
    std::size_t payments() const;             // refunds really paid
    std::vector<std::string> Orders() const;  // the shop's, by their ids
    Json Books() const;                       // as the sandbox keeps them
    Json OrderOf(const std::string& id) const;
    Json Ask(const std::string& method, const std::string& path, const Json& body = Json()) const;
    // The gateway's store has a new generation: keys may be made from it as well.
    void NoteGeneration(std::int64_t generation) { generations_.push_back(generation); }

    const std::string& gateway_url() const { return gateway_url_; }
    const std::string& key() const { return key_; }  // an operator's

    Run Command(const std::vector<std::string>& arguments);  // backhaul ARGUMENTS --settings ...

private:
    void MakeTopics();
    Json Settings() const;
    std::vector<gateway::BusRecord> Records(const std::string& topic) const;

    Folder folder_;
    std::unique_ptr<KafkaClient> kafka_;  // of a real one
    std::string database_, key_, sandbox_url_, gateway_url_, topics_;
    Json ready_, base_;
    std::unique_ptr<Child> sandbox_, gateway_;
    std::chrono::system_clock::time_point began_;
    int launches_ = 0;
    std::vector<std::int64_t> generations_{1};
};

}  // namespace returns::live
