// What librdkafka's errors mean for whoever runs the gateway: which setting, or which right at the
// brokers, to look at. Pure; any thread.
#pragma once

#include <string>

namespace returns::gateway {

struct KafkaError {
    int code = 0;           // librdkafka's
    std::string text;       // librdkafka's words
    int certificate = 0;    // why the broker's certificate was not believed (OpenSSL's number)
    std::string mechanism;  // of SASL, "" without
};
// Empty when there is nothing to add to librdkafka's words. `library` is librdkafka's version as
// its header writes it.
std::string KafkaAdvice(const KafkaError& error, int library);

// "; let the gateway's user READ topic orders" for an error that says so, else "".
std::string KafkaRight(int code, const std::string& right);

}  // namespace returns::gateway
