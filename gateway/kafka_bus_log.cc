#include "gateway/kafka_bus_log.h"

#include "gateway/kafka_bus_client.h"
#include "gateway/kafka_bus_words.h"

#include <librdkafka/rdkafka.h>

#include <array>

namespace returns::gateway {

namespace {

constexpr int kPatienceMs = 10'000;

// A client of its own, gone with this.
class Asker {
public:
    static Result<std::unique_ptr<Asker>> Open(const KafkaOptions& options, rd_kafka_type_t type,
                                               const KafkaSettings& ours) {
        auto asker = std::make_unique<Asker>(options);
        ASSIGN_OR_RETURN(KafkaConf conf, MakeKafkaConf(options, ours));
        rd_kafka_conf_set_opaque(conf.get(), &asker->opaque_);
        std::array<char, 512> text{};
        asker->handle_ = rd_kafka_new(type, conf.get(), text.data(), text.size());
        if (!asker->handle_)
            return Invalid("opening the Kafka client: " + std::string(text.data()));
        static_cast<void>(conf.release());  // the handle owns it now
        return asker;
    }
    explicit Asker(const KafkaOptions& options) : opaque_{KafkaNews(options)} {}
    ~Asker() {
        if (handle_ != nullptr)
            DestroyKafka(handle_, std::chrono::steady_clock::now() + std::chrono::seconds(5));
    }
    Asker(const Asker&) = delete;
    Asker& operator=(const Asker&) = delete;
    rd_kafka_t* handle() const { return handle_; }

private:
    KafkaOpaque opaque_;
    rd_kafka_t* handle_ = nullptr;
};

}  // namespace

Result<KafkaLog> AskKafkaLog(const KafkaOptions& options, const std::string& topic,
                             std::int32_t partition) {
    ASSIGN_OR_RETURN(const auto asker, Asker::Open(options, RD_KAFKA_PRODUCER, {}));
    KafkaLog log;
    const rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
        asker->handle(), topic.c_str(), partition, &log.low, &log.high, kPatienceMs);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return log;
    return Error{Code::kUnavailable, "asking " + options.bootstrap + " where " + topic + "/" +
                                         std::to_string(partition) +
                                         " starts and ends: " + rd_kafka_err2str(error) +
                                         KafkaRight(error, "DESCRIBE topic " + topic) +
                                         "; do the brokers run, and is the partition there?"};
}

Status AskKafkaGroup(const KafkaOptions& options, const std::string& topic) {
    ASSIGN_OR_RETURN(const auto asker,
                     Asker::Open(options, RD_KAFKA_CONSUMER, {{"group.id", options.group}}));
    const KafkaList list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0);
    rd_kafka_resp_err_t error = rd_kafka_committed(asker->handle(), list.get(), kPatienceMs);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = list->elems[0].err;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    return Error{Code::kUnavailable, "asking " + options.bootstrap +
                                         " for the group's position: " + rd_kafka_err2str(error) +
                                         KafkaRight(error, "READ group " + options.group)};
}

}  // namespace returns::gateway
