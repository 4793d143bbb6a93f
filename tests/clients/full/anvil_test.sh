#!/usr/bin/env bash
# A development node and anvil are asked the same, and take each other's states.
. "$(dirname "$0")/../node.sh"
tests/clients/full/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil --port 0 --chain-id 1337 >"$work/anvil" 2>&1 &
anvil=$!
trap 'kill "$pid" "$anvil" 2>/dev/null; wait "$pid" "$anvil" 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 200); do
    anvil_port=$(sed -n 's/^Listening on .*:\([0-9]*\)$/\1/p' "$work/anvil")
    [ -n "$anvil_port" ] && break
    kill -0 $anvil 2>/dev/null || { sed 's/^/# /' "$work/anvil"; node_end 1; }
    sleep 0.05
done
suite full/anvil.mjs "$anvil_port"
