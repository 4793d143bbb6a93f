#!/usr/bin/env bash
# A node as its operator sees it: log, signals, what is served to whom.
source "$(dirname "$0")/../cli/tap.sh"
source "$(dirname "$0")/node.sh"

# ---- log ----
start --dev --log-format json --log-level debug || { tap_not_ok "a node starts" "$(<"$work/node.err")"; 
# ---- what a new directory needs, and limits of address space ----
run "$ashlar" db import "$work/new" "$work/sent"
is "an import into a new directory is told its genesis" "$code $(grep -c -- '--genesis or --dev' <<<"$out$err")" "2 1"
printf 'no blocks' >"$work/no_blocks"
run "$ashlar" db import "$work/new" "$work/no_blocks" --dev
is "and leaves nothing where all is refused" "$code $([ -e "$work/new" ] && echo there)" "3 "
run bash -c "ulimit -v 200000; exec '$ashlar' db check '$work/full'"
is "too little address space is a limit, in one line" \
    "$([ "$code" -ne 0 ] && echo refused) $(grep -c 'address space' <<<"$out$err") $(grep -c bug <<<"$out$err")" "refused 1 0"
run bash -c "ulimit -v 1500000; exec '$ashlar' db check '$work/full'"
is "little of it is enough" "$code" 0
tap_end; }
send >/dev/null
rpc eth_sendRawTransaction '["0x02"]' >/dev/null
stop INT
is "SIGINT ends it in order" "$code" 0
is "the log is JSON, an event a line" "$(node -e '
    const events = require("fs").readFileSync(process.argv[1], "utf8").trimEnd().split("\n").map((l) => JSON.parse(l))
    const sealed = events.find((e) => e.event === "block sealed")
    console.log(events.map((e) => e.level + " " + e.event).join(", "), sealed.number, sealed.transactions, sealed.gas,
        events[0].chain_id, events[0].rpc === process.argv[2])' "$work/node.err" "$url")" \
    "info started, info block sealed, debug transaction refused, debug call failed, info stopping 1 1 21000 1337 true"
is "its temporary database is gone" "$(ls -d "$(sed -n 's/^Data  *\([^ ]*\).*/\1/p' "$work/node.out")" 2>&1 | grep -c 'No such')" 1
start --dev --log-level warn
send >/dev/null
stop
is "--log-level warn says nothing of blocks" "$code $(<"$work/node.err")" "0 "

# ---- metrics and health ----
start --dev --metrics-port 0
metrics=$(sed -n 's/.*event=metrics url=//p' "$work/node.err")
send >/dev/null
rpc eth_nothing >/dev/null
rpc eth_sendRawTransaction '["0x02"]' >/dev/null
node tests/node/metrics.mjs "$url" "$metrics" >"$work/metrics" || tap_not_ok "metrics.mjs runs to its end"
while IFS=$'\t' read -r result name why; do
    if [ "$result" = ok ]; then tap_ok "$name"; else tap_not_ok "$name" "$why"; fi
done <"$work/metrics"
stop
is "a node with metrics ends in order" "$code" 0
refused "a metrics port in use" 3 "cannot listen on port" \
    "$ashlar" node --dev --http-port 0 --metrics-port 0 --metrics-address 1.2.3
start --dev
is "health but no metrics on the RPC port" \
    "$(get /metrics | head -c 3) $(get /health | cut -c-4) $(get /health | cut -c5- | json it.database)" "404 200  ok"
stop

# ---- ends in order ----
# calls COUNT: a batch of calls that loop until their gas is used up, in the background; returns once it is sent.
calls() {
    rm -f "$work/asked"
    node -e '
    const call = {jsonrpc: "2.0", id: 1, method: "eth_call", params: [{data: "0x5b600056", gas: "0x2faf080"}, "latest"]}
    const [url, count, asked] = process.argv.slice(1)
    const request = require("http").request(url, {method: "POST", headers: {"content-type": "application/json"}})
    request.on("finish", () => require("fs").writeFileSync(asked, ""))
    request.on("response", async (response) => {
        const all = JSON.parse(Buffer.concat(await response.toArray()))
        console.log(...new Set(all.map((one) => one.error.message)))
    })
    request.end(JSON.stringify(Array(Number(count)).fill(call)))' "$url" "$1" "$work/asked" >"$work/call" 2>&1 &
    caller=$!
    for _ in $(seq 200); do [ -e "$work/asked" ] && break; sleep 0.05; done
    sleep 0.1
}
start --dev --datadir "$work/ends" --block-time 3600
send >"$work/sent"
is "a transaction is taken" "$(json 'it.result.length' <"$work/sent")" 66
calls 4
stop
wait $caller
is "SIGTERM lets running calls end" "$code $(<"$work/call")" "0 out of gas"
start --datadir "$work/ends" --dev --block-time 3600
is "what waited is there after a restart" "$(rpc txpool_status | json it.result.pending)" 0x1
calls 100
kill -TERM $pid
sleep 0.2
stop
wait $caller
is "a second signal ends at once" "$code" 143

