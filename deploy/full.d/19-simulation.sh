#!/usr/bin/env bash
# Stage of `deploy/test --full`: simulated worlds, with the report of what was seen in them. BACKHAUL_SIM_SEEDS sets
# how many, BACKHAUL_SIM_FROM other seeds; those of the simulation's own tests come before these.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cmake --build build/release -j "${JOBS:-$(nproc)}" --target simulate
build/release/simulate --seeds "${BACKHAUL_SIM_SEEDS:-5000}" --from "${BACKHAUL_SIM_FROM:-5001}"
