#!/usr/bin/env bash
# Stage of `deploy/test --full`: the gateway killed again and again while stories play, each on one
# database, with everything happening to money that happens at providers; afterwards the payers' books
# are compared with the ledger. BACKHAUL_KILLS sets another number, BACKHAUL_SEED other stories.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cmake --build build/release -j "${JOBS:-$(nproc)}" --target live_test
kills=${BACKHAUL_KILLS:-200} seed=${BACKHAUL_SEED:-12}
# They wait for each other's clocks more than they compute: four worlds beside each other.
worlds=$((kills < 40 ? 1 : 4))
logs=$(mktemp -d)
children=()
trap 'kill "${children[@]}" 2>/dev/null || true; rm -rf "$logs"' EXIT
for ((world = 0; world < worlds; world++)); do
    BACKHAUL_KILLS=$(((kills + worlds - 1) / worlds)) BACKHAUL_SEED=$((seed + world * 1000)) \
        build/release/live_test --gtest_filter='GatewayLive.Kills*' >"$logs/$world" 2>&1 &
    children+=($!)
done
status=0
for ((world = 0; world < worlds; world++)); do
    wait "${children[$world]}" || status=1
    sed 's/^/0: /' "$logs/$world"
    grep -q 'PASSED.* 1 test' "$logs/$world" || status=1
done
children=()
[ "$status" = 0 ] || exit 1
# What nobody did to the money proves nothing about it.
if [ "$kills" -ge 200 ]; then
    for mishap in lost_answer late_work error_after_success slow fails bounces disputes by_hand \
        unknown_status low_balance closed; do
        grep -q "\"payment.$mishap\":" "$logs"/* || { echo "no story had payment.$mishap"; exit 1; }
    done
fi
echo "$kills kills: paid twice 0, lost 0, unexplained 0"
