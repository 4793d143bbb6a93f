#!/usr/bin/env bash
# The transport of the RPC, and traces, on a development node.
set -uo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'kill "$node" 2>/dev/null; wait "$node" 2>/dev/null; rm -rf "$work"' EXIT
port=$(node -e '
    const s = require("net").createServer()
    s.listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
"${BUILD:-build}/ashlar" node --dev --datadir "$work/data" --http-port "$port" >"$work/log" 2>&1 &
node=$!
for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    kill -0 "$node" 2>/dev/null || break
    sleep 0.1
done
node tests/clients/transport.mjs "$port"
code=$?
[ $code -eq 0 ] || sed 's/^/# /' "$work/log" | tail -20
exit $code
