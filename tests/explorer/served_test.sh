#!/usr/bin/env bash
# The files of the explorer as a development node serves them, and its modules that need no browser.
. "$(dirname "$0")/../cli/tap.sh"
. tests/node/node.sh
start --dev --datadir "$work/data" || exit 1
node tests/explorer/served.mjs "${url##*:}"
result=$?
stop
exit $result
