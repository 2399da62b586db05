#include "tests/sandbox/broker.h"

#include "schemas/check.h"
#include "tests/sandbox/catalogue.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>

namespace returns::sandbox {

namespace {

constexpr int kPartitions = 6;  // each remembers about five megabytes

void Set(rd_kafka_conf_t* conf, const char* key, const std::string& value) {
    std::array<char, 256> text{};
    CHECK(rd_kafka_conf_set(conf, key, value.c_str(), text.data(), text.size()) ==
          RD_KAFKA_CONF_OK);
}

}  // namespace

Broker::Broker(std::mutex& mutex, std::function<void(const std::string&)> read, RealBroker real)
    : mutex_(mutex), read_(std::move(read)), real_(std::move(real)) {
    if (real_.bootstrap.empty()) OpenCluster();
    producer_ = Open(false);
    consumer_ = Open(true);
    rd_kafka_poll_set_consumer(consumer_);
    // Without a group: nothing to wait for, and a restart reads from the beginning.
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(kPartitions);
    for (int p = 0; p < kPartitions; ++p) {
        rd_kafka_topic_partition_list_add(list, Name(kStatusTopic).c_str(), p)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_assign(consumer_, list);
    rd_kafka_topic_partition_list_destroy(list);
    thread_ = std::thread([this] { Run(); });
}

void Broker::OpenCluster() {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    Set(conf, "client.id", "sandbox");
    Set(conf, "log_level", "2");
    std::array<char, 256> text{};
    world_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text.data(), text.size());
    CHECK(world_ != nullptr);
    cluster_ = rd_kafka_mock_cluster_new(world_, 1);
    CHECK(cluster_ != nullptr);
    for (const std::string_view topic :
         {kOrdersTopic, kForeignTopic, kStatusTopic, kRejectedTopic}) {
        CHECK(rd_kafka_mock_topic_create(cluster_, std::string(topic).c_str(), kPartitions, 1) ==
              RD_KAFKA_RESP_ERR_NO_ERROR);
    }
}

rd_kafka_s* Broker::Open(bool consumer) const {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    Set(conf, "bootstrap.servers", bootstrap());
    Set(conf, "log_level", "2");
    if (consumer) {
        Set(conf, "group.id", "shop");
        Set(conf, "enable.auto.commit", "false");
        Set(conf, "fetch.wait.max.ms", "50");
    } else {
        Set(conf, "linger.ms", "1");
        Set(conf, "acks", "all");
    }
    std::array<char, 256> text{};
    rd_kafka_t* handle = rd_kafka_new(consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, conf,
                                      text.data(), text.size());
    CHECK(handle != nullptr);
    return handle;
}

Broker::~Broker() {
    Stop();
    rd_kafka_destroy(producer_);
    rd_kafka_destroy(consumer_);
    if (cluster_ != nullptr) rd_kafka_mock_cluster_destroy(cluster_);
    if (world_ != nullptr) rd_kafka_destroy(world_);
}

std::string Broker::bootstrap() const {
    return cluster_ == nullptr ? real_.bootstrap : rd_kafka_mock_cluster_bootstraps(cluster_);
}

void Broker::Put(const std::string& topic, const std::string& key,
                 const std::optional<std::string>& value,
                 const std::vector<std::pair<std::string, std::string>>& headers) {
    rd_kafka_headers_t* list = rd_kafka_headers_new(headers.size());
    for (const auto& [name, text] : headers) {
        rd_kafka_header_add(list, name.data(), static_cast<ssize_t>(name.size()), text.data(),
                            static_cast<ssize_t>(text.size()));
    }
    void* bytes = value ? const_cast<char*>(value->data()) : nullptr;
    const std::size_t size = value ? value->size() : 0;
    const std::string name = Name(topic);  // the macro takes the pointer and lets go of the text
    const rd_kafka_resp_err_t error = rd_kafka_producev(
        producer_, RD_KAFKA_V_TOPIC(name.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(key.data(), key.size()), RD_KAFKA_V_VALUE(bytes, size),
        RD_KAFKA_V_HEADERS(list), RD_KAFKA_V_END);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_headers_destroy(list);
    rd_kafka_poll(producer_, 0);
}

void Broker::Run() {
    constexpr int kSliceMs = 100;
    while (!stopping_) {
        rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer_, kSliceMs);
        if (message == nullptr) continue;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->payload != nullptr) {
            const std::string value(static_cast<const char*>(message->payload), message->len);
            const std::lock_guard lock(mutex_);
            read_(value);
        }
        rd_kafka_message_destroy(message);
    }
}

void Broker::Stop() {
    stopping_ = true;
    if (!thread_.joinable()) return;
    thread_.join();
    constexpr int kFlushMs = 1000;
    rd_kafka_flush(producer_, kFlushMs);
    rd_kafka_consumer_close(consumer_);
}

}  // namespace returns::sandbox
