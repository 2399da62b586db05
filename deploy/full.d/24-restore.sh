#!/usr/bin/env bash
# Stage of `deploy/test --full`: a backup, refunds paid after it, the database lost, the backup restored as the
# runbook says; afterwards each refund that was due was paid once, and a restore that is forgotten is seen.
# BACKHAUL_SEED chooses another story.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cmake --build build/release -j "${JOBS:-$(nproc)}" --target live_test
build/release/live_test --gtest_list_tests | grep -q RestoreLive || { echo 'no test is named RestoreLive'; exit 1; }
build/release/live_test --gtest_also_run_disabled_tests --gtest_filter='*RestoreLive*' 2>&1 | sed 's/^/0: /'
