#include "tests/live/kafka_member.h"

#include "schemas/check.h"

#include <librdkafka/rdkafka.h>

#include <array>

namespace returns::live {

KafkaMember::KafkaMember(const std::string& bootstrap, const std::string& group,
                         const std::string& topic) {
    std::array<char, 512> text{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    for (const auto& [name, value] :
         {std::pair("bootstrap.servers", bootstrap.c_str()), std::pair("group.id", group.c_str()),
          std::pair("enable.auto.commit", "false"),
          std::pair("partition.assignment.strategy", "range")})
        CHECK(rd_kafka_conf_set(conf, name, value, text.data(), text.size()) == RD_KAFKA_CONF_OK);
    handle_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text.data(), text.size());
    CHECK(handle_ != nullptr);
    rd_kafka_poll_set_consumer(handle_);
    rd_kafka_topic_partition_list_t* topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, topic.c_str(), RD_KAFKA_PARTITION_UA);
    CHECK(rd_kafka_subscribe(handle_, topics) == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(topics);
}

KafkaMember::~KafkaMember() {
    rd_kafka_consumer_close(handle_);
    rd_kafka_destroy(handle_);
}

std::set<int> KafkaMember::Poll() {
    while (rd_kafka_message_t* message = rd_kafka_consumer_poll(handle_, 0))
        rd_kafka_message_destroy(message);
    rd_kafka_topic_partition_list_t* list = nullptr;
    CHECK(rd_kafka_assignment(handle_, &list) == RD_KAFKA_RESP_ERR_NO_ERROR);
    std::set<int> partitions;
    for (int at = 0; at < list->cnt; ++at) partitions.insert(list->elems[at].partition);
    rd_kafka_topic_partition_list_destroy(list);
    return partitions;
}

}  // namespace returns::live
