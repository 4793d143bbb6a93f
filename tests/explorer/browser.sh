#!/usr/bin/env bash
# The explorer in headless Chromium, on development nodes: a plain one, one that proves, one of Amsterdam.
# `make test-explorer` runs it.
. "$(dirname "$0")/../cli/tap.sh"
. tests/node/node.sh
chromium=$(command -v chromium) || { echo "1..0 # chromium is missing; ./setup --explorer installs it"; exit 1; }
start --dev --datadir "$work/proven" --prover local --prover-memory "${JOIN_MEMORY_GIB:-5}" --batch-blocks 1 || exit 1
proving_pid=$pid proving_port=${url##*:}
start --dev --datadir "$work/data" || { kill "$proving_pid"; exit 1; }
plain_pid=$pid plain_port=${url##*:}
amsterdam_genesis "$work/amsterdam.json"
start --dev --genesis "$work/amsterdam.json" || { kill "$proving_pid" "$plain_pid"; exit 1; }
node tests/explorer/browser.mjs "$plain_port" "$proving_port" "$chromium" "$ashlar" "${url##*:}"
result=$?
for pid in $pid $plain_pid $proving_pid; do stop; done
exit $result
