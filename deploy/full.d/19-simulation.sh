#!/usr/bin/env bash
# Stage of `deploy/test --full`: 20,000 simulated worlds, with the report of what was seen in them, and a disk
# that fails at every single call of a story. BACKHAUL_SIM_SEEDS sets another number, BACKHAUL_SIM_FROM other seeds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cmake --build build/release -j "${JOBS:-$(nproc)}" --target simulate sim_test
build/release/simulate --seeds "${BACKHAUL_SIM_SEEDS:-20000}" --from "${BACKHAUL_SIM_FROM:-1}"
BACKHAUL_DISK_EVERY=1 build/release/sim_test --gtest_filter='*Disk*' 2>&1 | sed 's/^/0: /'
