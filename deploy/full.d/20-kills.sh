#!/usr/bin/env bash
# Stage of `deploy/test --full`: the gateway killed two dozen times while a story plays, on one database;
# afterwards the books agree. BACKHAUL_KILLS sets another number.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cmake --build build/release -j "${JOBS:-$(nproc)}" --target live_test
BACKHAUL_KILLS=${BACKHAUL_KILLS:-24} build/release/live_test --gtest_filter='GatewayLive.Kills*' 2>&1 |
    sed 's/^/0: /'
