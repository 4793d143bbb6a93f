#!/usr/bin/env bash
# A node as its operator sees it: log, signals, what is served to whom.
source "$(dirname "$0")/../cli/tap.sh"
source "$(dirname "$0")/node.sh"

# ---- log ----
start --dev --log-format json --log-level debug || { tap_not_ok "a node starts" "$(<"$work/node.err")"; tap_end; }
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
tap_end
