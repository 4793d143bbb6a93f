#!/usr/bin/env bash
# The explorer in headless Chromium, on a development node and on one that seals by time. `make test-explorer` runs it.
set -uo pipefail
cd "$(dirname "$0")/../.."
. tests/explorer/node.sh
chromium=$(command -v chromium) || { echo "1..0 # chromium is missing; ./setup --explorer installs it"; exit 1; }
start_node || exit 1
node tests/explorer/browser.mjs "$port" "$chromium"
