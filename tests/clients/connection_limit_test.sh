#!/usr/bin/env bash
# A node that may have 200 files, a part of which it keeps for itself.
ulimit -n 200
. "$(dirname "$0")/node.sh"
suite connection_limit.mjs
