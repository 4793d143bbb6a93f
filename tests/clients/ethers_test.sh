#!/usr/bin/env bash
# ethers on a development node.
. "$(dirname "$0")/node.sh"
suite ethers.mjs
