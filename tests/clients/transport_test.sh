#!/usr/bin/env bash
# The transport of the RPC, and traces, on a development node.
. "$(dirname "$0")/node.sh"
suite transport.mjs
