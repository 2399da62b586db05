#!/usr/bin/env bash
# Stage of `deploy/test --full`: the quickstart as a newcomer runs it, to its summary; it fails when
# the books do not agree. Exit 77: skipped, with a reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

for tool in curl jq; do
    if ! command -v "$tool" >/dev/null; then
        echo "the quickstart needs $tool, which is not installed"
        exit 77
    fi
done
# Its own place for logs, not the stages'.
env -u LOGS deploy/quickstart --once --no-install
