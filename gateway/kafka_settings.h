// What the settings mean for the bus. Pure; any thread.
#pragma once

#include "gateway/kafka_bus.h"
#include "gateway/settings.h"

namespace returns::gateway {

KafkaOptions KafkaOptionsOf(const KafkaSettings& kafka);

}  // namespace returns::gateway
