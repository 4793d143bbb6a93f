#!/usr/bin/env bash
# Hardhat 2 on a development node: once with the node's own signing, once with keys of its own.
. "$(dirname "$0")/../node.sh"
cd tests/clients/full
export HOME=$work WORK=$work RPC_URL=http://127.0.0.1:$port HARDHAT_DISABLE_TELEMETRY_PROMPT=true
code=0
for network in unlocked signed; do
    node node_modules/hardhat/internal/cli/bootstrap.js test --network $network || code=1
done
node_end $code
