#include "gateway/kafka_bus.h"

#include "gateway/kafka_bus_consumer.h"
#include "gateway/kafka_bus_producer.h"

#include <utility>

namespace returns::gateway {

Result<std::unique_ptr<KafkaBus>> KafkaBus::Open(KafkaOptions options, KafkaOffsets offsets) {
    if (options.bootstrap.empty()) {
        return Invalid("opening Kafka: no bootstrap servers are given, write 'host:port'");
    }
    std::unique_ptr<KafkaConsumer> consumer;
    if (!options.topics.empty()) {
        if (options.group.empty()) return Invalid("opening Kafka: no consumer group is given");
        CHECK(offsets.load && offsets.save);
        ASSIGN_OR_RETURN(consumer, KafkaConsumer::Open(options, std::move(offsets)));
    }
    ASSIGN_OR_RETURN(auto producer, KafkaProducer::Open(options));
    return std::unique_ptr<KafkaBus>(new KafkaBus(std::move(consumer), std::move(producer)));
}

KafkaBus::KafkaBus(std::unique_ptr<KafkaConsumer> consumer, std::unique_ptr<KafkaProducer> producer)
    : consumer_(std::move(consumer)), producer_(std::move(producer)) {}

KafkaBus::~KafkaBus() { Close(); }

std::vector<BusRecord> KafkaBus::Poll(int n) {
    if (!consumer_) return {};
    return consumer_->Poll(n);
}

void KafkaBus::Pause(bool paused) {
    if (consumer_) consumer_->Pause(paused);
}

bool KafkaBus::Produce(const std::string& topic, const std::string& key,
                       const std::vector<std::pair<std::string, std::string>>& headers,
                       const std::string& value, std::int64_t token) {
    return producer_->Produce(topic, key, headers, value, token);
}

std::vector<BusDelivery> KafkaBus::TakeDeliveries() { return producer_->Take(); }

void KafkaBus::Committed(const std::vector<TopicOffset>& offsets) {
    if (consumer_) consumer_->Committed(offsets);
}

KafkaHealth KafkaBus::Health() {
    KafkaHealth producing = producer_->Health();
    if (!consumer_) return producing;
    KafkaHealth health = consumer_->Health();
    health.caught_up = consumer_->CaughtUp();
    health.errors = consumer_->errors();
    if (!producing.good) {
        health.good = false;
        health.text += "; " + producing.text;
    }
    return health;
}

void KafkaBus::Close() {
    if (consumer_) consumer_->Close();
    producer_->Close();
}

}  // namespace returns::gateway
