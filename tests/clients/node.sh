# A development node for a test of clients. Sourced from the root of the repository: starts it, with what stands in
# node_options, and leaves its port in $port and its process in $pid; it ends with the script. node_end CODE ends the
# script, with what the node said where the code is not 0.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/tap.sh"
. tests/node/node.sh
trap 'kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; rm -rf "$work"' EXIT
start --dev --datadir "$work/data" ${node_options[@]+"${node_options[@]}"}
port=${url##*:}

node_end() {
    [ "$1" -eq 0 ] || cat "$work/node.out" "$work/node.err" | sed 's/^/# /' | tail -20
    exit "$1"
}

# suite MODULE ARGUMENTS…: the whole test is what that module says of the node.
suite() {
    local module=$1
    shift
    node "tests/clients/$module" "$port" "$@"
    node_end $?
}
