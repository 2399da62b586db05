#!/usr/bin/env bash
# Stage of `deploy/test --full`: the money proof of the machines and policy we ship, made anew against the terms of
# each payment connector. BACKHAUL_PROOF_IN_DEPTH=yes lets more happen together, for some minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cmake --build build/release -j "${JOBS:-$(nproc)}" --target backhaul
depth=()
[ "${BACKHAUL_PROOF_IN_DEPTH:-no}" = no ] || depth=(--in-depth)
build/release/backhaul machine verify --money workflows "${depth[@]}"
