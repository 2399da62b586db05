#include "tests/live/kafka_client.h"

#include "schemas/check.h"

#include <librdkafka/rdkafka.h>

#include <array>
#include <cstdio>

namespace returns::live {
namespace {

constexpr int kPatienceMs = 30'000;

rd_kafka_t* Make(rd_kafka_type_t type,
                 const std::vector<std::pair<std::string, std::string>>& all) {
    std::array<char, 512> text{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    for (const auto& [name, value] : all)
        CHECK(rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size()) ==
              RD_KAFKA_CONF_OK);
    rd_kafka_t* handle = rd_kafka_new(type, conf, text.data(), text.size());
    CHECK(handle != nullptr);
    return handle;
}

// Runs one administrative request to its end. Each has one item, whose error is the event's or its
// own result's.
template <class Ask, class ErrorOf>
void Administer(rd_kafka_t* handle, Ask ask, ErrorOf error_of) {
    rd_kafka_queue_t* queue = rd_kafka_queue_new(handle);
    ask(queue);
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue, kPatienceMs);
    CHECK(event != nullptr);
    rd_kafka_resp_err_t error = rd_kafka_event_error(event);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = error_of(event);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        std::fprintf(stderr, "administering Kafka: %s\n", rd_kafka_err2str(error));
    CHECK(error == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
}

gateway::BusRecord RecordOf(const rd_kafka_message_t& message) {
    gateway::BusRecord record;
    record.topic = rd_kafka_topic_name(message.rkt);
    record.partition = message.partition;
    record.offset = message.offset;
    if (message.key) record.key.emplace(static_cast<const char*>(message.key), message.key_len);
    if (message.payload)
        record.value.emplace(static_cast<const char*>(message.payload), message.len);
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t at = 0;
         rd_kafka_header_get_all(headers, at, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++at)
        record.headers.emplace_back(name, std::string(static_cast<const char*>(value), size));
    return record;
}

void PutInto(rd_kafka_t* handle, const std::string& topic, const Message& message, int partition) {
    rd_kafka_headers_t* all = rd_kafka_headers_new(message.headers.size());
    for (const auto& [name, text] : message.headers)
        rd_kafka_header_add(all, name.data(), static_cast<ssize_t>(name.size()), text.data(),
                            static_cast<ssize_t>(text.size()));
    const auto& value = message.value;
    void* bytes = value ? const_cast<char*>(value->data()) : nullptr;  // copied at once
    const std::size_t size = value ? value->size() : 0;
    const rd_kafka_resp_err_t error = rd_kafka_producev(
        handle, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_KEY(message.key.data(), message.key.size()), RD_KAFKA_V_VALUE(bytes, size),
        RD_KAFKA_V_HEADERS(all), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    CHECK(error == RD_KAFKA_RESP_ERR_NO_ERROR);
}

rd_kafka_AclBinding_t* Binding(bool filter, const std::string& user, AclRight right, AclOn on,
                               const std::string& name) {
    std::array<char, 512> text{};
    const std::string principal = "User:" + user;
    rd_kafka_AclBinding_t* binding =
        (filter ? rd_kafka_AclBindingFilter_new : rd_kafka_AclBinding_new)(
            on == AclOn::kTopic ? RD_KAFKA_RESOURCE_TOPIC : RD_KAFKA_RESOURCE_GROUP, name.c_str(),
            RD_KAFKA_RESOURCE_PATTERN_LITERAL, principal.c_str(), "*",
            right == AclRight::kRead    ? RD_KAFKA_ACL_OPERATION_READ
            : right == AclRight::kWrite ? RD_KAFKA_ACL_OPERATION_WRITE
                                        : RD_KAFKA_ACL_OPERATION_DESCRIBE,
            RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, text.data(), text.size());
    CHECK(binding != nullptr);
    return binding;
}

}  // namespace

KafkaClient::KafkaClient(const std::string& bootstrap) : bootstrap_(bootstrap) {
    handle_ = Make(RD_KAFKA_PRODUCER, {{"bootstrap.servers", bootstrap},
                                       {"acks", "all"},
                                       {"linger.ms", "0"},
                                       {"topic.metadata.refresh.interval.ms", "1000"}});
}

int KafkaClient::Library() { return rd_kafka_version(); }

KafkaClient::~KafkaClient() { rd_kafka_destroy(handle_); }

void KafkaClient::CreateTopic(const std::string& topic, int partitions,
                              const std::vector<std::pair<std::string, std::string>>& settings) {
    std::array<char, 512> text{};
    rd_kafka_NewTopic_t* made =
        rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, text.data(), text.size());
    CHECK(made != nullptr);
    for (const auto& [name, value] : settings)
        CHECK(rd_kafka_NewTopic_set_config(made, name.c_str(), value.c_str()) ==
              RD_KAFKA_RESP_ERR_NO_ERROR);
    Administer(
        handle_,
        [&](rd_kafka_queue_t* queue) { rd_kafka_CreateTopics(handle_, &made, 1, nullptr, queue); },
        [](rd_kafka_event_t* event) {
            std::size_t n = 0;
            auto* results =
                rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &n);
            return n == 1 ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR_UNKNOWN;
        });
    rd_kafka_NewTopic_destroy(made);
}

void KafkaClient::DeleteTopic(const std::string& topic) {
    rd_kafka_DeleteTopic_t* gone = rd_kafka_DeleteTopic_new(topic.c_str());
    Administer(
        handle_,
        [&](rd_kafka_queue_t* queue) { rd_kafka_DeleteTopics(handle_, &gone, 1, nullptr, queue); },
        [](rd_kafka_event_t* event) {
            std::size_t n = 0;
            auto* results =
                rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &n);
            return n == 1 ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR_UNKNOWN;
        });
    rd_kafka_DeleteTopic_destroy(gone);
}

