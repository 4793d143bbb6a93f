#!/usr/bin/env bash
# Before each of the operator's transactions a stranger sends to the Queue, in the same block and in front of it: no commit
# becomes invalid by that (invariant I11), and all items come to L2.
source "$(dirname "$0")/../../cli/tap.sh"
anvil_options=(--block-time 2)
source "$(dirname "$0")/../anvil.sh"
source "$(dirname "$0")/../rollup.sh"
unset ASHLAR_KEY
deploy
queue=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).contracts.queue' "$rollup")
echo "first $queue" >"$work/l1.kind"
node tests/rollup/limited.mjs $l1 "$work/l1.kind" >"$work/l1.url" 2>"$work/strangers" &
until_true 10 test -s "$work/l1.url"
l1=$(<"$work/l1.url") node_start sequencer --sequencer --key-file "$owner" --attest native --attester-key-file "$attester" \
    --commit-seconds 1 --block-time 1 --item-depth 0
for i in $(seq 30); do
    "$ashlar" deposit 0.1 --l1 $l1 --rollup "$rollup" --key-file "$user" >/dev/null 2>&1
    sleep 4
    [ "$(status_of committed)" -lt 8 ] || break
done
echo all >"$work/l1.kind"
until_true 90 all_proven
is "everything is committed and proven" $? 0
sent=$(grep -c 'stranger: sent' "$work/strangers") committed=$(status_of committed)
[ "$sent" -ge "$committed" ] && [ "$(grep -c 'stranger: ' "$work/strangers")" = "$sent" ]
is "a stranger came before each of $committed commits" $? 0
is "none of them failed" "$(grep -c 'event="transaction failed"' "$work/sequencer.err")" 0
# In the block of a commit the stranger's item stands before it.
in_front=0
for batch in $(seq "$committed"); do
    hash=$(member "$(ask "$url_sequencer" ashlar_getL1Batch "[\"0x$(printf %x "$batch")\"]")" l1Transaction)
    index=$(member "$(ask $l1 eth_getTransactionReceipt "[\"$hash\"]")" transactionIndex)
    [ "$((index))" -ge 1 ] && in_front=$((in_front + 1))
done
[ $in_front -ge 5 ]
is "in $in_front blocks of L1 in front of the commit" $? 0
is "all items are on L2" "$(status_of itemsTaken)" "$(status_of items)"
tap_end
