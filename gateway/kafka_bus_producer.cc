#include "gateway/kafka_bus_producer.h"

#include "gateway/kafka_bus_words.h"

#include <librdkafka/rdkafka.h>

#include <array>

namespace returns::gateway {

namespace {

constexpr auto kRestartPause = std::chrono::seconds(1);

KafkaTime Now() { return std::chrono::steady_clock::now(); }

}  // namespace

KafkaProducer::KafkaProducer(const KafkaOptions& options)
    : KafkaOpaque(KafkaNews(options)), options_(options) {}

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::Open(const KafkaOptions& options) {
    std::unique_ptr<KafkaProducer> producer(new KafkaProducer(options));
    RETURN_IF_ERROR(producer->Start());
    return producer;
}

KafkaProducer::~KafkaProducer() { Close(); }

Status KafkaProducer::Start() {
    ASSIGN_OR_RETURN(KafkaConf conf,
                     MakeKafkaConf(options_, {{"enable.idempotence", "true"},
                                              {"acks", "all"},
                                              {"socket.nagle.disable", "true"},
                                              {"linger.ms", "5"},
                                              {"queue.buffering.max.messages",
                                               std::to_string(options_.produce_messages_max)}}));
    rd_kafka_conf_set_opaque(conf.get(), static_cast<KafkaOpaque*>(this));
    rd_kafka_conf_set_dr_msg_cb(conf.get(), OnDelivery);
    std::array<char, 512> text{};
    handle_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), text.data(), text.size());
    if (!handle_) return Invalid("opening the Kafka producer: " + std::string(text.data()));
    [[maybe_unused]] const auto* owned = conf.release();  // by the handle now
    rd_kafka_set_log_queue(handle_, nullptr);
    news.Reset();
    return {};
}

void KafkaProducer::Restart() {
    if (Now() < restart_at_) return;
    restart_at_ = Now() + kRestartPause;
    Drop();
    Status started = Start();
    if (!started.ok()) undelivered_ = started.error().text;
}

bool KafkaProducer::Produce(const std::string& topic, const std::string& key,
                            const std::vector<std::pair<std::string, std::string>>& headers,
                            const std::string& value, std::int64_t token) {
    if (closed_ || !handle_ || !news.fatal().empty()) return false;
    rd_kafka_headers_t* list = rd_kafka_headers_new(headers.size());
    for (const auto& [name, text] : headers) {
        rd_kafka_header_add(list, name.data(), static_cast<ssize_t>(name.size()), text.data(),
                            static_cast<ssize_t>(text.size()));
    }
    rd_kafka_resp_err_t error = rd_kafka_producev(
        handle_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(key.data(), key.size()),
        RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()), RD_KAFKA_V_HEADERS(list),
        RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(token)), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        outstanding_.insert(token);
        return true;
    }
    rd_kafka_headers_destroy(list);
    if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
    if (error == RD_KAFKA_RESP_ERR__FATAL) {
        news.Fatal(rd_kafka_err2str(error));
        return false;
    }
    // Trying the same bytes again would end the same way: the sender hears of it.
    Undelivered(topic, error);
    deliveries_.push_back({token, false});
    return true;
}

void KafkaProducer::OnDelivery(rd_kafka_s*, const rd_kafka_message_s* message, void* opaque) {
    auto* self = static_cast<KafkaProducer*>(static_cast<KafkaOpaque*>(opaque));
    bool delivered = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (delivered) {
        self->undelivered_.clear();
        self->news.Alive();
    } else {
        self->Undelivered(rd_kafka_topic_name(message->rkt), message->err);
    }
    self->Delivered(reinterpret_cast<std::int64_t>(message->_private), delivered);
}

void KafkaProducer::Undelivered(const std::string& topic, int error) {
    undelivered_ = "producing to " + topic + ": " +
                   rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(error)) +
                   KafkaRight(error, "WRITE to topic " + topic);
    news.Log("kafka: " + undelivered_);
}

void KafkaProducer::Delivered(std::int64_t token, bool delivered) {
    auto found = outstanding_.find(token);
    if (found == outstanding_.end()) return;
    outstanding_.erase(found);
    deliveries_.push_back({token, delivered});
}

std::vector<BusDelivery> KafkaProducer::Take() {
    if (!closed_) {
        if (handle_) rd_kafka_poll(handle_, 0);
        if (!handle_ || !news.fatal().empty()) Restart();
    }
    return std::exchange(deliveries_, {});
}

KafkaHealth KafkaProducer::Health() const {
    if (closed_) return {false, "the producer is closed"};
    if (!news.fatal().empty()) return {false, "the producer is being renewed: " + news.fatal()};
    if (!handle_) return {false, undelivered_};
    if (news.away()) return {false, "no broker can be reached to produce: " + news.last_error()};
    if (!undelivered_.empty()) return {false, undelivered_};
    return {true, "producing"};
}

void KafkaProducer::Drop() {
    if (!handle_) return;
    KafkaTime deadline = Now() + std::chrono::milliseconds(options_.close_ms);
    rd_kafka_purge(handle_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                RD_KAFKA_PURGE_F_NON_BLOCKING);
    rd_kafka_poll(handle_, 0);
    DestroyKafka(std::exchange(handle_, nullptr), deadline);
    for (std::int64_t token : outstanding_) deliveries_.push_back({token, false});
    outstanding_.clear();
}

void KafkaProducer::Close() {
    if (closed_) return;
    closed_ = true;
    if (!handle_) return;
    // A broker that is away does not come back for us; what is lost here is produced again later.
    if (!news.away() && news.fatal().empty()) rd_kafka_flush(handle_, options_.close_ms / 2);
    Drop();
}

}  // namespace returns::gateway
