#!/usr/bin/env bash
# The explorer in headless Chromium, on a development node and on one that proves. `make test-explorer` runs it.
. "$(dirname "$0")/../cli/tap.sh"
. tests/node/node.sh
chromium=$(command -v chromium) || { echo "1..0 # chromium is missing; ./setup --explorer installs it"; exit 1; }
start --dev --datadir "$work/proven" --prover local --prover-memory "${PROVE_MEMORY_GIB:-4}" --batch-blocks 1 || exit 1
proving_pid=$pid proving_port=${url##*:}
start --dev --datadir "$work/data" || { kill "$proving_pid"; exit 1; }
node tests/explorer/browser.mjs "${url##*:}" "$proving_port" "$chromium" "$ashlar"
result=$?
stop
pid=$proving_pid
stop
exit $result
