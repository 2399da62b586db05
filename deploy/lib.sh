# Shared by the scripts of deploy/: words on the terminal, packages, timed stages with logs.
# Source it from bash with `set -euo pipefail`; $ROOT is the top of the tree afterwards.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LOGS=${LOGS:-$ROOT/build/test-logs}
JOBS=${JOBS:-$(nproc)}
export LC_ALL=C.UTF-8

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    BOLD=$'\e[1m' RED=$'\e[31m' GREEN=$'\e[32m' YELLOW=$'\e[33m' PLAIN=$'\e[0m'
else
    BOLD='' RED='' GREEN='' YELLOW='' PLAIN=''
fi

# What a build needs, and what checking it needs besides.
BUILD_PACKAGES=(build-essential cmake ninja-build ccache pkg-config libpoco-dev rapidjson-dev
    librdkafka-dev libssl-dev libjq-dev libutf8proc-dev libsqlite3-dev libctemplate-dev
    prometheus-cpp-dev)
TEST_PACKAGES=(libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev clang-format-14)
FULL_PACKAGES=(clang-14 clang-tidy-14 libclang-rt-14-dev util-linux chromium nginx-light)
# Debian's npm brings some 300 small packages: only where there is none.
command -v npm >/dev/null || FULL_PACKAGES+=(npm)

say() { printf '%s\n' "$*"; }
die() { printf '%s%s%s\n' "$RED" "$*" "$PLAIN" >&2; exit 1; }

missing_packages() {
    local package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            printf '%s\n' "$package"
    done
}

