// Another member of a consumer group: takes its share of the partitions and reads, but commits and
// keeps nothing. One thread.
#pragma once

#include <set>
#include <string>

struct rd_kafka_s;

namespace returns::live {

class KafkaMember {
public:
    KafkaMember(const std::string& bootstrap, const std::string& group, const std::string& topic);
    ~KafkaMember();  // leaves the group
    KafkaMember(const KafkaMember&) = delete;
    KafkaMember& operator=(const KafkaMember&) = delete;

    // To be called again and again: keeps it in the group. The partitions it has at the moment.
    std::set<int> Poll();

private:
    rd_kafka_s* handle_ = nullptr;
};

}  // namespace returns::live
