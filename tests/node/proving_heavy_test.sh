#!/usr/bin/env bash
# Proving inside the node: a batch of a development chain is proven for real, as one joined proof, though the prover and the
# node are killed in the middle; the proof that the RPC gives verifies. A second batch is joined with it. Then blocks that
# cannot be proven, and blocks that leave the chain.
source "$(dirname "$0")/../cli/tap.sh"
source tests/node/node.sh
trap 'kill $pid $listener 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
pid= listener=

# batch NUMBER EXPRESSION, of it; wait_for SECONDS NUMBER EXPRESSION: until it is true of the batch.
batch() { rpc ashlar_getBatchByNumber "[\"$1\"]" | json "(it = it.result, $2)" 2>/dev/null | sed 's/^undefined$//'; }
json() { node -e "let it = JSON.parse(require('fs').readFileSync(0, 'utf8')); console.log($1)"; }
wait_for() {
    for _ in $(seq "$1"); do
        [ "$(batch "$2" "!!it && ($3)")" = true ] && return 0
        sleep 1
    done
    return 1
}
until_true() { for _ in $(seq "$1"); do "${@:2}" && return 0; sleep 1; done; return 1; } # SECONDS COMMAND…
# What the subscription gives, a line each: number, status.
listen() {
    : >"$work/pushed"
    node -e '
        const { WebSocket } = require("node:module").createRequire(process.cwd() + "/examples/erc20/package.json")("ws")
        const s = new WebSocket(process.argv[1].replace("http", "ws"))
        s.on("open", () => s.send(`{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["ashlarBatches"]}`))
        s.on("message", (m) => {
            const { params, result } = JSON.parse(m)
            console.log(params ? params.result.number + " " + params.result.status : "subscribed " + typeof result)
        })' "$url" >"$work/pushed" &
    listener=$!
    for _ in $(seq 100); do grep -q subscribed "$work/pushed" && return; sleep 0.1; done
}
proving=(--dev --datadir "$work/data" --prover local --prover-memory "${JOIN_MEMORY_GIB:-5}" --batch-blocks 2)

start "${proving[@]}" || { tap_not_ok "the node starts" "$(<"$work/node.err")"; tap_end; }
listen
is "no batch yet" "$(rpc ashlar_batchNumber) $(rpc ashlar_getBatchByNumber '["latest"]')" \
    '{"jsonrpc":"2.0","id":1,"result":"0x0"} {"jsonrpc":"2.0","id":1,"result":null}'
send >/dev/null
send >/dev/null
wait_for 60 0x1 'it.status === "proving" && it.progress.process !== "0x0"' && tap_ok "two blocks are a batch, which is being proven" ||
    tap_not_ok "two blocks are a batch, which is being proven" "$(rpc ashlar_getBatchByNumber '["0x1"]')"
is "it says which blocks" "$(batch 0x1 '[it.firstBlock, it.lastBlock, it.transactionCount, it.gasUsed, it.attempts].join()')" \
    0x1,0x2,0x2,0xa410,0x1
is "a block says where it stands" "$(rpc ashlar_getBlockStatus '["0x2"]' | json '[it.result.status, it.result.batch].join()')" proving,0x1
is "the genesis is in no batch" "$(rpc ashlar_getBatchByBlock '["0x0"]' | json it.result)" null
is "there is no proof yet" "$(rpc ashlar_getProof '["0x1"]' | json it.result)" null

# ---- the prover is killed ----
process=$(($(batch 0x1 it.progress.process)))
is "it runs at the lowest priority" "$(ps -o ni= -p $process | tr -d ' ')" 19
kill -9 $process
wait_for 60 0x1 'it.status === "proving" && it.attempts === "0x2" && it.progress.part !== "0x0"' &&
    tap_ok "the prover is killed: it is tried again" ||
    tap_not_ok "the prover is killed: it is tried again" "$(rpc ashlar_getBatchByNumber '["0x1"]')"
is "with the reason kept" "$(batch 0x1 '/signal 9/.test(it.error)')" true
is "and nothing happened to the node" "$(rpc eth_blockNumber | json it.result)" 0x2

