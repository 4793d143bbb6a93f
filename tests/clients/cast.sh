# cast and the accounts of the development chain, for scripts that have sourced node.sh. Each case is one line of TAP.
A=0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 KEY=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80
B=0x70997970C51812dc3A010C7d01b50e0d17dc79C8
C=0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC KEY2=0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a
export ETH_RPC_URL=http://127.0.0.1:$port FOUNDRY_DISABLE_NIGHTLY_WARNING=1 HOME=$work

cast() { tests/clients/node_modules/@foundry-rs/cast-linux-amd64/bin/cast "$@" 2>>"$work/cast_errors"; }

# A member of the JSON object on the standard input, as text.
field() {
    node -e '
        const value = JSON.parse(require("fs").readFileSync(0))[process.argv[1]]
        console.log(typeof value === "string" ? value : JSON.stringify(value))' "$1"
}

# is NAME GOT EXPECTED: with what cast complained of, where they differ.
is() {
    if [ "$2" = "$3" ]; then
        tap_ok "$1"
    else
        tap_not_ok "$1" "got      $2" "expected $3" "$(tail -5 "$work/cast_errors")"
    fi
    : >"$work/cast_errors"
}
# refused NAME PATTERN ARGUMENTS…: cast fails and says why.
refused() {
    local name=$1 pattern=$2 said
    shift 2
    cast "$@" >/dev/null && said="it did not fail"
    said=${said:-$(<"$work/cast_errors")}
    is "$name" "$(grep -cE -- "$pattern" <<<"$said") $said" "1 $said"
}
tap_end() { echo "1..$tap_n"; node_end $tap_failed; }
