#!/usr/bin/env bash
# Stage of `deploy/test --full`: the recipe of deploy/nginx with a real nginx in front of a real gateway:
# certificates, forged headers, smuggling, large and slow callers. BACKHAUL_NGINX names the program.
# Exit 77: skipped, with a reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

export BACKHAUL_NGINX=${BACKHAUL_NGINX:-$(PATH=$PATH:/usr/sbin command -v nginx || true)}
[ -n "$BACKHAUL_NGINX" ] || { echo 'nginx is not installed (Debian package nginx-light)'; exit 77; }
cmake --build build/release -j "${JOBS:-$(nproc)}" --target live_test
build/release/live_test --gtest_list_tests | grep -q Nginx || { echo 'no test is named Nginx'; exit 1; }
build/release/live_test --gtest_also_run_disabled_tests --gtest_filter='*Nginx*' 2>&1 | sed 's/^/0: /'