# ---- the node is killed, once the part is proven and the node of the tree is under way ----
wait_for 300 0x1 'it.status === "proving" && it.progress.node === "0x1"' && tap_ok "its part is proven and is joined" ||
    tap_not_ok "its part is proven and is joined" "$(rpc ashlar_getBatchByNumber '["0x1"]')"
kept() { find "$work/data/proving" -name 'part-*' | wc -l; }
is "the part is kept" "$(kept)" 1
process=$(($(batch 0x1 it.progress.process)))
stop KILL
for _ in $(seq 50); do kill -0 $process 2>/dev/null || break; sleep 0.1; done
is "the node is killed: its prover ends with it" "$(kill -0 $process 2>/dev/null && echo running || echo ended)" ended
exits "the database is whole" 0 "$ashlar" db check "$work/data"
start "${proving[@]}"
listen
is "the chain is whole" "$(rpc eth_blockNumber | json it.result)" 0x2
is "so is the part" "$(kept)" 1
if wait_for 600 0x1 'it.status === "proven" || it.status === "failed"'; then
    is "proving goes on, and ends" "$(batch 0x1 '[it.status, it.attempts, it.progress, it.error].join()')" proven,0x2,,
else
    tap_not_ok "proving goes on, and ends" "$(rpc ashlar_getBatchByNumber '["0x1"]')" "$(tail -3 "$work/node.err")"
    tap_end
fi
none_left() { [ "$(ls "$work/data/proving" | wc -l)" = 0 ]; }
until_true 50 none_left && tap_ok "and nothing of it is left beside the database" ||
    tap_not_ok "and nothing of it is left beside the database" "$(ls "$work/data/proving")"
is "the subscription said so" "$(grep -c '^0x1 proven' "$work/pushed") $(grep -c '^0x1 proving' "$work/pushed" | sed 's/[1-9][0-9]*/some/')" "1 some"
is "the blocks are proven" "$(for b in 0x1 0x2; do rpc ashlar_getBlockStatus "[\"$b\"]" | json it.result.status; done | xargs)" "proven proven"

# ---- the proof ----
rpc ashlar_getProof '["proven"]' | node -e 'process.stdout.write(Buffer.from(JSON.parse(require("fs").readFileSync(0)).result.slice(2), "hex"))' >"$work/proof"
run "$ashlar" verify "$work/proof" --json
is "the proof from the RPC verifies" "$code $err" "0 "
verified=$out
rpc ashlar_getBatchByNumber '["0x1"]' >"$work/batch"
is "and says what the batch says" "$(json "[it.joined, it.firstNumber, it.number, it.heldAgainstParent, it.chainId].join()" <<<"$out") $(node -p '
    const v = JSON.parse(process.argv[1]), b = JSON.parse(require("fs").readFileSync(process.argv[2])).result;
    [v.hash === b.blockHash, v.parentHash === b.parentHash, v.preStateRoot === b.preStateRoot, v.postStateRoot === b.postStateRoot,
     v.gasUsed === Number(b.gasUsed), v.program === b.program, require("fs").statSync(process.argv[3]).size === Number(b.proofSize)].join()' "$out" "$work/batch" "$work/proof")" \
    "true,1,2,true,1337 true,true,true,true,true,true,true"
is "it comes from its path too" "$(node -e 'fetch(process.argv[1]).then(async (r) => {
        const file = Buffer.from(await r.arrayBuffer())
        console.log(r.status, file.equals(require("fs").readFileSync(process.argv[2])))
    })' "$url$(batch 0x1 it.proofPath)" "$work/proof")" "200 true"
is "other proofs there are none" "$(for i in 2 0 99999999999999999999 x ''; do
    node -e 'fetch(process.argv[1]).then((r) => console.log(r.status))' "$url/proofs/$i"; done | xargs)" "404 404 404 404 404"
is "and in pieces" "$(for i in 0 1; do rpc ashlar_getProof "[\"0x1\",\"$(printf 0x%x $((i * 500000)))\",\"0x7a120\"]" |
    json 'it.result.slice(2)'; done | tr -d '\n' | sha256sum)" "$(od -An -v -tx1 "$work/proof" | tr -d ' \n' | sha256sum)"

