#!/usr/bin/env bash
# The files of the explorer as a development node serves them, and its modules that need no browser.
set -uo pipefail
cd "$(dirname "$0")/../.."
. tests/explorer/node.sh
start_node || exit 1
node tests/explorer/served.mjs "$port"
