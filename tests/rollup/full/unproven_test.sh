#!/usr/bin/env bash
# As many batches wait for their proofs as the rollup allows: the sequencer says so and waits, and goes on once they are proven.
source "$(dirname "$0")/../../cli/tap.sh"
anvil_options=(--block-time 1)
source "$(dirname "$0")/../anvil.sh"
source "$(dirname "$0")/../rollup.sh"
unset ASHLAR_KEY
deploy --unproven-max 2
sequencer_start --attest off
for i in 1 2; do
    "$ashlar" deposit 0.1 --l1 $l1 --rollup "$rollup" --key-file "$user" >/dev/null 2>&1
    until_true 60 status_is committed $i
done
is "two batches wait for a proof" "$(status_of committed) $(status_of proven)" "2 0"
"$ashlar" deposit 0.1 --l1 $l1 --rollup "$rollup" --key-file "$user" >/dev/null 2>&1
until_true 60 grep -q 'event="batch not committed".*too many batches wait for their proofs' "$work/sequencer.err"
is "the sequencer says why there is no third" $? 0
is "there is none" "$(status_of committed) $(status_of proven)" "2 0"
kill "$pid_sequencer"; wait "$pid_sequencer" 2>/dev/null
sequencer_start
until_true 120 all_proven
is "once they are proven, it comes" "$? $(($(status_of committed) >= 3))" "0 1"
is "no transaction failed" "$(grep -c 'event="transaction failed"' "$work/sequencer.err")" 0
tap_end
