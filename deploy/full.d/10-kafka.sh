#!/usr/bin/env bash
# Stage of `deploy/test --full`: the tests named *RealKafka* against a real Apache Kafka, whose
# address they find in BACKHAUL_KAFKA, whose name for deploy/kafka, which they stop and start, in
# BACKHAUL_KAFKA_NODE, and whose certificates and passwords in the folder BACKHAUL_KAFKA_SECURE. They
# are DISABLED_ elsewhere. Signing in is tried on Kafka 3.9 as well, which still takes SCRAM from
# Debian 12's librdkafka. Exit 77: skipped, with a reason.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT"

node=test-$$
clean_up() {
    forget_kafka "$node"
    forget_kafka "$node-old"
}
trap clean_up EXIT

try() { build/release/live_test --gtest_also_run_disabled_tests --gtest_filter="$1" 2>&1; }

test_kafka "$node" 4.1
cmake --build build/release -j "$JOBS" --target live_test
build/release/live_test --gtest_list_tests | grep -q RealKafka || {
    echo 'no test is named RealKafka'
    exit 1
}
try '*RealKafka*' | sed 's/^/0: /'
deploy/kafka stop --name "$node"
test_kafka "$node-old" 3.9
try '*RealKafkaSecure*Works*' | sed 's/^/1: /'
