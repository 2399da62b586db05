#include "gateway/kafka_bus_words.h"

#include <librdkafka/rdkafka.h>

#include <initializer_list>
#include <string_view>

namespace returns::gateway {

namespace {

bool Has(const std::string& text, std::initializer_list<std::string_view> words) {
    for (const std::string_view word : words)
        if (text.find(word) != std::string::npos) return true;
    return false;
}

// OpenSSL's numbers of what is wrong with a certificate, as its documentation fixes them.
std::string CertificateAdvice(int certificate) {
    constexpr int kNotYetValid = 9, kExpired = 10, kOtherName = 62, kOtherAddress = 64;
    if (certificate == kOtherName || certificate == kOtherAddress)
        return "the broker's certificate is for another name: kafka.brokers and the brokers' "
               "advertised addresses must be written as in their certificates";
    if (certificate == kExpired) return "the broker's certificate has expired";
    if (certificate == kNotYetValid)
        return "the broker's certificate is not valid yet; is this machine's clock right?";
    return "no authority in kafka.ca_file has signed the broker's certificate";
}

// Until 2.6.1 librdkafka wrote its part of a nonce twice, which Kafka 4 does not let pass.
std::string SaslAdvice(const KafkaError& error, int library) {
    constexpr int kRepaired = 0x02060100;
    if (Has(error.text, {"Unsupported SASL mechanism"})) return "see kafka.sasl_mechanism";
    std::string advice = "see kafka.sasl_user, kafka.sasl_password and kafka.sasl_mechanism";
    if (error.mechanism.starts_with("SCRAM") && library < kRepaired)
        advice +=
            "; if they are right: brokers of Kafka 4 take SCRAM from librdkafka 2.6.1 or newer "
            "only, this one is older: use PLAIN with kafka.protocol sasl_ssl, or a client "
            "certificate";
    return advice;
}

}  // namespace

std::string KafkaAdvice(const KafkaError& error, int library) {
    if (Has(error.text, {"certificate verify failed"})) return CertificateAdvice(error.certificate);
    if (Has(error.text, {"alert bad certificate", "alert certificate", "certificate required",
                         "alert unknown ca"}))
        return "the broker wants a client certificate that it trusts: see kafka.certificate_file "
               "and kafka.key_file";
    if (error.code == RD_KAFKA_RESP_ERR__AUTHENTICATION) return SaslAdvice(error, library);
    if (Has(error.text, {"security.protocol", "SSL handshake failed", "SSL routines"}))
        return "that address speaks something else than kafka.protocol says, or is not Kafka's";
    if (Has(error.text, {"Cluster authorization failed"}))
        return "let the gateway's user WRITE to kafka.status_topic and kafka.rejected_topic";
    return "";
}

std::string KafkaRight(int code, const std::string& right) {
    if (code != RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED &&
        code != RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
        return "";
    return "; let the gateway's user " + right;
}

}  // namespace returns::gateway
