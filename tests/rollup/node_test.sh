#!/usr/bin/env bash
# A rollup from end to end against a real L1: deposit, batch, proof, withdrawal and claim, to the wei; a replica that knows L1
# alone. The attester signs on its own word here (--attest native); with proofs: ROLLUP_PROOFS=1, full/story_heavy_test.sh.
source "$(dirname "$0")/../cli/tap.sh"
anvil_options=(--block-time 1)
source "$(dirname "$0")/anvil.sh"
source "$(dirname "$0")/rollup.sh"
unset ASHLAR_KEY
deploy
common=(--l1 $l1 --rollup "$rollup" --key-file "$user")

sequencer_start
node_start replica
"$ashlar" deposit 1.5 "${common[@]}" >"$work/deposit" 2>&1
until_true 40 has_wei "$url_sequencer" $user_address 1500000000000000000
is "a block that no final block of L1 has is not safe" "$(ask "$url_sequencer" eth_getBlockByNumber '["safe",false]' | node -pe '
    JSON.parse(require("fs").readFileSync(0)).number')" 0x0
is "a deposit arrives on L2, to the wei" "$(wei "$url_sequencer" $user_address)" 1500000000000000000
until_true 40 all_proven
is "its batch is committed and proven" "$(status_of committed) $(status_of proven) $(status_of itemsProven)" "1 1 1"
until_true 20 same_head "$url_sequencer" "$url_replica"
is "a replica that knows L1 alone has the same block" "$(head_of "$url_replica")" "$(head_of "$url_sequencer")"

# ---- withdraw and claim ----
ask $l1 evm_setIntervalMining '[0]' >/dev/null # no proof comes meanwhile
run "$ashlar" withdraw 0.4 --l2 "$url_sequencer" --key-file "$user"
hash=$(sed -n 's/^withdrawal  *//p' <<<"$out")
is "a withdrawal is sent on L2" "$code $(grep -c 'message     0' <<<"$out")" "0 1"
it() { node -pe "const it = JSON.parse(require('fs').readFileSync(0)); $1"; }
is "the node says why it cannot be claimed yet" \
    "$(ask "$url_sequencer" ashlar_getWithdrawal "[\"$hash\"]" | it '[it[0].index, it[0].status === "proven", it[0].value].join(" ")')" \
    "0x0 false 0x58d15e176280000"
refused "it cannot be claimed before its proof" 1 "not yet: the withdrawal is in block" \
    "$ashlar" claim "$hash" "${common[@]}" --l2 "$url_sequencer"
ask $l1 evm_setIntervalMining '[1]' >/dev/null
until_true 60 status_is proven 2
before=$(wei $l1 $user_address)
run "$ashlar" claim "$hash" --l1 $l1 --rollup "$rollup" --key-file "$attester" --l2 "$url_replica"
is "once it is proven anybody claims it, by the replica's word" "$code" 0
is "and it is paid to whom it names, to the wei" "$(node -p "BigInt('$(wei $l1 $user_address)') - BigInt('$before') + ''")" 400000000000000000
run "$ashlar" claim "$hash" --l1 $l1 --rollup "$rollup" --key-file "$attester" --l2 "$url_replica"
is "once" "$code $(grep -c 'claimed already' <<<"$out")" "0 1"

claimed() { [ "$(ask "$url_replica" ashlar_getWithdrawal "[\"$hash\"]" | it 'it[0].status')" = claimed ]; }
until_true 20 claimed
is "a replica says that it was claimed, and by what it is proven" \
    "$(ask "$url_replica" ashlar_getWithdrawal "[\"$hash\"]" | it '[it[0].status, it[0].batch, it[0].post.lastBlock, it[0].why.slice(0, 16)].join(" ")')" \
    "claimed 0x2 0x2 claimed in block"
is "and what L1 says" "$(ask "$url_replica" ashlar_getL1Status | it '[it.items, it.committed, it.proven, it.derived, it.frozen].join(" ")')" \
    "0x1 0x2 0x2 0x2 false"
is "of another transaction it says nothing" "$(ask "$url_replica" ashlar_getWithdrawal "[\"0x${hash:4}00\"]")" null

# ---- the sequencer is killed at any moment: nothing comes twice ----
for i in 1 2 3 4 5 6; do
    "$ashlar" deposit 0.01 "${common[@]}" >/dev/null 2>&1
    sleep 0.$((RANDOM % 10)); sleep $((i % 3))
    kill -9 "$pid_sequencer"
    wait "$pid_sequencer" 2>/dev/null
    sequencer_start
done
until_true 90 all_proven
batches=$(status_of committed)
is "a sequencer that was killed six times has all items in proven batches" "$(status_of items) $(status_of itemsProven)" "7 7"
until_true 30 same_head "$url_sequencer" "$url_replica"
is "and the replica follows it" "$(head_of "$url_replica")" "$(head_of "$url_sequencer")"
failed=$(ask $l1 eth_getBlockByNumber '["latest",false]' >/dev/null; grep -c 'event="transaction failed"' "$work/sequencer.err")
is "none of its transactions failed on L1" "$failed" 0

# ---- a replica that comes later, from L1 alone ----
node_start late
until_true 40 same_head "$url_late" "$url_replica"
is "a replica that starts now derives the same" "$(head_of "$url_late")" "$(head_of "$url_replica")"
is "and says the same of the withdrawal" "$(ask "$url_late" eth_getTransactionReceipt "[\"$hash\"]")" \
    "$(ask "$url_sequencer" eth_getTransactionReceipt "[\"$hash\"]")"
is "no batch broke a rule" "$(cat "$work"/*.err | grep 'event="batch derived"' | grep -vc 'fault=none')" 0

# ---- forced, while the sequencer is stopped ----
kill -STOP "$pid_sequencer"
"$ashlar" force --withdraw 0.1 "${common[@]}" >"$work/force" 2>&1
before=$(ask "$url_replica" eth_getTransactionCount "[\"$user_address\",\"latest\"]")
run "$ashlar" escape --l1 $l1 --rollup "$rollup" --key-file "$attester"
is "a stranger commits what waits in the queue" "$code" 0
changed() { [ "$(ask "$url_replica" eth_getTransactionCount "[\"$user_address\",\"latest\"]")" != "$before" ]; }
until_true 20 changed
is "and the forced withdrawal is on L2" $? 0
kill -CONT "$pid_sequencer"
until_true 60 all_proven
until_true 30 same_head "$url_sequencer" "$url_replica"
is "the sequencer goes on from the stranger's batch" "$(head_of "$url_sequencer")" "$(head_of "$url_replica")"

# ---- tags: what final blocks of L1 have ----
tag_is_head() { [ "$(ask "$1" eth_getBlockByNumber "[\"$2\",false]")" = "$(ask "$1" eth_getBlockByNumber '["latest",false]')" ]; }
until_true 30 tag_is_head "$url_replica" safe && until_true 30 tag_is_head "$url_replica" finalized
is "once L1's blocks are final, so are safe and finalized" $? 0

# ---- wrong use ----
refused "a rollup without L1" 2 "needs --l1" "$ashlar" node --rollup "$rollup" --datadir "$work/x"
refused "a sequencer without a key" 2 "a key is needed" "$ashlar" node --rollup "$rollup" --l1 $l1 --datadir "$work/x" --sequencer
refused "a rollup on a development chain" 2 "goes without --dev" "$ashlar" node --rollup "$rollup" --l1 $l1 --dev
kill "$pid_sequencer" "$pid_replica" "$pid_late"
wait "$pid_sequencer"
is "a sequencer ends in order" $? 0
tap_end
