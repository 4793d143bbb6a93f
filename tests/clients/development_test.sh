#!/usr/bin/env bash
# The methods of development nodes; afterwards the database is whole.
. "$(dirname "$0")/node.sh"
node tests/clients/development.mjs "$port"
result=$?
stop
"$ashlar" db check "$work/data" | sed 's/^/# /' || result=1
# What follows from no rules is refused by whoever executes it.
"$ashlar" db export "$work/data" "$work/blocks.rlp" >/dev/null &&
    "$ashlar" db import "$work/copy" "$work/blocks.rlp" --dev >"$work/import" 2>&1
[ $? -eq 1 ] || { result=1 && sed 's/^/# import: /' "$work/import"; }
node_end $result