# ---- with the next one ----
for _ in 3 4; do send >/dev/null; done
joining() { [ "$(rpc ashlar_proverStatus | json 'it.result.joining && it.result.joining.progress.node')" = 0x1 ]; }
joined() { [ "$(rpc ashlar_getJoinedProofs | json 'it.result.map((p) => p.proofPath).join()')" = "$1" ]; }
until_true 600 joining && tap_ok "the next batch is proven, and both are joined" ||
    tap_not_ok "the next batch is proven, and both are joined" "$(rpc ashlar_proverStatus)" "$(tail -3 "$work/node.err")"
joined /proofs/2,/proofs/1 && tap_ok "until then there are two proofs" ||
    tap_not_ok "until then there are two proofs" "$(rpc ashlar_getJoinedProofs)"
stop KILL
exits "the node is killed: the database is whole" 0 "$ashlar" db check "$work/data"
start "${proving[@]}"
until_true 600 joined /proofs/1-2 && tap_ok "once they are joined, there is one" ||
    tap_not_ok "once they are joined, there is one" "$(rpc ashlar_getJoinedProofs)" "$(tail -3 "$work/node.err")"
file() { node -e 'fetch(process.argv[1]).then(async (r) => process.stdout.write(Buffer.from(await r.arrayBuffer())))' "$url$1"; }
file /proofs/2 >"$work/next"
file /proofs/1-2 >"$work/both"
run "$ashlar" verify "$work/both" --json
is "of all four blocks" "$code $(json "[it.joined, it.firstNumber, it.number, it.heldAgainstParent].join()" <<<"$out")" "0 true,1,4,true"
is "the RPC gives it by its batches" "$(rpc ashlar_getProof '["0x1","0x0","0x100000","0x2"]' | json 'it.result.slice(2)' | tr -d '\n' |
    sha256sum)" "$(od -An -v -tx1 "$work/both" | tr -d ' \n' | sha256sum)"
is "a batch says in which it is" "$(rpc ashlar_getJoinedProofs '["0x1"]' | json 'it.result.map((p) => [p.proofPath, Number(p.lastBlock)].join()).join()')" \
    "/proofs/1,2,/proofs/1-2,4"
is "of others there are none" "$(for i in 2-1 1-3 0-1 1- 1-2- 1-99999999999999999999; do
    node -e 'fetch(process.argv[1]).then((r) => console.log(r.status))' "$url/proofs/$i"; done | xargs)" "404 404 404 404 404 404"
exits "where they should be of other blocks they are refused" 0 env ASHLAR_PROOF="$work/proof" ASHLAR_PROOF_NEXT="$work/next" \
    ASHLAR_PROOF_OF_BOTH="$work/both" ASHLAR_PROGRAM="$(json it.program <<<"$verified")" \
    ASHLAR_JOINER="$("$ashlar" info "$work/both" | awk '/^joined by/ {print $3}')" "${BUILD:-build}/programs/proving/proving_test"
stop
is "the node stops in order" $code 0

# ---- blocks that cannot be proven; blocks that leave the chain ----
start "${proving[@]}" --batch-cells 1000
listen
snapshot=$(rpc evm_snapshot | json it.result)
send >/dev/null
wait_for 60 0x3 'it.status === "failed"' && tap_ok "a block that takes too many cells fails at once" ||
    tap_not_ok "a block that takes too many cells fails at once" "$(rpc ashlar_getBatchByNumber '["0x3"]')"
is "with the reason" "$(batch 0x3 it.error)" "block 5 takes more than 1000 cells to prove, the most that a batch may take"
is "the prover has nothing to do" "$(rpc ashlar_proverStatus | json '[it.result.enabled, it.result.queue, it.result.current].join()')" true,0x0,
rpc evm_revert "[\"$snapshot\"]" >/dev/null
is "its batch goes with it" "$(rpc ashlar_batchNumber | json it.result) $(rpc ashlar_getBatchByNumber '["0x3"]' | json it.result)" "0x2 null"
for _ in $(seq 50); do grep -q '^0x3 dropped' "$work/pushed" && break; sleep 0.1; done
is "and the subscription says so" "$(grep -c '^0x3 dropped' "$work/pushed")" 1
is "the proven one stays" "$(batch 0x1 it.status)" proven
stop
is "the node stops in order again" $code 0
exits "the database is whole at the end" 0 "$ashlar" db check "$work/data"
tap_end
