#!/usr/bin/env bash
# Stage of `deploy/test --full`: what another maker's client (kafkajs, as tests/peers pins it) puts on
# a real Apache Kafka is read, and what we put there it can read. Exit 77: skipped, with a reason.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT"

fetch_peers
node=peers-$$
trap 'forget_kafka "$node"' EXIT
test_kafka "$node" 4.1
cmake --build build/release -j "$JOBS" --target live_test
build/release/live_test --gtest_also_run_disabled_tests --gtest_filter='*KafkaPeers*' 2>&1 |
    sed 's/^/0: /'
