#!/usr/bin/env bash
# Stage of `deploy/test --full`: the pages in Chromium, driven by the programs that
# tests/peers/package-lock.json pins. Exit 77: skipped, with a reason.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT"

skip() {
    echo "$1"
    exit 77
}

CHROMIUM=${CHROMIUM:-$(command -v chromium || true)}
[ -x "$CHROMIUM" ] || skip 'there is no Chromium (Debian package chromium)'

fetch_peers

BACKHAUL_PROGRAMS=$PWD/build/release
cmake --build "$BACKHAUL_PROGRAMS" -j "${JOBS:-$(nproc)}" --target backhaul --target backhaul-sandbox

export BACKHAUL_PROGRAMS CHROMIUM
echo "Node $("$BACKHAUL_NODE" --version), $("$CHROMIUM" --version)"
"$BACKHAUL_NODE" --test --test-timeout=900000 --test-reporter=./tests/peers/reporter.mjs tests/peers/pages.test.mjs
