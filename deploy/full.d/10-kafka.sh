#!/usr/bin/env bash
# Stage of `deploy/test --full`: the tests named *RealKafka* against a real Apache Kafka, whose
# address they find in BACKHAUL_KAFKA, whose name for deploy/kafka, which they stop and start, in
# BACKHAUL_KAFKA_NODE, and whose certificates and passwords in the folder BACKHAUL_KAFKA_SECURE. They
# are DISABLED_ elsewhere. Signing in is tried on Kafka 3.9 as well, which still takes SCRAM from
# Debian 12's librdkafka. Exit 77: skipped, with a reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cache=${BACKHAUL_CACHE:-$HOME/.cache/backhaul}
node=test-$$
clean_up() {
    local each
    for each in "$node" "$node-old"; do
        deploy/kafka kill --name "$each" >/dev/null || true
        rm -rf "$cache/kafka-node-$each"
    done
}
trap clean_up EXIT

# start NAME RELEASE
start() {
    local said
    if said=$(deploy/kafka start --secure --release "$2" --name "$1" 2>&1); then return; fi
    printf '%s\n' "$said"
    # Without the jars there is nothing to run; anything else is a failure.
    grep -q 'repo.maven.apache.org' <<<"$said" || exit 1
    echo "Kafka's jars cannot be fetched from Maven Central"
    exit 77
}

# try NAME FILTER
try() {
    BACKHAUL_KAFKA=$(deploy/kafka status --name "$1")
    BACKHAUL_KAFKA_NODE=$1 BACKHAUL_KAFKA_SECURE=$cache/kafka-node-$1/secure
    export BACKHAUL_KAFKA BACKHAUL_KAFKA_NODE BACKHAUL_KAFKA_SECURE
    echo "Kafka $(cat "$cache/kafka-node-$1/release") answers at $BACKHAUL_KAFKA"
    build/release/live_test --gtest_also_run_disabled_tests --gtest_filter="$2" 2>&1
}

start "$node" 4.1
cmake --build build/release -j "${JOBS:-$(nproc)}" --target live_test
build/release/live_test --gtest_list_tests | grep -q RealKafka || {
    echo 'no test is named RealKafka'
    exit 1
}
try "$node" '*RealKafka*' | sed 's/^/0: /'
deploy/kafka stop --name "$node"
start "$node-old" 3.9
try "$node-old" '*RealKafkaSecure*Works*' | sed 's/^/1: /'
