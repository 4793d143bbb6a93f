#!/usr/bin/env bash
# The contracts on L1 and the guest program come to the same digest, batch by batch: BATCHES=… for more.
set -uo pipefail
cd "$(dirname "$0")/../../.."
. tests/contracts/forge.sh

make -s contracts >"$work/make" 2>&1 || tap "the contracts compile" 1 "$work/make"
build/programs/tests/rollup/run_test "${BATCHES:-100}" build/contracts/batches.json >"$work/batches" 2>&1
tap "${BATCHES:-100} random batches are derived by the guest program" $? "$work/batches"
# No limit of gas: it is one test over all batches.
FOUNDRY_ISOLATE=false FOUNDRY_GAS_LIMIT=1000000000000 forge_tests --match-path 'tests/batches/*'
tap_end
