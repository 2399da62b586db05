#!/usr/bin/env bash
# Stage of `deploy/test --full`: a million random orders over the money functions, and some ten thousand
# whole cases through the real decision, none of which may gain or lose a cent. BACKHAUL_MONEY_ORDERS and
# BACKHAUL_MONEY_CASES choose other numbers.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cmake --build build/release -j "${JOBS:-$(nproc)}" --target schemas_test workflows_test
export BACKHAUL_MONEY_ORDERS=${BACKHAUL_MONEY_ORDERS:-1000000} BACKHAUL_MONEY_CASES=${BACKHAUL_MONEY_CASES:-10000}
for test in schemas_test:MoneyOrders.NeverGainOrLoseACent workflows_test:Amounts.OfRandomCasesNeverGainOrLoseACent; do
    said=$("build/release/${test%%:*}" --gtest_filter="${test#*:}" 2>&1) || { echo "$said"; exit 1; }
    grep -q 'PASSED.* 1 test' <<<"$said" || { echo "no test is named ${test#*:}"; exit 1; }
    echo "${test#*:}"
    grep PASSED <<<"$said" | sed 's/^/0: /'
done
