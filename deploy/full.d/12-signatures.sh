#!/usr/bin/env bash
# Stage of `deploy/test --full`: callbacks signed by other makers' libraries, as tests/peers pins them,
# at the whole gateway's door. Exit 77: skipped, with a reason.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT"

fetch_peers
BACKHAUL_PROGRAMS=$PWD/build/release
cmake --build "$BACKHAUL_PROGRAMS" -j "${JOBS:-$(nproc)}" --target backhaul
export BACKHAUL_PROGRAMS
"$BACKHAUL_NODE" --test --test-timeout=120000 --test-reporter=./tests/peers/reporter.mjs \
    tests/peers/signatures.test.mjs
