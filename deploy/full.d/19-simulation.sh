#!/usr/bin/env bash
# Stage of `deploy/test --full`: simulated worlds, with the report of what was seen in them; an edge that none goes
# and nobody has explained fails. With those of the simulation's own tests, which come before these, they are 20,000.
# BACKHAUL_SIM_SEEDS sets how many, BACKHAUL_SIM_FROM other seeds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cmake --build build/release -j "${JOBS:-$(nproc)}" --target simulate
build/release/simulate --seeds "${BACKHAUL_SIM_SEEDS:-15000}" --from "${BACKHAUL_SIM_FROM:-5001}" --strict
