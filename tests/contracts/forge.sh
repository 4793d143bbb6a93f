# forge, the contracts' test runner, for scripts that are in the root of the repository; each of its tests is a line of TAP.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export FOUNDRY_DISABLE_NIGHTLY_WARNING=1
tap_n=0 tap_failed=0

# tap NAME CODE FILE: passed where CODE is 0; otherwise the file says why.
tap() {
    tap_n=$((tap_n + 1))
    if [ "$2" -eq 0 ]; then
        echo "ok $tap_n - $1"
    else
        tap_failed=1
        echo "not ok $tap_n - $1"
        tail -20 "$3" | sed 's/^/# /'
    fi
}

forge() {
    (cd contracts && HOME=$work node_modules/@foundry-rs/forge-linux-amd64/bin/forge "$@" --offline --use ./solc.js)
}

# forge_tests ARGUMENTS…: those of `forge test`. Gas is held against contracts/tests/gas.
forge_tests() {
    local code line suite=
    forge test --gas-snapshot-check true --gas-snapshot-emit false "$@" >"$work/forge" 2>&1
    code=$?
    while IFS= read -r line; do
        case $line in
        Ran*' for '*.t.sol:*) suite=${line##*:} ;;
        '[PASS] '*) line=${line#'[PASS] '}; tap "$suite ${line%%(*}" 0 ;;
        '[FAIL'*) echo "$line" >"$work/failure"; line=${line#*'] '}; tap "$suite ${line%%(*}" 1 "$work/failure" ;;
        'Failing tests:'*) break ;;
        esac
    done <"$work/forge"
    [ $code -eq 0 ] || [ $tap_failed -ne 0 ] || tap "forge ends well" 1 "$work/forge"
}
tap_end() { echo "1..$tap_n"; exit $tap_failed; }
