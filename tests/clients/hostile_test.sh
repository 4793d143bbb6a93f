#!/usr/bin/env bash
# Clients that mean the node ill; `make test-node-load` is the same with more of them.
. "$(dirname "$0")/node.sh"
suite hostile.mjs "$pid" "$@"
