#include "gateway/kafka_bus_client.h"

#include "gateway/kafka_bus_words.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <future>
#include <string_view>
#include <thread>

namespace returns::gateway {

void KafkaFree::operator()(rd_kafka_conf_s* conf) const { rd_kafka_conf_destroy(conf); }
void KafkaFree::operator()(rd_kafka_message_s* message) const { rd_kafka_message_destroy(message); }
void KafkaFree::operator()(rd_kafka_topic_partition_list_s* list) const {
    rd_kafka_topic_partition_list_destroy(list);
}

KafkaNews::KafkaNews(const KafkaOptions& options) : log_(options.log) {
    for (const char* name : {"sasl.mechanism", "sasl.mechanisms"}) {
        const auto given = options.properties.find(name);
        if (given != options.properties.end()) mechanism_ = given->second;
    }
}

void KafkaNews::Error(int code, const std::string& text, int certificate) {
    const std::string advice =
        KafkaAdvice({code, text, certificate, mechanism_}, rd_kafka_version());
    const std::string words = advice.empty() ? text : text + "; " + advice;
    Log("kafka: " + words);
    if (code == RD_KAFKA_RESP_ERR__FATAL) fatal_ = words;
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) away_ = true;
    // That all of them are away says nothing of the cause, which came before.
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || last_error_.empty()) last_error_ = words;
}

void KafkaNews::Log(const std::string& line) {
    constexpr std::size_t kLinesMax = 64;
    const KafkaTime now = std::chrono::steady_clock::now();
    const auto said = said_.find(line);
    if (said != said_.end() && now < said->second + std::chrono::minutes(1)) return;
    if (said_.size() >= kLinesMax) said_.clear();
    said_[line] = now;
    if (log_) log_(line);
}

void KafkaNews::Statistics(const std::string& json) {
    // Brokers are the only ones whose state is written in capitals.
    if (json.find("\"state\":\"UP\"") != std::string::npos) away_ = false;
}

void KafkaNews::Alive() {
    away_ = false;
    last_error_.clear();
}

void KafkaNews::Reset() {
    fatal_.clear();
    away_ = false;
}

namespace {

// Settings the class's promises rest on, and those with a place of their own in KafkaOptions.
constexpr std::array<std::string_view, 22> kOurs = {"bootstrap.servers",
                                                    "metadata.broker.list",
                                                    "group.id",
                                                    "group.instance.id",
                                                    "enable.auto.commit",
                                                    "enable.auto.offset.store",
                                                    "auto.offset.reset",
                                                    "partition.assignment.strategy",
                                                    "isolation.level",
                                                    "check.crcs",
                                                    "enable.idempotence",
                                                    "acks",
                                                    "request.required.acks",
                                                    "queued.max.messages.kbytes",
                                                    "queued.min.messages",
                                                    "queue.buffering.max.messages",
                                                    "statistics.interval.ms",
                                                    "enable.partition.eof",
                                                    "transactional.id",
                                                    "log.queue",
                                                    "offset.store.method",
                                                    "max.in.flight"};

Status SetConf(rd_kafka_conf_t* conf, const std::string& key, const std::string& value) {
    std::array<char, 512> text{};
    if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), text.data(), text.size()) ==
        RD_KAFKA_CONF_OK) {
        return {};
    }
    return Invalid("setting Kafka's '" + key + "': " + text.data());
}

KafkaOpaque& Ours(void* opaque) { return *static_cast<KafkaOpaque*>(opaque); }

void OnError(rd_kafka_t* handle, int code, const char* reason, void* opaque) {
    KafkaOpaque& ours = Ours(opaque);
    if (code != RD_KAFKA_RESP_ERR__FATAL) {
        ours.news.Error(code, reason, ours.certificate);
        return;
    }
    std::array<char, 512> text{};
    rd_kafka_fatal_error(handle, text.data(), text.size());
    ours.news.Error(code, text.data(), 0);
}

int OnStatistics(rd_kafka_t*, char* json, std::size_t length, void* opaque) {
    Ours(opaque).news.Statistics(std::string(json, length));
    return 0;
}

void OnLog(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
    constexpr int kNotice = 5;
    // One set of properties serves both clients; each would warn of the other's.
    if (level > kNotice || std::string_view(facility) == "CONFWARN") return;
    Ours(rd_kafka_opaque(handle)).news.Log("kafka: " + std::string(facility) + ": " + text);
}

// Looks only: OpenSSL has decided, its words alone do not say why. On librdkafka's threads.
int OnCertificate(rd_kafka_t*, const char*, std::int32_t, int* error, int, const char*, std::size_t,
                  char* text, std::size_t size, void* opaque) {
    if (*error == 0) return 1;
    Ours(opaque).certificate = *error;
    std::snprintf(text, size, "OpenSSL's reason %d", *error);
    return 0;
}

}  // namespace

Result<KafkaConf> MakeKafkaConf(const KafkaOptions& options, const KafkaSettings& ours) {
    KafkaConf conf(rd_kafka_conf_new());
    for (const auto& [key, value] : options.properties) {
        if (std::find(kOurs.begin(), kOurs.end(), key) != kOurs.end()) {
            return Invalid("setting Kafka's '" + key + "': this one is the gateway's own");
        }
        RETURN_IF_ERROR(SetConf(conf.get(), key, value));
    }
    KafkaSettings all = {{"bootstrap.servers", options.bootstrap},
                         {"statistics.interval.ms", "1000"},
                         {"log.queue", "true"}};
    all.insert(all.end(), ours.begin(), ours.end());
    for (const auto& [key, value] : all) {
        if (options.properties.count(key) == 0) RETURN_IF_ERROR(SetConf(conf.get(), key, value));
    }
    rd_kafka_conf_set_error_cb(conf.get(), OnError);
    rd_kafka_conf_set_stats_cb(conf.get(), OnStatistics);
    rd_kafka_conf_set_log_cb(conf.get(), OnLog);
    rd_kafka_conf_set_ssl_cert_verify_cb(conf.get(), OnCertificate);
    return conf;
}

void DestroyKafka(rd_kafka_s* handle, KafkaTime deadline) {
    std::promise<void> done;
    std::future<void> destroyed = done.get_future();
    std::thread worker([handle, done = std::move(done)]() mutable {
        rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        done.set_value();
    });
    if (destroyed.wait_until(deadline) == std::future_status::ready) {
        worker.join();
    } else {
        worker.detach();
    }
}

}  // namespace returns::gateway
