# A development node for a test of clients. Sourced from the root of the repository: starts it on a port that is free and
# leaves that in $port, its log in $work/log; both end with the script. node_end CODE ends the script, with the log where
# the code is not 0. Options of the node stand in node_options.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'kill "$node" 2>/dev/null; wait "$node" 2>/dev/null; rm -rf "$work"' EXIT
"${BUILD:-build}/ashlar" node --dev --datadir "$work/data" --http-port 0 ${node_options[@]+"${node_options[@]}"} \
    >"$work/log" 2>&1 &
node=$!
port=
for _ in $(seq 100); do
    port=$(sed -n 's|^RPC .*:\([0-9]*\)$|\1|p' "$work/log")
    [ -z "$port" ] && kill -0 "$node" 2>/dev/null || break
    sleep 0.1
done

node_end() {
    [ "$1" -eq 0 ] || sed 's/^/# /' "$work/log" | tail -20
    exit "$1"
}
