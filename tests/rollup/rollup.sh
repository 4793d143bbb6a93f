# A rollup on the L1 of anvil.sh, and nodes of it. Source it after that.
rollup=$work/rollup.json

# deploy OPTION…
deploy() {
    "$ashlar" deploy --l1 $l1 --key-file "$owner" --attester $attester_address --out "$rollup" "$@" >"$work/deploy" 2>&1 ||
        { tap_not_ok "a rollup is deployed" "$(<"$work/deploy")"; tap_end; }
}

# node_start NAME OPTION…: its URL in url_NAME, its process in pid_NAME; its output in $work/NAME.{out,err}.
node_start() {
    local name=$1 url= pid
    shift
    "$ashlar" node --rollup "$rollup" --l1 $l1 --datadir "$work/$name" --http-port 0 --l1-poll 200 "$@" \
        >"$work/$name.out" 2>>"$work/$name.err" </dev/null &
    pid=$!
    for _ in $(seq 200); do
        url=$(sed -n 's/^RPC  *//p' "$work/$name.out")
        [ -n "$url" ] && break
        kill -0 $pid 2>/dev/null || break
        sleep 0.1
    done
    printf -v "pid_$name" %s "$pid"
    printf -v "url_$name" %s "$url"
    trap '{ kill -9 $(jobs -p); wait; } 2>/dev/null; rm -rf "$work"' EXIT
    [ -n "$url" ] || { tap_not_ok "the node $name starts" "$(<"$work/$name.err")"; tap_end; }
}
sequencer_start() {
    node_start sequencer --sequencer --key-file "$owner" --attest native --attester-key-file "$attester" --commit-seconds 1 \
        --block-time 1 --item-depth 2 "$@"
}

# until_true SECONDS COMMAND…
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.3
    done
}
# status_is NAME VALUE: a member of `ashlar status --json`.
status_is() { [ "$(member "$("$ashlar" status --l1 $l1 --rollup "$rollup" --json)" "$1")" = "$2" ]; }
status_of() { member "$("$ashlar" status --l1 $l1 --rollup "$rollup" --json)" "$1"; }
has_wei() { [ "$(wei "$1" "$2")" = "$3" ]; }
# head URL: number and hash of the newest block.
head_of() { node -e 'const b = JSON.parse(process.argv[1]); console.log(parseInt(b.number), b.hash)' "$(ask "$1" eth_getBlockByNumber '["latest",false]')"; }
same_head() { [ "$(head_of "$1")" = "$(head_of "$2")" ]; }
all_proven() { local s; s=$("$ashlar" status --l1 $l1 --rollup "$rollup" --json) && [ "$(member "$s" committed)" = "$(member "$s" proven)" ] &&
    [ "$(member "$s" items)" = "$(member "$s" itemsProven)" ]; }
