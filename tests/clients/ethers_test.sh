#!/usr/bin/env bash
# ethers on a development node.
. "$(dirname "$0")/node.sh"
node tests/clients/ethers.mjs "$port"
node_end $?
