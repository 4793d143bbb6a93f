#!/usr/bin/env bash
# viem deploys, reads, writes and watches on a development node.
. "$(dirname "$0")/node.sh"
suite viem.mjs