void KafkaClient::DeleteRecords(const std::string& topic, std::int64_t before) {
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), 0)->offset = before;
    rd_kafka_DeleteRecords_t* gone = rd_kafka_DeleteRecords_new(list);
    Administer(
        handle_,
        [&](rd_kafka_queue_t* queue) { rd_kafka_DeleteRecords(handle_, &gone, 1, nullptr, queue); },
        [](rd_kafka_event_t* event) {
            const auto* found =
                rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event));
            return found->cnt == 1 ? found->elems[0].err : RD_KAFKA_RESP_ERR_UNKNOWN;
        });
    rd_kafka_DeleteRecords_destroy(gone);
    rd_kafka_topic_partition_list_destroy(list);
}

void KafkaClient::Allow(const std::string& user, AclRight right, AclOn on,
                        const std::string& name) {
    rd_kafka_AclBinding_t* binding = Binding(false, user, right, on, name);
    Administer(
        handle_,
        [&](rd_kafka_queue_t* queue) { rd_kafka_CreateAcls(handle_, &binding, 1, nullptr, queue); },
        [](rd_kafka_event_t* event) {
            std::size_t n = 0;
            auto* results =
                rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event), &n);
            const rd_kafka_error_t* error =
                n == 1 ? rd_kafka_acl_result_error(results[0]) : nullptr;
            return error == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error);
        });
    rd_kafka_AclBinding_destroy(binding);
}

void KafkaClient::Forbid(const std::string& user, AclRight right, AclOn on,
                         const std::string& name) {
    rd_kafka_AclBinding_t* binding = Binding(true, user, right, on, name);
    Administer(
        handle_,
        [&](rd_kafka_queue_t* queue) { rd_kafka_DeleteAcls(handle_, &binding, 1, nullptr, queue); },
        [](rd_kafka_event_t* event) {
            std::size_t n = 0;
            rd_kafka_DeleteAcls_result_responses(rd_kafka_event_DeleteAcls_result(event), &n);
            return n == 1 ? RD_KAFKA_RESP_ERR_NO_ERROR : RD_KAFKA_RESP_ERR_UNKNOWN;
        });
    rd_kafka_AclBinding_destroy(binding);
}

void KafkaClient::PutBatch(const std::string& topic, const std::vector<Message>& messages,
                           const std::string& codec) {
    rd_kafka_t* handle = Make(
        RD_KAFKA_PRODUCER,
        {{"bootstrap.servers", bootstrap_}, {"compression.codec", codec}, {"linger.ms", "200"}});
    for (const Message& message : messages) PutInto(handle, topic, message, 0);
    // To flush would send what is there at once, in two batches as well as in one.
    while (rd_kafka_outq_len(handle) > 0) rd_kafka_poll(handle, 100);
    rd_kafka_destroy(handle);
}

void KafkaClient::Put(const std::string& topic, const std::string& key,
                      const std::optional<std::string>& value, const Headers& headers,
                      int partition) {
    PutInto(handle_, topic, {key, value, headers}, partition);
}

namespace {

// Where the log starts and ends, once everything given to the producer is in it.
std::pair<std::int64_t, std::int64_t> Bounds(rd_kafka_t* handle, const std::string& topic,
                                             int partition) {
    CHECK(rd_kafka_flush(handle, kPatienceMs) == RD_KAFKA_RESP_ERR_NO_ERROR);
    std::int64_t low = 0, high = 0;
    CHECK(rd_kafka_query_watermark_offsets(handle, topic.c_str(), partition, &low, &high,
                                           kPatienceMs) == RD_KAFKA_RESP_ERR_NO_ERROR);
    return {low, high};
}

}  // namespace

std::int64_t KafkaClient::End(const std::string& topic, int partition) {
    return Bounds(handle_, topic, partition).second;
}

std::int64_t KafkaClient::Begin(const std::string& topic, int partition) {
    return Bounds(handle_, topic, partition).first;
}

std::vector<gateway::BusRecord> KafkaClient::ReadAll(const std::string& topic, int partition) {
    const std::int64_t end = End(topic, partition);
    std::vector<gateway::BusRecord> records;
    rd_kafka_t* reader = Make(RD_KAFKA_CONSUMER, {{"bootstrap.servers", bootstrap_},
                                                  {"group.id", "reader-of-" + topic},
                                                  {"enable.auto.commit", "false"},
                                                  {"isolation.level", "read_committed"}});
    rd_kafka_poll_set_consumer(reader);
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset = 0;
    CHECK(rd_kafka_assign(reader, list) == RD_KAFKA_RESP_ERR_NO_ERROR);
    while (end > 0 && (records.empty() || records.back().offset + 1 < end)) {
        rd_kafka_message_t* message = rd_kafka_consumer_poll(reader, kPatienceMs);
        CHECK(message != nullptr);
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) records.push_back(RecordOf(*message));
        rd_kafka_message_destroy(message);
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_consumer_close(reader);
    rd_kafka_destroy(reader);
    return records;
}

std::int64_t KafkaClient::Committed(const std::string& group, const std::string& topic,
                                    int partition) {
    rd_kafka_t* reader =
        Make(RD_KAFKA_CONSUMER, {{"bootstrap.servers", bootstrap_}, {"group.id", group}});
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), partition);
    // A node that has just started refuses while it still reads what groups have committed.
    for (int left = 50; rd_kafka_committed(reader, list, kPatienceMs) != 0; --left) {
        CHECK(left > 0);
        rd_kafka_poll(reader, 200);
    }
    const std::int64_t offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(reader);
    return offset;
}

}  // namespace returns::live