# install_packages NAME...: only what is missing; says what, and needs root or sudo for it.
install_packages() {
    command -v dpkg-query >/dev/null || die 'installing packages: this script knows Debian 12 only'
    local missing as_root=()
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || { echo 'all packages are there'; return 0; }
    echo "installing: ${missing[*]}"
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null ||
            die "installing packages: neither root nor sudo; please install: ${missing[*]}"
        as_root=(sudo)
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# For stages that need real brokers. test_kafka NAME RELEASE: starts a node, with its address in
# BACKHAUL_KAFKA and what else tests want to know of it; exit 77 when its jars are not to be had.
test_kafka() {
    local said cache=${BACKHAUL_CACHE:-$HOME/.cache/backhaul}
    if ! said=$("$ROOT/deploy/kafka" start --secure --release "$2" --name "$1" 2>&1); then
        printf '%s\n' "$said"
        # Without the jars there is nothing to run; anything else is a failure.
        grep -q 'repo.maven.apache.org' <<<"$said" || exit 1
        echo "Kafka's jars cannot be fetched from Maven Central"
        exit 77
    fi
    BACKHAUL_KAFKA=$("$ROOT/deploy/kafka" status --name "$1")
    BACKHAUL_KAFKA_NODE=$1 BACKHAUL_KAFKA_SECURE=$cache/kafka-node-$1/secure
    export BACKHAUL_KAFKA BACKHAUL_KAFKA_NODE BACKHAUL_KAFKA_SECURE
    echo "Kafka $2 answers at $BACKHAUL_KAFKA"
}

forget_kafka() {
    "$ROOT/deploy/kafka" kill --name "$1" >/dev/null || true
    rm -rf "${BACKHAUL_CACHE:-$HOME/.cache/backhaul}/kafka-node-$1"
}

# Without the registry there is nothing to run; anything else, a wrong hash above all, is a failure.
registry_unreachable() {
    ! grep -q EINTEGRITY "$1" &&
        grep -Eq 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|E403|E5[0-9][0-9]' "$1"
}

# fetch_peers: the programs of others that tests/peers/package-lock.json pins, fetched once for each
# state of that file, in BACKHAUL_PEERS, and the Node to run them in BACKHAUL_NODE; exit 77 when they
# are not to be had.
fetch_peers() {
    BACKHAUL_PEERS=$ROOT/build/peers
    if ! cmp -s "$ROOT/tests/peers/package-lock.json" "$BACKHAUL_PEERS/fetched.json"; then
        command -v npm >/dev/null || { echo 'there is no npm (Debian package npm)'; exit 77; }
        mkdir -p "$BACKHAUL_PEERS"
        cp "$ROOT/tests/peers/package.json" "$ROOT/tests/peers/package-lock.json" "$BACKHAUL_PEERS"
        if ! npm ci --prefix "$BACKHAUL_PEERS" --ignore-scripts --no-audit --no-fund \
            >"$BACKHAUL_PEERS/npm.log" 2>&1; then
            cat "$BACKHAUL_PEERS/npm.log"
            registry_unreachable "$BACKHAUL_PEERS/npm.log" || exit 1
            echo 'the packages of tests/peers cannot be fetched from the npm registry'
            exit 77
        fi
        cp "$ROOT/tests/peers/package-lock.json" "$BACKHAUL_PEERS/fetched.json"
    fi
    BACKHAUL_NODE=$(find "$BACKHAUL_PEERS"/node_modules/node-linux-*/bin -name node | head -n 1)
    [ -n "$BACKHAUL_NODE" ] || { echo "no Node is pinned for $(uname -m)"; exit 77; }
    export BACKHAUL_PEERS BACKHAUL_NODE
}

STAGE_NAMES=() STAGE_WORDS=() STAGE_SECONDS=()

note_stage() { STAGE_NAMES+=("$1") STAGE_WORDS+=("$2") STAGE_SECONDS+=("$3"); }

# Of a log of tests what the failed ones said, of any other the end.
show_failure() {
    local said
    said=$(awk '
        { mark = ($1 + 0) "" }
        /^[0-9]+: \[ RUN      \]/ { text[mark] = "" }
        /^[0-9]+: / { text[mark] = text[mark] $0 "\n" }
        /^[0-9]+: \[  FAILED  \].* ms\)$/ { printf "%s", text[mark]; text[mark] = "" }
        /^The following tests FAILED:/ { listing = 1 }
        listing && NF { print }' "$1" | head -n 100)
    if [ -n "$said" ]; then printf '%s\n' "$said"; else tail -n 60 "$1"; fi
}

# stage NAME COMMAND...: runs it with its output in $LOGS/NAME.log. Returns the command's status:
# 0 passed, 77 skipped (the log's last line says why), anything else failed.
stage() {
    local name=$1 started=$SECONDS status=0 word log
    shift
    mkdir -p "$LOGS"
    log=$LOGS/${name//[^A-Za-z0-9.-]/_}.log
    [ -z "$BOLD" ] || printf '%s%-28s%s ...' "$BOLD" "$name" "$PLAIN"
    ( set -e; "$@" ) >"$log" 2>&1 </dev/null || status=$?
    case $status in
        0) word=passed ;;
        77) word=skipped ;;
        *) word=failed ;;
    esac
    note_stage "$name" "$word" $((SECONDS - started))
    [ -z "$BOLD" ] || printf '\r\e[K'
    case $word in
        passed) printf '%-28s %spassed%s  %4d s\n' "$name" "$GREEN" "$PLAIN" $((SECONDS - started)) ;;
        skipped) printf '%-28s %sskipped%s        %s\n' "$name" "$YELLOW" "$PLAIN" \
            "$(tail -n 1 "$log")" ;;
        failed)
            printf '%-28s %sfailed%s  %4d s\n' "$name" "$RED" "$PLAIN" $((SECONDS - started))
            printf '\n--- last lines of %s\n' "${log#"$ROOT"/}"
            show_failure "$log"
            printf -- '---\n'
            ;;
    esac
    return $status
}

print_stages() {
    local i total=0
    printf '\n%-28s %-8s %7s\n' stage outcome seconds
    for i in "${!STAGE_NAMES[@]}"; do
        printf '%-28s %-8s %7d\n' "${STAGE_NAMES[$i]}" "${STAGE_WORDS[$i]}" "${STAGE_SECONDS[$i]}"
        total=$((total + STAGE_SECONDS[i]))
    done
    printf '%-28s %-8s %7d\n' total '' "$total"
}

# count_tests LOG...: "passed failed skipped" over logs with lines as `ctest -V` writes them. A program that failed without
# naming a test (a crash, a time-out) counts as one failed test.
count_tests() {
    cat "$@" /dev/null | awk '
        /^[0-9]+: \[  PASSED  \] [0-9]+ test/ { passed += $5 }
        /^[0-9]+: \[  SKIPPED \] [0-9]+ test/ { skipped += $5 }
        /^[0-9]+: \[  FAILED  \] [0-9]+ test.*listed below/ { failed += $5; named[$1 + 0] = 1 }
        /^The following tests FAILED:/ { listing = 1; next }
        listing && /^\t *[0-9]+ - / { if (!named[$1 + 0]) failed += 1; next }
        listing && /^$/ { listing = 0; delete named }
        END { print passed + 0, failed + 0, skipped + 0 }'
}
