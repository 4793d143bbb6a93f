#!/usr/bin/env bash
# The page that verifies a proof which is dropped on it, in headless Chromium: from any web server, without a network once it
# is there, and as a node serves it. `make test-explorer` runs it.
. "$(dirname "$0")/../cli/tap.sh"
. tests/node/node.sh
chromium=$(command -v chromium) || { echo "1..0 # chromium is missing; ./setup --explorer installs it"; exit 1; }
build=${BUILD:-build}
[ -s "$build/web/ashlar_verify.wasm" ] || { echo "1..0 # clang or lld is missing; ./setup installs them"; exit 1; }
start --dev --datadir "$work/data" || exit 1
node tests/explorer/verify_page.mjs "${url##*:}" "$build/npm/ashlar-verify" "$build/test-proofs" "$chromium"
result=$?
stop
exit $result
