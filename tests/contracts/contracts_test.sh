#!/usr/bin/env bash
# The rollup's contracts: what is checked in of them is what the compiler makes, and forge's tests in contracts/tests.
set -uo pipefail
cd "$(dirname "$0")/../.."
. tests/contracts/forge.sh

make -s contracts >"$work/make" 2>&1 && cmp -s contracts/l2/predeploys.json build/contracts/predeploys.json
tap "the predeploys are those that are checked in (make pin-predeploys)" $? "$work/make"
forge_tests --no-match-path 'tests/{full,batches}/*'
tap_end
