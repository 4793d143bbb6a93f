#!/usr/bin/env bash
# Uniswap v2 on a development node.
. "$(dirname "$0")/../node.sh"
node tests/clients/full/uniswap.mjs "$port"
node_end $?
