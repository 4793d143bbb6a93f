#!/usr/bin/env bash
# Uniswap v2 on a node that seals by time.
node_options=(--block-time 1)
. "$(dirname "$0")/../node.sh"
suite full/uniswap.mjs
