#!/usr/bin/env bash
# Stage of `deploy/test --full`: the pages in Chromium, driven by the programs that
# tests/peers/package-lock.json pins. Exit 77: skipped, with a reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

skip() {
    echo "$1"
    exit 77
}

CHROMIUM=${CHROMIUM:-$(command -v chromium || true)}
[ -x "$CHROMIUM" ] || skip 'there is no Chromium (Debian package chromium)'
command -v npm >/dev/null || skip 'there is no npm (Debian package npm)'

BACKHAUL_PEERS=$PWD/build/peers

# Fetched once for each state of the lock file.
fetch() {
    if cmp -s tests/peers/package-lock.json "$BACKHAUL_PEERS/fetched.json"; then return 0; fi
    mkdir -p "$BACKHAUL_PEERS"
    cp tests/peers/package.json tests/peers/package-lock.json "$BACKHAUL_PEERS"
    npm ci --prefix "$BACKHAUL_PEERS" --ignore-scripts --no-audit --no-fund \
        >"$BACKHAUL_PEERS/npm.log" 2>&1 || return 1
    cp tests/peers/package-lock.json "$BACKHAUL_PEERS/fetched.json"
}

# Without the registry there is nothing to run; anything else, a wrong hash above all, is a failure.
unreachable() {
    ! grep -q EINTEGRITY "$BACKHAUL_PEERS/npm.log" &&
        grep -Eq 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|E403|E5[0-9][0-9]' \
            "$BACKHAUL_PEERS/npm.log"
}

if ! fetch; then
    cat "$BACKHAUL_PEERS/npm.log"
    unreachable || exit 1
    skip 'the packages of tests/peers cannot be fetched from the npm registry'
fi
node=$(find "$BACKHAUL_PEERS"/node_modules/node-linux-*/bin -name node | head -n 1)
[ -n "$node" ] || skip "no Node is pinned for $(uname -m)"

BACKHAUL_PROGRAMS=$PWD/build/release
cmake --build "$BACKHAUL_PROGRAMS" -j "${JOBS:-$(nproc)}" --target backhaul --target backhaul-sandbox

export BACKHAUL_PEERS BACKHAUL_PROGRAMS CHROMIUM
echo "Node $("$node" --version), $("$CHROMIUM" --version)"
"$node" --test --test-timeout=900000 --test-reporter=./tests/peers/reporter.mjs tests/peers/*.test.mjs
