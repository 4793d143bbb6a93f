#!/usr/bin/env bash
# The methods of development nodes; afterwards the database is whole.
. "$(dirname "$0")/node.sh"
node tests/clients/development.mjs "$port"
code=$?
kill "$node" && wait "$node" 2>/dev/null
"${BUILD:-build}/ashlar" db check "$work/data" | sed 's/^/# /' || code=1
# What follows from no rules is refused by whoever executes it.
"${BUILD:-build}/ashlar" db export "$work/data" "$work/blocks.rlp" >/dev/null &&
    "${BUILD:-build}/ashlar" db import "$work/copy" "$work/blocks.rlp" --dev >"$work/import" 2>&1
[ $? -eq 1 ] || { code=1 && sed 's/^/# import: /' "$work/import"; }
node_end $code
