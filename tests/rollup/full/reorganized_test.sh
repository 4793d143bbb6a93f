#!/usr/bin/env bash
# What L1 takes back goes on L2, too, and comes again: a deposit, a batch, a proof. At the end the rollup is frozen, and a
# balance leaves by a proof of the last state.
source "$(dirname "$0")/../../cli/tap.sh"
anvil_options=(--block-time 1)
source "$(dirname "$0")/../anvil.sh"
source "$(dirname "$0")/../rollup.sh"
unset ASHLAR_KEY
deploy --upgrade-delay 1000 --drop-delay 1000 --freeze-delay 10000
common=(--l1 $l1 --rollup "$rollup" --key-file "$user")

sequencer_start
node_start replica
"$ashlar" deposit 1 "${common[@]}" >/dev/null 2>&1
until_true 40 has_wei "$url_replica" $user_address 1000000000000000000
until_true 40 all_proven
is "a deposit, a batch, a proof" "$(status_of items) $(status_of committed) $(status_of proven)" "1 1 1"

# ---- a deposit: not deep enough for a block of others, but this sequencer takes it at once ----
kill "$pid_sequencer"; wait "$pid_sequencer" 2>/dev/null
sequencer_start --item-depth 0 --commit-seconds 1000
run "$ashlar" deposit 0.25 "${common[@]}"
deposited=$(sed -n 's/^ *block \([0-9]*\),.*/\1/p' <<<"$out")
until_true 20 has_wei "$url_sequencer" $user_address 1250000000000000000
is "a sequencer that waits for no block of L1 has the deposit at once" "$(wei "$url_sequencer" $user_address)" 1250000000000000000
ask $l1 evm_setIntervalMining '[0]' >/dev/null # it does not go on while the depth is counted
ask $l1 anvil_reorg "[$(($(ask $l1 eth_blockNumber) - deposited + 1)), []]" >/dev/null
ask $l1 evm_setIntervalMining '[1]' >/dev/null
until_true 20 has_wei "$url_sequencer" $user_address 1000000000000000000
is "L1 takes it back, and L2's block goes" "$(wei "$url_sequencer" $user_address) $(status_of items)" "1000000000000000000 1"
grep -q 'event="L2 was set back"' "$work/sequencer.err"
is "and the log says it" $? 0
"$ashlar" deposit 0.5 "${common[@]}" >/dev/null 2>&1
until_true 20 has_wei "$url_sequencer" $user_address 1500000000000000000
is "another one arrives in its place" "$(wei "$url_sequencer" $user_address)" 1500000000000000000

# ---- a batch and its proof ----
kill "$pid_sequencer"; wait "$pid_sequencer" 2>/dev/null
sequencer_start
until_true 40 all_proven
until_true 20 has_wei "$url_replica" $user_address 1500000000000000000
is "it is proven" "$(status_of items) $(status_of committed) $(status_of proven)" "2 2 2"
for depth in 1 2 5; do
    "$ashlar" deposit 0.01 "${common[@]}" >/dev/null 2>&1
    sleep 4
    committed=$(status_of committed)
    until_true 30 all_proven
    ask $l1 anvil_reorg "[$depth, []]" >/dev/null
    until_true 60 all_proven
    is "after $depth blocks were taken back everything is committed and proven" $? 0
    until_true 30 same_head "$url_sequencer" "$url_replica"
    is "and the replica has the sequencer's chain" "$(head_of "$url_replica")" "$(head_of "$url_sequencer")"
done

# ---- the end ----
# What is proven is what counts: nothing is under way.
until_true 40 all_proven
until_true 30 same_head "$url_sequencer" "$url_replica"
balance=$(wei "$url_replica" $user_address)
kill "$pid_sequencer"; wait "$pid_sequencer" 2>/dev/null
"$ashlar" force --withdraw 0.001 "${common[@]}" >/dev/null 2>&1
refused "it cannot be frozen before its time" 1 "too early" "$ashlar" freeze "${common[@]}"
ask $l1 evm_increaseTime '[10001]' >/dev/null
sleep 2
exits "then anybody freezes it" 0 "$ashlar" freeze "${common[@]}"
before=$(wei $l1 $user_address)
run "$ashlar" exit "${common[@]}" --l2 "$url_replica"
is "a balance leaves by the replica's proof" "$code" 0
is "to the wei" "$(sed -n 's/^balance  *\(.*\) ETH/\1/p' <<<"$out" | node -e '
    const [whole, part = ""] = require("fs").readFileSync(0, "utf8").trim().split(".")
    console.log(BigInt(whole + part.padEnd(18, "0")) + "")')" "$balance"
refused "once" 1 "left already" "$ashlar" exit "${common[@]}" --l2 "$url_replica"
refused "and nothing is committed any more" 1 "is frozen" "$ashlar" escape "${common[@]}"
tap_end
