# A client in another language, for a test: `client NAME PROGRAM…` runs PROGRAM with the port and the token's file; where
# ./setup --clients could not build it, the test says so and is skipped. Sourced after node.sh.
client() {
    local name=$1 program=$2
    shift
    [ -x "$program" ] || { echo "ok 1 - $name # SKIP ./setup --clients found no tools to build it with"; echo 1..1; node_end 0; }
    node tests/clients/full/token.mjs "$work/token.json" || node_end 1
    "$@" "$port" "$work/token.json"
    node_end $?
}
