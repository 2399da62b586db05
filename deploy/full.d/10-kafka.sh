#!/usr/bin/env bash
# Stage of `deploy/test --full`: the tests named *RealKafka* against a real Apache Kafka, whose
# address they find in BACKHAUL_KAFKA and whose name for deploy/kafka, which they stop and start, in
# BACKHAUL_KAFKA_NODE. They are DISABLED_ elsewhere. Exit 77: skipped, with a reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

node=(--name "test-$$")
clean_up() {
    deploy/kafka kill "${node[@]}" >/dev/null || true
    rm -rf "${BACKHAUL_CACHE:-$HOME/.cache/backhaul}/kafka-node-test-$$"
}
trap clean_up EXIT
if ! started=$(deploy/kafka start "${node[@]}" 2>&1); then
    printf '%s\n' "$started"
    # Without the jars there is nothing to run; anything else is a failure.
    grep -q 'repo.maven.apache.org' <<<"$started" || exit 1
    echo "Kafka's jars cannot be fetched from Maven Central"
    exit 77
fi
BACKHAUL_KAFKA=$(deploy/kafka status "${node[@]}")
BACKHAUL_KAFKA_NODE=${node[1]}
export BACKHAUL_KAFKA BACKHAUL_KAFKA_NODE
echo "Kafka answers at $BACKHAUL_KAFKA"
cmake --build build/release -j "${JOBS:-$(nproc)}" --target live_test
build/release/live_test --gtest_list_tests | grep -q RealKafka || {
    echo 'no test is named RealKafka'
    exit 1
}
build/release/live_test --gtest_also_run_disabled_tests --gtest_filter='*RealKafka*' 2>&1 | sed 's/^/0: /'
