#!/usr/bin/env bash
# The bridge by viem, ethers and the commands: ether and tokens in and out, proofs by JSON-RPC, thieves, the end.
source "$(dirname "$0")/../cli/tap.sh"
anvil_options=(--block-time 1)
source "$(dirname "$0")/anvil.sh"
source "$(dirname "$0")/rollup.sh"
[ -d tests/clients/node_modules/ethers ] || { tap_skip "the bridge by its clients" "./setup installs them"; tap_end; }
unset ASHLAR_KEY
deploy --upgrade-delay 1000 --drop-delay 1000 --freeze-delay 10000
sequencer_start
node_start replica
timeout 900 node tests/rollup/bridge.mjs $l1 "$url_sequencer" "$rollup" "$ashlar" "$work" freeze "$pid_sequencer" "$url_replica"
code=$?
kill -CONT "$pid_sequencer" 2>/dev/null
exit $code
