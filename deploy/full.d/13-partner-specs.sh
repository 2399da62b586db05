#!/usr/bin/env bash
# Stage of `deploy/test --full`: requests of the connectors' golden cases go to mocks made from the partners'
# own descriptions in BACKHAUL_SPECS_DIR. Exit 77: skipped, with a reason.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT"

if [ -z "${BACKHAUL_SPECS_DIR:-}" ]; then
    echo 'BACKHAUL_SPECS_DIR is not set: it names a folder with the descriptions that partners publish'
    exit 77
fi
fetch_peers
"$BACKHAUL_NODE" --test --test-timeout=120000 --test-reporter=./tests/peers/reporter.mjs \
    tests/peers/partner_specs.test.mjs
