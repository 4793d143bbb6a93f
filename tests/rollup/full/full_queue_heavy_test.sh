#!/usr/bin/env bash
# The operator is away while somebody fills the Queue to its limit, block for block, with items that use up all their gas. After
# a day he comes back: the chain goes on, and the item of a victim behind all of them is included.
# FULL_QUEUE_BLOCKS=300 is an hour of L1's blocks; without it a tenth of that.
source "$(dirname "$0")/../../cli/tap.sh"
source "$(dirname "$0")/../anvil.sh"
source "$(dirname "$0")/../rollup.sh"
unset ASHLAR_KEY
blocks=${FULL_QUEUE_BLOCKS:-30}
deploy
started=$SECONDS
node tests/rollup/full/fill_queue.mjs $l1 "$rollup" "$blocks" >"$work/filled" 2>&1
is "$blocks blocks of L1 are full of items" "$? $(status_of items)" "0 $blocks"
victim=0x7777777777777777777777777777777777777777
ask $l1 anvil_setBalance "[\"$user_address\", \"0x$(printf '1%030d' 0)\"]" >/dev/null # the price of gas rose with each block
send() { "$ashlar" deposit "$1" --to $victim --l1 $l1 --rollup "$rollup" --key-file "$user" --fee-cap 1000000 >"$work/send" 2>&1; }
send 1
is "a victim's deposit comes behind them" "$? $(status_of items)" "0 $((blocks + 1))"
ask $l1 evm_increaseTime '[86400]' >/dev/null
ask $l1 evm_setIntervalMining '[1]' >/dev/null
back=$SECONDS
sequencer_start --anchor-seconds 0
arrived() { has_wei "$url_sequencer" $victim 1000000000000000000; }
until_true $((60 + 10 * blocks)) arrived
is "the victim has it on L2" $? 0
seconds=$((SECONDS - back))
until_true $((60 + 10 * blocks)) all_proven
is "all of it is committed and proven" "$? $(status_of itemsProven)" "0 $((blocks + 1))"
is "one item a batch, as the gas allows" "$(($(status_of committed) >= blocks))" 1
is "no batch broke a rule" "$(grep 'event="batch derived"' "$work/sequencer.err" | grep -vc 'fault=none')" 0
is "no transaction failed" "$(grep -c 'event="transaction failed"' "$work/sequencer.err")" 0
echo "# $blocks blocks, $(status_of committed) batches; the victim waited $seconds s after the operator came back"
send 0.5
until_true 60 has_wei "$url_sequencer" $victim 1500000000000000000
is "and the chain goes on" $? 0
tap_end
