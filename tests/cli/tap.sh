# What the tests of the command share. Sourced from the root of the repository; each case is one line of TAP.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
ashlar=${BUILD:-build}/ashlar
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tap_n=0 tap_failed=0

tap_ok() { tap_n=$((tap_n + 1)); echo "ok $tap_n - $1"; }
tap_skip() { tap_n=$((tap_n + 1)); echo "ok $tap_n - $1 # SKIP $2"; }
tap_not_ok() {
    tap_n=$((tap_n + 1)) tap_failed=1
    echo "not ok $tap_n - $1"
    shift
    printf '%s\n' "$@" | cut -c1-300 | sed 's/^/# /' | head -20
}
tap_end() { echo "1..$tap_n"; exit $tap_failed; }

# run COMMAND…: sets code, out, err.
run() {
    "$@" >"$work/out" 2>"$work/err" </dev/null
    code=$?
    out=$(<"$work/out") err=$(<"$work/err")
}

# is NAME GOT EXPECTED
is() {
    if [ "$2" = "$3" ]; then tap_ok "$1"; else tap_not_ok "$1" "got      $2" "expected $3"; fi
}

# exits NAME CODE COMMAND…
exits() {
    local name=$1 expected=$2
    shift 2
    run "$@"
    if [ $code -eq "$expected" ]; then tap_ok "$name"; else tap_not_ok "$name" "exit code $code, not $expected" "$err"; fi
}

# refused NAME CODE PATTERN COMMAND…: that exit code, and exactly one line on stderr, which is of the command and matches.
refused() {
    local name=$1 expected=$2 pattern=$3
    shift 3
    run "$@"
    if [ $code -ne "$expected" ]; then
        tap_not_ok "$name" "exit code $code, not $expected" "$err"
    elif [ "$(wc -l <"$work/err")" -ne 1 ]; then
        tap_not_ok "$name" "not one line on stderr, but:" "$err"
    elif [[ $err != ashlar* ]] || ! grep -qE -- "$pattern" <<<"$err"; then
        tap_not_ok "$name" "stderr does not match $pattern:" "$err"
    else
        tap_ok "$name"
    fi
}

# The demonstration's block, made once for all tests of a build: $demo/{genesis,transactions,block}.json.
demo=${BUILD:-build}/test-data/demo
make_demo() {
    mkdir -p "$(dirname "$demo")"
    (
        flock 9
        [ "$demo/block.json" -nt "$ashlar" ] && [ "$demo/block.json" -nt examples/erc20/transactions.mjs ] && exit 0
        node examples/erc20/transactions.mjs "$demo" &&
            "$ashlar" build --genesis "$demo/genesis.json" --txs "$demo/transactions.json" -o "$demo/block.json"
    ) 9>"$demo.lock" >"$work/demo.log" 2>&1
}
need_demo() {
    make_demo && return
    tap_not_ok "the demonstration's block is made (node and npm packages: ./setup)" "$(<"$work/demo.log")"
    tap_end
}
