#include "gateway/kafka_settings.h"

#include "gateway/log.h"

namespace returns::gateway {

KafkaOptions KafkaOptionsOf(const KafkaSettings& kafka) {
    KafkaOptions options;
    options.bootstrap = kafka.brokers;
    options.group = kafka.group;
    options.instance = kafka.instance;
    for (const TopicSettings& topic : kafka.topics) options.topics.push_back(topic.name);
    options.start = kafka.start == "end" ? KafkaStart::kEnd : KafkaStart::kBeginning;
    const std::pair<const char*, const std::string&> properties[] = {
        {"security.protocol", kafka.protocol},
        {"sasl.mechanism", kafka.sasl_mechanism},
        {"sasl.username", kafka.sasl_user},
        {"sasl.password", kafka.sasl_password},
        {"ssl.ca.location", kafka.ca_file},
        {"ssl.key.location", kafka.key_file},
        {"ssl.certificate.location", kafka.certificate_file}};
    for (const auto& [name, value] : properties)
        if (!value.empty()) options.properties[name] = value;
    options.log = [](const std::string& line) { Log(LogLevel::kWarn, "kafka", line); };
    return options;
}

}  // namespace returns::gateway
