#!/usr/bin/env bash
# Stage of `deploy/test --full`: what can be said of the container without building it: its packages are those
# the build and the program need, what `cmake --install` leaves works without this tree, compose and provisioning
# are well-formed and mount what is there. Exit 77: skipped, with a reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source deploy/lib.sh

for tool in jq python3; do
    command -v "$tool" >/dev/null || { echo "checking the container needs $tool, which is not installed"; exit 77; }
done
failed=0
bad() { echo "bad: $*"; failed=1; }

# packages N: those of the Dockerfile's Nth apt-get install, sorted.
packages() {
    awk -v wanted="$1" '/apt-get install/ { ++n; on = 1; next }
        on && /&& rm -rf/ { on = 0 }
        on && n == wanted { gsub(/\\/, ""); print }' deploy/docker/Dockerfile | tr -s ' ' '\n' | sed '/^$/d' | sort
}
[ "$(packages 1)" = "$(printf '%s\n' "${BUILD_PACKAGES[@]}" | sort)" ] ||
    bad 'the Dockerfile does not install the BUILD_PACKAGES of deploy/lib.sh'

here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
cmake --preset release >/dev/null
cmake --build build/release -j "$JOBS" --target backhaul
program=build/release/backhaul
needed=$(objdump -p "$program" | awk '$1 == "NEEDED" { print $2 }' | while read -r library; do
    path=$(ldconfig -p | awk -v name="$library" '$1 == name { print $NF; exit }')
    for each in "$path" "$(readlink -f "$path")" "/usr$(readlink -f "$path")"; do
        dpkg-query -S "$each" 2>/dev/null && break
    done | head -n 1 | cut -d : -f 1
done | grep -Ev '^(libc6|libgcc-s1)$' | sort -u)
[ "$(packages 2)" = "$(printf 'ca-certificates\n%s\n' "$needed" | sort)" ] ||
    bad "the program needs: $(echo $needed)"

DESTDIR=$here/root cmake --install build/release --strip >/dev/null
installed=$(find "$here/root" -name backhaul -type f -perm -u+x)
[ -x "$installed" ] || bad 'no program was installed'
share=$(find "$here/root" -type d -path '*/share/backhaul')
for part in workflows/machines/return.json workflows/wording/en.json connectors/payment/stripe/connector.json; do
    [ -e "$share/$part" ] || bad "$part is not installed"
done
[ -z "$(find "$share" -name '*.cc' -o -name fixtures)" ] || bad 'more than data is installed'
head -c 32 /dev/urandom | base64 >"$here/secret"
jq -n --arg here "$here" --arg share "$share" '{database: ($here + "/backhaul.db"),
    deployment_secret: ("file:" + $here + "/secret"), machines: ($share + "/workflows"),
    connectors: ($share + "/connectors"),
    connections: [{name: "shop-refunds", connector: "shop/refund-executor", mode: "observe"}]}' >"$here/settings.json"
(cd / && "$installed" check --offline --settings "$here/settings.json") || bad 'what is installed does not pass its own check'

# What each COPY of the build may see is enough for CMake: nothing else is sent to it.
mkdir "$here/context"
grep '^!' deploy/docker/Dockerfile.dockerignore | sed 's/^!//' | while read -r part; do cp -r "$part" "$here/context/"; done
find "$here/context" -name fixtures -prune -exec rm -r {} +
cmake -S "$here/context" -B "$here/context/build" -G Ninja -DBACKHAUL_TESTS=OFF >/dev/null ||
    bad 'the build cannot be configured with what .dockerignore lets through'
ninja -C "$here/context/build" -n backhaul >/dev/null || bad 'nor planned'

mkdir "$here/try"
cp -r deploy/docker/. "$here/try/"
rm -rf "$here/try/secrets" "$here/try/settings.json"
"$here/try/init" >/dev/null
before=$(cat "$here"/try/secrets/* "$here/try/settings.json" | sha256sum)
"$here/try/init" >/dev/null
[ "$before" = "$(cat "$here"/try/secrets/* "$here/try/settings.json" | sha256sum)" ] || bad 'a second init changes secrets'
python3 - "$here/try" "$here/settings.json" <<'PYTHON' || failed=1
import hashlib, json, os, sys
here = sys.argv[1]
settings = json.load(open(here + "/settings.json"))
key = open(here + "/secrets/operator.key").read()
bad = []
if settings["keys"][0]["sha256"] != hashlib.sha256(key.encode()).hexdigest():
    bad.append("settings.json does not know the key init made")
try:
    import yaml
except ImportError:
    print("python3-yaml is not installed: compose.yaml was not read")
    sys.exit(bool(bad))
compose = yaml.safe_load(open(here + "/compose.yaml"))
for name, service in compose["services"].items():
    for mount in service.get("volumes", []):
        source = mount.split(":")[0]
        if not source.startswith("."):
            if source not in compose["volumes"]: bad.append(f"{name}: no volume {source}")
            continue
        if not os.path.exists(os.path.join(here if source.startswith("./") else "deploy/docker", source)):
            bad.append(f"{name}: nothing to mount at {source}")
    for other in service.get("depends_on", {}):
        if other not in compose["services"]: bad.append(f"{name} depends on {other}, which is not there")
    for port in service.get("ports", []):
        if not port.startswith("127.0.0.1:"): bad.append(f"{name}: port {port} is open to everybody")
    if "build" not in service and ":" not in service["image"]: bad.append(f"{name}: image without a version")
ours = compose["services"]["backhaul"]
if not ours["read_only"] or ours["cap_drop"] != ["ALL"]: bad.append("backhaul is not locked up")
for name in ("datasources", "dashboards"):
    if not yaml.safe_load(open(f"{here}/grafana/{name}.yaml")).get("apiVersion"): bad.append(f"grafana/{name}.yaml")
for line in bad: print("bad:", line)
sys.exit(bool(bad))
PYTHON
grep -q '^USER 10001' deploy/docker/Dockerfile || bad 'the container runs as root'
if docker compose version >/dev/null 2>&1; then
    docker compose -f "$here/try/compose.yaml" config -q || bad 'docker compose does not read compose.yaml'
else
    echo 'docker compose is not installed: compose.yaml was read as YAML only; no image was built'
fi
exit $failed
