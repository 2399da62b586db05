#include "gateway/kafka_bus_log.h"

#include "gateway/kafka_bus_client.h"

#include <librdkafka/rdkafka.h>

#include <array>

namespace returns::gateway {

Result<KafkaLog> AskKafkaLog(const KafkaOptions& options, const std::string& topic,
                             std::int32_t partition) {
    constexpr int kPatienceMs = 10'000;
    KafkaOpaque opaque{KafkaNews(options)};
    ASSIGN_OR_RETURN(KafkaConf conf, MakeKafkaConf(options, {}));
    rd_kafka_conf_set_opaque(conf.get(), &opaque);
    std::array<char, 512> text{};
    rd_kafka_t* handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), text.data(), text.size());
    if (!handle) return Invalid("opening the Kafka client: " + std::string(text.data()));
    static_cast<void>(conf.release());  // the handle owns it now
    KafkaLog log;
    const rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
        handle, topic.c_str(), partition, &log.low, &log.high, kPatienceMs);
    DestroyKafka(handle, std::chrono::steady_clock::now() + std::chrono::seconds(5));
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return log;
    return Error{Code::kUnavailable, "asking " + options.bootstrap + " where " + topic + "/" +
                                         std::to_string(partition) +
                                         " starts and ends: " + rd_kafka_err2str(error) +
                                         "; do the brokers run, and is the partition there?"};
}

}  // namespace returns::gateway
