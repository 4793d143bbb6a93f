#!/usr/bin/env bash
# Uniswap v2 on a development node.
. "$(dirname "$0")/../node.sh"
suite full/uniswap.mjs
