#!/usr/bin/env bash
# Stage of `deploy/test --full`: the gateway killed a hundred times while stories play over a real
# Apache Kafka, on one database each; afterwards the books agree and nothing produced is without a
# trace. BACKHAUL_KILLS sets another number, BACKHAUL_SEED other stories. Exit 77: skipped, with a
# reason.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT"

node=kills-$$
trap 'forget_kafka "$node"' EXIT
test_kafka "$node" 4.1
cmake --build build/release -j "$JOBS" --target live_test
build/release/live_test --gtest_also_run_disabled_tests --gtest_filter='*KafkaKills*' 2>&1 |
    sed 's/^/0: /'
