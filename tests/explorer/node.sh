# A development node on a port that is free. Sourced from the root of the repository: sets port, and ends the node with the
# script. Arguments: more options of `ashlar node`.
work=$(mktemp -d)
trap 'kill "$node" 2>/dev/null; wait "$node" 2>/dev/null; rm -rf "$work"' EXIT
start_node() {
    "${BUILD:-build}/ashlar" node --dev --datadir "$work/data" --http-port 0 "$@" >"$work/log" 2>&1 &
    node=$!
    for _ in $(seq 100); do
        port=$(sed -nE 's,^RPC +http://.*:([0-9]+)$,\1,p' "$work/log")
        [ -n "$port" ] && return 0
        kill -0 "$node" 2>/dev/null || break
        sleep 0.1
    done
    sed 's/^/# /' "$work/log"
    return 1
}
