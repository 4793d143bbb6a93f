#!/usr/bin/env bash
# The invariants of docs/rollup-contracts.md under 100,000 calls in any order. INVARIANT_RUNS=… for more,
# INVARIANT_SEED=0x… for others.
set -uo pipefail
cd "$(dirname "$0")/../../.."
. tests/contracts/forge.sh

make -s contracts >"$work/make" 2>&1 || tap "the contracts compile" 1 "$work/make"
export FOUNDRY_INVARIANT_RUNS=${INVARIANT_RUNS:-100} FOUNDRY_INVARIANT_DEPTH=1000 FOUNDRY_INVARIANT_FAIL_ON_REVERT=true
export FOUNDRY_FUZZ_SEED=${INVARIANT_SEED:-0x1} FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT=${INVARIANT_SHRINK:-100}
FOUNDRY_ISOLATE=false forge_tests --match-path 'tests/full/*'
grep -o 'runs: .*' "$work/forge" | sed 's/^/# /'
tap_end
