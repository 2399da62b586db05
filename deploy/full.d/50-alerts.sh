#!/usr/bin/env bash
# Stage of `deploy/test --full`: each alert is fired by a test and has a quiet one, a page in the runbook
# and, like the dashboard, only metrics that a running gateway shows. Exit 77: skipped, with a reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD

for tool in curl jq; do
    command -v "$tool" >/dev/null || { echo "checking alerts needs $tool, which is not installed"; exit 77; }
done

# Debian's promtool comes inside the package prometheus, whose installation starts a service: it is
# unpacked here instead.
promtool=$(command -v promtool || true)
if [ -z "$promtool" ]; then
    promtool=$root/build/promtool/usr/bin/promtool
    if [ ! -x "$promtool" ]; then
        mkdir -p build/promtool
        (cd build/promtool && rm -f ./*.deb && apt-get download -q prometheus && dpkg-deb -x prometheus_*.deb .) ||
            { echo 'promtool is not installed and the Debian package prometheus cannot be fetched'; exit 77; }
        rm -f build/promtool/*.deb
    fi
fi

failed=0
bad() { echo "bad: $*"; failed=1; }

(
    cd deploy/prometheus
    "$promtool" check rules alerts.yml
    "$promtool" check config --syntax-only prometheus.yml
    "$promtool" test rules alerts_test.yml
)
for alert in $(sed -n 's/^ *- alert: //p' deploy/prometheus/alerts.yml); do
    for way in fires quiet; do
        grep -q "name: $alert $way\$" deploy/prometheus/alerts_test.yml || bad "no test '$alert $way'"
    done
    grep -q "| $alert |" deploy/runbook/README.md || bad "$alert is not in the runbook's list"
done
for page in $(sed -n 's|.*runbook_url: .*/||p' deploy/prometheus/alerts.yml); do
    [ -e "deploy/runbook/$page" ] || bad "no page deploy/runbook/$page"
done
jq -e '.panels | length > 0' deploy/grafana/backhaul.json >/dev/null || bad 'the dashboard has no panels'

# The real program, with every part that has metrics; nobody is called, nothing answers at the broker.
here=$(mktemp -d)
gateway=
finish() {
    [ -z "$gateway" ] || { kill "$gateway" 2>/dev/null; wait "$gateway" 2>/dev/null; } || true
    rm -rf "$here"
}
trap finish EXIT
cmake --preset release >/dev/null
cmake --build build/release -j "${JOBS:-$(nproc)}" --target backhaul
build/release/backhaul key new >"$here/key"
key=$(awk '$1 == "key" { print $2 }' "$here/key")
head -c 32 /dev/urandom | base64 >"$here/secret"
jq -n --arg here "$here" --arg hash "$(awk '$1 == "sha256" { print $2 }' "$here/key")" '{
    listen: {host: "127.0.0.1", port: 0}, database: ($here + "/backhaul.db"),
    deployment_secret: ("file:" + $here + "/secret"), drain_seconds: 1,
    ledger: {anchors_file: ($here + "/anchors")},
    kafka: {brokers: "127.0.0.1:1", start: "beginning", topics: [{name: "orders", connector: "shop/cloudevents"}]},
    connections: [
        {name: "shop-refunds", connector: "shop/refund-executor", mode: "observe"},
        {name: "labels", connector: "logistics/shipengine", mode: "observe", base_url: "http://127.0.0.1:1",
         settings: {api_key: ("file:" + $here + "/secret"), key_set_url: "http://127.0.0.1:1/keys",
                    carrier_id: "c", service_code: "s", warehouse: {}, sender: {}}}],
    keys: [{name: "operator:prometheus", role: "operator", sha256: $hash}]}' >"$here/settings.json"
build/release/backhaul serve --settings "$here/settings.json" 2>"$here/log" &
gateway=$!
for _ in $(seq 200); do
    ! grep -q 'listening on' "$here/log" || break
    sleep 0.1
done
url=http://$(grep -o 'listening on [0-9.:]*' "$here/log" | awk '{ print $3 }') ||
    { cat "$here/log"; echo 'the gateway did not start'; exit 1; }
curl -fs -H "Authorization: Bearer $key" "$url/metrics" >"$here/metrics"
"$promtool" check metrics <"$here/metrics"

awk '$1 == "#" && $2 == "TYPE" { print $3; if ($4 == "histogram") { print $3 "_bucket"; print $3 "_sum"; print $3 "_count" } }' \
    "$here/metrics" | sort -u >"$here/known"
{
    sed -n 's/^ *expr: //p' deploy/prometheus/alerts.yml
    sed -n 's/^.*{series: //p' deploy/prometheus/alerts_test.yml
    jq -r '.. | .expr? // empty' deploy/grafana/backhaul.json
} | grep -oE '\bbackhaul_[a-z_]+' | sort -u >"$here/used"
[ -s "$here/used" ] || bad 'no metric is used'
unknown=$(comm -13 "$here/known" "$here/used")
[ -z "$unknown" ] || bad "the running gateway does not show: $unknown"
echo "$(wc -l <"$here/known") metrics shown, $(wc -l <"$here/used") used, all of them shown"
exit $failed
