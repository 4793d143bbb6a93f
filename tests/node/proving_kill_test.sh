#!/usr/bin/env bash
# The node is killed at any moment while it counts, groups and proves: after each start the database is whole, every
# block is in exactly one batch or in none yet, and it goes on.
source "$(dirname "$0")/../cli/tap.sh"
source tests/node/node.sh
trap 'kill -9 $pid 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
pid=
rounds=${ROUNDS:-6} broken=0
for round in $(seq "$rounds"); do
    start --dev --datadir "$work/data" --prover local --batch-blocks 3 --batch-seconds 0 --log-level error ||
        { tap_not_ok "it starts" "$(<"$work/node.err")"; tap_end; }
    for _ in 1 2 3; do send >/dev/null; done &
    senders=$!
    sleep "0.$((RANDOM % 9))$((RANDOM % 9))"
    stop KILL
    wait $senders 2>/dev/null
    run "$ashlar" db check "$work/data"
    [ $code -eq 0 ] || { broken=$((broken + 1)); echo "# round $round: $err"; }
done 2>/dev/null
is "the database is whole after each of $rounds kills" $broken 0
start --dev --datadir "$work/data" --prover local --batch-blocks 3 --batch-seconds 0
send >/dev/null
head=$(rpc eth_blockNumber | json it.result)
for _ in $(seq 100); do
    [ "$(rpc ashlar_getBlockStatus "[\"$head\"]" | json it.result.batch)" != null ] && break
    sleep 0.1
done
is "every block comes into a batch" "$(node -e '
    const call = async (method, ...params) => (await (await fetch(process.argv[1], { method: "POST",
        headers: { "content-type": "application/json" }, body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }) })).json()).result
    const hex = (n) => "0x" + n.toString(16)
    const main = async () => {
        const head = Number(await call("eth_blockNumber")), batches = Number(await call("ashlar_batchNumber"))
        let next = 1
        for (let i = 1; i <= batches; i++) {
            const b = await call("ashlar_getBatchByNumber", hex(i))
            if (Number(b.firstBlock) !== next) return `batch ${i} begins with ${b.firstBlock}, not ${next}`
            next = Number(b.lastBlock) + 1
            if ((await call("eth_getBlockByNumber", b.lastBlock, false)).hash !== b.blockHash) return `batch ${i} is of another chain`
        }
        return next === head + 1 ? "good" : `up to ${next - 1} of ${head}`
    }
    main().then(console.log)' "$url")" good
stop
is "and it stops in order" $code 0
tap_end
