#!/usr/bin/env bash
# A rollup on this machine: anvil as L1, the contracts, a sequencer that commits and proves, a replica that knows L1 alone.
# `--story` goes through what can happen, and checks each step to the wei; without it the network stays until Ctrl-C.
# `--native`: the attester signs on its own word, without a proof, which takes minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
story=false attest=proof
for word in "$@"; do
    case $word in
    --story) story=true ;;
    --native) attest=native ;;
    *) echo "usage: ./demo --rollup [--story] [--native]" >&2; exit 2 ;;
    esac
done
ashlar=build/ashlar
anvil=contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil
work=$(mktemp -d)
stop_all() { kill -9 $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"; }
trap stop_all EXIT
trap 'exit 130' INT TERM
l1=http://127.0.0.1:${ASHLAR_L1_PORT:-8546}
l2_port=${ASHLAR_L2_PORT:-8545} replica_port=${ASHLAR_REPLICA_PORT:-8547}
l2=http://127.0.0.1:$l2_port replica=http://127.0.0.1:$replica_port

# The first accounts of the customary test mnemonic: everybody knows their keys.
owner=0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266 attester=0x70997970c51812dc3a010c7d01b50e0d17dc79c8
user=0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc stranger=0x90f79bf6eb2c4f870365e785982e1f101e93b906
umask 077
echo ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80 >"$work/owner"
echo 59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d >"$work/attester"
echo 5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a >"$work/user"
echo 7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6 >"$work/stranger"
unset ASHLAR_KEY

fail() { printf 'FAILED      %s\n' "$1"; tail -n 5 "$work"/*.log | sed 's/^/            /'; exit 1; }
step() { printf '%-11s %s\n' "$1" "$2"; }
# ask URL METHOD PARAMETERS
ask() {
    node -e 'fetch(process.argv[1], {method: "POST", headers: {"content-type": "application/json"}, body:
        `{"jsonrpc":"2.0","id":1,"method":"${process.argv[2]}","params":${process.argv[3]}}`}).then((r) => r.json())
        .then((a) => console.log(typeof a.result === "string" ? a.result : JSON.stringify(a.result ?? null)))' "$1" "$2" "$3"
}
wei() { node -p 'BigInt(process.argv[1]) + ""' "$(ask "$1" eth_getBalance "[\"$2\",\"latest\"]")"; }
status() { "$ashlar" status --l1 $l1 --rollup "$work/rollup.json" --json | node -pe "JSON.parse(require('fs').readFileSync(0)).$1"; }
# Until a command holds, or as many seconds have passed.
until_true() {
    local end=$((SECONDS + $1)) name=$2
    shift 2
    until "$@"; do [ $SECONDS -lt $end ] || fail "$name"; sleep 0.5; done
}
is() { [ "$2" = "$3" ] || fail "$1: $2 instead of $3"; }
has_wei() { [ "$(wei "$1" "$2")" = "$3" ]; }
head_of() { ask "$1" eth_getBlockByNumber '["latest",false]' | node -pe 'const b = JSON.parse(require("fs").readFileSync(0)); Number(b.number) + " " + b.hash'; }
same_head() { [ "$(head_of $l2)" = "$(head_of $replica)" ]; }
all_proven() { [ "$(status committed)" = "$(status proven)" ] && [ "$(status items)" = "$(status itemsProven)" ]; }
proof_time=$([ $attest = proof ] && echo 1500 || echo 60)

sequencer() {
    "$ashlar" node --rollup "$work/rollup.json" --l1 $l1 --datadir "$work/sequencer" --http-port $l2_port --sequencer \
        --key-file "$work/owner" --attest $attest --attester-key-file "$work/attester" --commit-seconds 2 --block-time 1 \
        --item-depth ${1:-2} --l1-poll 300 --anchor-seconds 86400 >>"$work/sequencer.log" 2>&1 &
    sequencer_pid=$!
    until_true 30 "the sequencer starts" bash -c "grep -q '^RPC' $work/sequencer.log && (exec 3<>/dev/tcp/127.0.0.1/$l2_port) 2>/dev/null"
}

"$anvil" --port "${l1##*:}" --hardfork osaka --block-time 2 --slots-in-an-epoch 4 >"$work/anvil.log" 2>&1 &
until_true 20 "anvil starts" grep -q '^Listening' "$work/anvil.log"
"$ashlar" deploy --l1 $l1 --key-file "$work/owner" --attester $attester --out "$work/rollup.json" \
    --upgrade-delay 3600 --drop-delay 3600 --freeze-delay 36000 --slot-time 60 --commit-timeout 60 >"$work/deploy.log" 2>&1 ||
    fail "the contracts are deployed"
"$ashlar" operator join --l1 $l1 --rollup "$work/rollup.json" --key-file "$work/owner" >"$work/join.log" 2>&1 || fail "the operator has a seat"
sequencer
"$ashlar" node --rollup "$work/rollup.json" --l1 $l1 --datadir "$work/replica" --http-port $replica_port --l1-poll 300 \
    >"$work/replica.log" 2>&1 &
until_true 30 "the replica starts" grep -q '^RPC' "$work/replica.log"

step L1 "$l1   anvil, chain 31337"
step L2 "$l2   chain 1337 · replica $replica"
step explorer "$l2/"
step contracts "$(grep -A3 '^contracts' "$work/deploy.log" | awk '{print $(NF-1), $NF}' | paste -sd' ')"
step operator "$owner has the only seat: others may commit after 60 s without a batch"
step verifier "DevVerifier: development only; no proof is verified on L1"
step account "$user  key 0x$(<"$work/user")  10000 ETH on L1, 0 on L2"
[ $attest = native ] || step proofs "each batch is proven, which takes a minute or more; --native is without proofs"
step tools "--l1 $l1 --l2 $l2 --rollup $work/rollup.json --key-file $work/user"

common=(--l1 $l1 --rollup "$work/rollup.json" --key-file "$work/user")
"$ashlar" deposit 1 "${common[@]}" >"$work/tool.log" 2>&1 || fail "a deposit is sent"
until_true 60 "a deposit arrives" has_wei $l2 $user 1000000000000000000
step deposit "1 ETH: item 0 of the queue is in L2's block 1, to the wei"
until_true $proof_time "batch 1 is proven" all_proven
step "batch 1" "committed and proven ($attest)"
until_true 30 "the replica follows" same_head
step replica "block $(head_of $replica | cut -d' ' -f1) from L1 alone = the sequencer's"
if ! $story; then
    step ready "Ctrl-C ends it"
    wait
fi

# ---- the story ----
"$ashlar" withdraw 0.4 --l2 $l2 --key-file "$work/user" >"$work/withdraw.log" 2>&1 || fail "a withdrawal is sent"
hash=$(sed -n 's/^withdrawal  *//p' "$work/withdraw.log")
"$ashlar" claim "$hash" "${common[@]}" --l2 $l2 >"$work/tool.log" 2>&1 && fail "a claim before the proof is refused"
step withdraw "0.4 ETH; a claim now: $(sed 's/^ashlar: //' "$work/tool.log")"
until_true 60 "its batch is committed" bash -c "[ \$($ashlar status --l1 $l1 --rollup $work/rollup.json --json | grep -c '\"committed\":2') = 1 ]"
until_true $proof_time "its batch is proven" all_proven
before=$(wei $l1 $user)
"$ashlar" claim "$hash" --l1 $l1 --rollup "$work/rollup.json" --key-file "$work/stranger" --l2 $replica >"$work/tool.log" 2>&1 ||
    fail "the claim"
is "what is paid" "$(node -p "BigInt('$(wei $l1 $user)') - BigInt('$before') + ''")" 400000000000000000
step claim "by a stranger, with the replica's word: 0.4 ETH on L1, to the wei"

committed=$(status committed)
node examples/rollup/transfer.mjs $l2 "$work/user" $stranger 0.125 >"$work/tool.log" 2>&1 || fail "a transfer"
until_true 30 "the transfer arrives" has_wei $l2 $stranger 125000000000000000
step transfer "0.125 ETH on L2, to the wei"
more_committed() { [ "$(status committed)" -gt "$committed" ]; }
until_true 120 "its batch is committed" more_committed
has_turn() { "$ashlar" status --l1 $l1 --rollup "$work/rollup.json" | grep -qi "^turn  *$owner"; }
until_true 70 "the operator's seat begins" has_turn # with the next slot; before that anybody may commit
kill -STOP $sequencer_pid
"$ashlar" force --withdraw 0.1 "${common[@]}" >"$work/tool.log" 2>&1 || fail "a forced withdrawal is sent"
taken=$(status itemsTaken)
escape() { "$ashlar" escape --l1 $l1 --rollup "$work/rollup.json" --key-file "$work/stranger" >"$work/tool.log" 2>&1; }
escape && fail "an escape in the operator's time is refused"
grep -q "operators' turn" "$work/tool.log" || fail "the escape is refused for another reason"
until_true 180 "the escape" escape
is "items taken" "$(status itemsTaken)" $((taken + 1))
forced_is_there() { [ "$(ask $replica eth_getLogs '[{"address":"0x4200000000000000000000000000000000000016","fromBlock":"0x0"}]' |
    node -pe 'JSON.parse(require("fs").readFileSync(0)).length')" = 2 ]; }
until_true 30 "the replica has it" forced_is_there
kill -CONT $sequencer_pid
step escape "sequencer stopped; a stranger is refused for a minute, then commits the forced withdrawal, the replica has it"
until_true $proof_time "the escape's batch is proven" all_proven
until_true 30 "the sequencer goes on from it" same_head
step proven "the stranger's batch"

kill $sequencer_pid; wait $sequencer_pid 2>/dev/null || true
sequencer 0
balance=$(wei $l2 $user)
"$ashlar" deposit 0.25 "${common[@]}" >"$work/tool.log" 2>&1 || fail "a deposit is sent"
more=$(node -p "BigInt('$balance') + 250000000000000000n + ''")
until_true 30 "a deposit arrives" has_wei $l2 $user "$more"
deposited=$(sed -n 's/^ *block \([0-9]*\),.*/\1/p' "$work/tool.log")
ask $l1 evm_setIntervalMining '[0]' >/dev/null # it does not go on while the depth is counted
depth=$(($(ask $l1 eth_blockNumber '[]') - deposited + 1))
ask $l1 anvil_reorg "[$depth, []]" >/dev/null
ask $l1 evm_setIntervalMining '[2]' >/dev/null
until_true 30 "L2 unwinds" has_wei $l2 $user "$balance"
"$ashlar" deposit 0.25 "${common[@]}" >"$work/tool.log" 2>&1 || fail "the deposit is sent again"
until_true 60 "it arrives" has_wei $l2 $user "$more"
step reorg "L1 takes $depth blocks back: L2 unwinds, the deposit is gone, is sent again, arrives"

failed() { grep -c 'event="transaction failed"' "$work/sequencer.log" || true; }
before=$(failed)
kill -9 $sequencer_pid; wait $sequencer_pid 2>/dev/null || true
sequencer
until_true 60 "the batch is committed" bash -c "[ \$($ashlar status --l1 $l1 --rollup $work/rollup.json --json | grep -c '\"itemsTaken\":3') = 1 ]"
until_true $proof_time "everything is proven" all_proven
until_true 30 "the replica follows" same_head
is "failed transactions" "$(failed)" "$before"
step "kill -9" "the sequencer in mid-commit: its deposit is in one batch ($(status committed)), nothing twice"
step replica "block $(head_of $replica | cut -d' ' -f1) = the sequencer's, by its hash"

kill $sequencer_pid; wait $sequencer_pid 2>/dev/null || true
balance=$(wei $replica $user)
"$ashlar" force --withdraw 0.001 "${common[@]}" >"$work/tool.log" 2>&1 || fail "an item waits"
ask $l1 evm_increaseTime '[36001]' >/dev/null
sleep 3
"$ashlar" freeze "${common[@]}" >"$work/tool.log" 2>&1 || fail "the freeze"
before=$(wei $l1 "$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).contracts.queue' "$work/rollup.json")")
"$ashlar" exit "${common[@]}" --l2 $replica >"$work/tool.log" 2>&1 || fail "the exit"
after=$(wei $l1 "$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).contracts.queue' "$work/rollup.json")")
is "what left" "$(node -p "BigInt('$before') - BigInt('$after') + ''")" "$balance"
step freeze "ten hours without a proof: frozen; the balance leaves by a proof of the last state, to the wei"
step done "every step held"
