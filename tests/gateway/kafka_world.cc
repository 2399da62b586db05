#include "tests/gateway/kafka_world.h"

#include "schemas/check.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <chrono>

namespace returns::gateway {

namespace {

rd_kafka_t* NewHandle(const std::map<std::string, std::string>& settings, rd_kafka_type_t type) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    std::array<char, 256> text{};
    for (const auto& [key, value] : settings) {
        CHECK(rd_kafka_conf_set(conf, key.c_str(), value.c_str(), text.data(), text.size()) ==
              RD_KAFKA_CONF_OK);
    }
    rd_kafka_t* handle = rd_kafka_new(type, conf, text.data(), text.size());
    CHECK(handle != nullptr);
    return handle;
}

}  // namespace

KafkaWorld::KafkaWorld() {
    handle_ = NewHandle({{"client.id", "world"}, {"log_level", "2"}}, RD_KAFKA_PRODUCER);
    cluster_ = rd_kafka_mock_cluster_new(handle_, 1);
    CHECK(cluster_ != nullptr);
}

KafkaWorld::~KafkaWorld() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(handle_);
}

void KafkaWorld::CreateTopic(const std::string& topic, int partitions) {
    CHECK(rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, 1) ==
          RD_KAFKA_RESP_ERR_NO_ERROR);
}

void KafkaWorld::Hide(const std::string& topic, bool hidden) {
    rd_kafka_mock_topic_set_error(
        cluster_, topic.c_str(),
        hidden ? RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART : RD_KAFKA_RESP_ERR_NO_ERROR);
}

void KafkaWorld::SetUp(bool up) {
    if (up) {
        rd_kafka_mock_broker_set_up(cluster_, -1);
    } else {
        rd_kafka_mock_broker_set_down(cluster_, -1);
    }
}

void KafkaWorld::Inject(int api_key, std::vector<int> errors) {
    std::vector<rd_kafka_resp_err_t> list;
    for (int error : errors) list.push_back(static_cast<rd_kafka_resp_err_t>(error));
    rd_kafka_mock_push_request_errors_array(cluster_, static_cast<std::int16_t>(api_key),
                                            list.size(), list.data());
}

void KafkaWorld::Put(const std::string& topic, int partition, std::optional<std::string> value,
                     std::vector<std::pair<std::string, std::string>> headers) {
    rd_kafka_t* producer = NewHandle(
        {{"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster_)}}, RD_KAFKA_PRODUCER);
    rd_kafka_headers_t* list = rd_kafka_headers_new(headers.size());
    for (const auto& [name, text] : headers) {
        rd_kafka_header_add(list, name.data(), static_cast<ssize_t>(name.size()), text.data(),
                            static_cast<ssize_t>(text.size()));
    }
    char* bytes = value ? value->data() : nullptr;
    const std::size_t size = value ? value->size() : 0;
    CHECK(rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic.c_str()),
                            RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_KEY("k", 1),
                            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE(bytes, size),
                            RD_KAFKA_V_HEADERS(list),
                            RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR_NO_ERROR);
    constexpr int kWaitMs = 10000;
    CHECK(rd_kafka_flush(producer, kWaitMs) == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_destroy(producer);
}

std::int64_t KafkaWorld::BrokerCommitted(const std::string& group, const std::string& topic,
                                         int partition) {
    rd_kafka_t* consumer = NewHandle(
        {{"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster_)}, {"group.id", group}},
        RD_KAFKA_CONSUMER);
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), partition);
    constexpr int kWaitMs = 10000;
    CHECK(rd_kafka_committed(consumer, list, kWaitMs) == RD_KAFKA_RESP_ERR_NO_ERROR);
    std::int64_t offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(consumer);
    return offset;
}

KafkaOptions KafkaWorld::Options(const std::string& group, std::vector<std::string> topics) const {
    KafkaOptions options;
    options.bootstrap = rd_kafka_mock_cluster_bootstraps(cluster_);
    options.group = group;
    options.topics = std::move(topics);
    options.properties = {{"session.timeout.ms", "3500"},
                          {"heartbeat.interval.ms", "50"},
                          {"fetch.wait.max.ms", "20"},
                          {"fetch.error.backoff.ms", "20"},
                          {"topic.metadata.refresh.interval.ms", "200"},
                          {"reconnect.backoff.max.ms", "200"}};
    return options;
}

KafkaOffsets KafkaWorld::Offsets() {
    KafkaOffsets offsets;
    offsets.load = [this]() -> Result<std::vector<TopicOffset>> {
        if (load_fails_) return Error{Code::kInternal, "reading positions: the disk is away"};
        std::vector<TopicOffset> all;
        for (const auto& [partition, next] : stored_) {
            all.push_back({partition.first, partition.second, next});
        }
        return all;
    };
    offsets.save = [this](const std::vector<TopicOffset>& begun) -> Status {
        for (const TopicOffset& offset : begun) {
            stored_[{offset.topic, offset.partition}] = offset.next;
        }
        return {};
    };
    return offsets;
}

bool KafkaWorld::Until(const std::function<bool()>& step) {
    constexpr auto kPatience = std::chrono::seconds(20);
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < end) {
        if (step()) return true;
        rd_kafka_poll(handle_, 2);  // gives way for a moment
    }
    return false;
}

}  // namespace returns::gateway
