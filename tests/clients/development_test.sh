#!/usr/bin/env bash
# The methods of development nodes; afterwards the database is whole.
. "$(dirname "$0")/node.sh"
node tests/clients/development.mjs "$port"
code=$?
kill "$node" && wait "$node" 2>/dev/null
"${BUILD:-build}/ashlar" db check "$work/data" | sed 's/^/# /' || code=1
node_end $code
