#!/usr/bin/env bash
# A prover that takes too long: fewer batches are tried, and what it is told of secrets is nothing.
source "$(dirname "$0")/../../cli/tap.sh"
anvil_options=(--block-time 1)
source "$(dirname "$0")/../anvil.sh"
source "$(dirname "$0")/../rollup.sh"
unset ASHLAR_KEY
deploy
sequencer_start --attest off
for i in 1 2 3 4; do
    "$ashlar" deposit 0.1 --l1 $l1 --rollup "$rollup" --key-file "$user" >/dev/null 2>&1
    until_true 40 status_is committed $i
done
is "four batches wait for a proof" "$(status_of committed) $(status_of proven)" "4 0"
kill "$pid_sequencer"; wait "$pid_sequencer" 2>/dev/null
export ASHLAR_KEY=$(<"$owner")
node_start prover --attest proof --attester-key-file "$attester" --attest-timeout 1
unset ASHLAR_KEY
child() { pgrep -P "$pid_prover" | head -1; }
has_child() { [ -n "$(child)" ]; }
until_true 30 has_child
is "the key is not in the environment of the prover" \
    "$(tr '\0' '\n' <"/proc/$(child)/environ" 2>/dev/null | grep -c ASHLAR_KEY)" 0
is "nor in the node's" "$(tr '\0' '\n' <"/proc/$pid_prover/environ" | grep -c ac0974bec)" 0
tried() { grep -o 'event=proving first=1 last=[0-9]*' "$work/prover.err" | grep -o '[0-9]*$' | paste -sd' '; }
tried_thrice() { [ "$(tried | wc -w)" -ge 3 ]; }
until_true 120 tried_thrice
is "after a second it is given up, and half of the batches are tried" "$(tried | cut -d' ' -f1-3)" "4 2 1"
grep -q 'were not proven in 1 s' "$work/prover.err"
is "which the log says" $? 0
tap_end
