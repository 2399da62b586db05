#!/usr/bin/env bash
# Stage of `deploy/test --full`: the systemd unit is well-formed and stays locked up. Exit 77: skipped, with
# a reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

command -v systemd-analyze >/dev/null || { echo 'systemd-analyze is not installed'; exit 77; }
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
# The program is not installed here: any that may be run stands for it.
sed "s|/usr/local/bin/backhaul|/bin/true|" deploy/systemd/backhaul.service >"$here/backhaul.service"
said=$(systemd-analyze verify --man=no "$here/backhaul.service" 2>&1) || { echo "$said"; exit 1; }
[ -z "$said" ] || { echo "$said"; exit 1; }

# 0 is locked up, 10 wide open. The network is needed, so 0 cannot be had.
score=$(systemd-analyze security --offline=true "$here/backhaul.service" |
    sed -n 's/.*Overall exposure level.*: \([0-9.]*\).*/\1/p')
echo "exposure $score, at most 1.5"
awk -v score="$score" 'BEGIN { exit !(score != "" && score <= 1.5) }'
stop=$(sed -n 's/^TimeoutStopSec=//p' deploy/systemd/backhaul.service)
drain=$(sed -n 's/.*Number("drain_seconds", [^,]*, "\([0-9]*\)".*/\1/p' gateway/settings_table.cc)
echo "TimeoutStopSec $stop, drain_seconds $drain"
[ "$stop" -gt $((drain + 3)) ]