# ---- what is served ----
start --datadir "$work/data" --genesis /dev/null && stop
is "no node from an empty genesis" "$(grep -c '/dev/null' "$work/node.err")" 1
start --dev --datadir "$work/data" && send >/dev/null && stop
start --datadir "$work/data"
is "debug and development methods are off without --dev" \
    "$(for m in debug_getRawBlock txpool_status evm_mine eth_sendTransaction testing_buildBlockV1; do
        rpc $m '["0x0"]' | json it.error.code; done | sort | uniq -c | tr -s ' ')" " 5 -32601"
is "it listens on 127.0.0.1 alone" "$(node -e '
    const others = Object.values(require("os").networkInterfaces()).flat().map((i) => i.address)
    const reached = (host) => new Promise((done) => {
        const socket = require("net").connect({host, port: process.argv[1]}, () => { socket.destroy(); done(host) })
        socket.on("error", () => done(""))
    })
    Promise.all([...new Set([...others, "127.0.0.1", "127.0.0.2", "::1"])].filter((a) => !a.startsWith("fe80")).map(reached))
        .then((all) => console.log(all.filter(Boolean).join()))' "${url##*:}")" 127.0.0.1
refused "a data directory in use" 3 "in use by another process" "$ashlar" node --datadir "$work/data" --http-port 0
refused "a port in use" 3 "${url##*:}" "$ashlar" node --dev --http-port "${url##*:}"
stop
start --datadir "$work/data" --enable-debug
is "--enable-debug serves debug_ methods" "$(rpc debug_getRawHeader '["0x1"]' | json 'it.result.slice(0, 4)')" 0xf9
stop

# ---- databases that cannot be used ----
echo '{"config":{"chainId":5},"alloc":{},"gasLimit":"0x1c9c380","difficulty":"0x0"}' >"$work/other.json"
refused "a genesis that is another chain's" 3 "another genesis than the one given: use another directory" \
    "$ashlar" node --datadir "$work/data" --http-port 0 --genesis "$work/other.json"
damaged() { rm -rf "$work/damaged" && cp -r "$work/data" "$work/damaged"; }
damaged && truncate -s 20000 "$work/damaged/data.mdb"
refused "a database that was cut" 3 "corrupt .*: move the directory away" \
    "$ashlar" node --datadir "$work/damaged" --http-port 0
pages=$(($(stat -c %s "$work/data/data.mdb") / 4096)) found=0 other=
for page in $(seq 0 $((pages - 1))); do
    damaged && yes "no page" | head -c 4096 | dd of="$work/damaged/data.mdb" bs=4096 seek="$page" conv=notrunc 2>/dev/null
    run timeout 20 "$ashlar" db check "$work/damaged"
    case $code in
    0) ;;
    3) [[ $err == *corrupt* ]] && found=$((found + 1)) || other+=" $page: $err" ;;
    *) other+=" $page: code $code" ;;
    esac
done
is "no damaged page is an end without words" "$other" ""
is "damaged pages are found" "$((found > 5))" 1
(
    ulimit -f 300
    exec "$ashlar" node --dev --datadir "$work/full" --http-port 0 >"$work/full.out" 2>"$work/full.err"
) &
pid=$!
for _ in $(seq 100); do url=$(sed -n 's/^RPC  *//p' "$work/full.out") && [ -n "$url" ] && break; sleep 0.05; done
for _ in $(seq 60); do
    send >/dev/null
    health=$(get /health | cut -c-3) # good again where a smaller block still fitted
    grep -q "is full" "$work/full.err" && [ "$health" = 503 ] && break
done
is "a full disk is said, and health is lost" "$(grep -c 'is full: nothing' "$work/full.err" | sed 's/[1-9].*/said/') \
$health" "said 503"
head=$(rpc eth_blockNumber | json it.result)
stop
run "$ashlar" db check "$work/full"
is "nothing of its chain is lost" "$code $((head)) ${out%% blocks*}" "0 $((head)) $((head + 1))"

# ---- what a new directory needs, and limits of address space ----
run "$ashlar" db import "$work/new" "$work/sent"
is "an import into a new directory is told its genesis" "$code $(grep -c -- '--genesis or --dev' <<<"$out$err")" "2 1"
printf 'no blocks' >"$work/no_blocks"
run "$ashlar" db import "$work/new" "$work/no_blocks" --dev
is "and leaves nothing where all is refused" "$code $([ -e "$work/new" ] && echo there)" "3 "
run bash -c "ulimit -v 200000; exec '$ashlar' db check '$work/full'"
is "too little address space is a limit, in one line" \
    "$([ "$code" -ne 0 ] && echo refused) $(grep -c 'address space' <<<"$out$err") $(grep -c bug <<<"$out$err")" "refused 1 0"
run bash -c "ulimit -v 1500000; exec '$ashlar' db check '$work/full'"
is "little of it is enough" "$code" 0
tap_end
