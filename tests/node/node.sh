# What the tests of a running node share. Source it after tests/cli/tap.sh.

# start OPTION…: a node on a port that the system chooses; sets pid and url. Its output lies in $work/node.{out,err}.
start() {
    : >"$work/node.out" # of the one before
    "$ashlar" node --http-port 0 "$@" >"$work/node.out" 2>"$work/node.err" </dev/null &
    pid=$!
    for _ in $(seq 200); do
        url=$(sed -n 's/^RPC  *//p' "$work/node.out")
        [ -n "$url" ] && return 0
        kill -0 $pid 2>/dev/null || return 1
        sleep 0.05
    done
    return 1
}

# stop [SIGNAL]: sets code.
stop() {
    kill "-${1:-TERM}" $pid
    wait $pid
    code=$?
}

# rpc METHOD [PARAMETERS]: the answer.
rpc() {
    node -e 'fetch(process.argv[1], {method: "POST", headers: {"content-type": "application/json"}, body:
        `{"jsonrpc":"2.0","id":1,"method":"${process.argv[2]}","params":${process.argv[3]}}`})
        .then((r) => r.text()).then(console.log)' "$url" "$1" "${2:-[]}"
}

# send: a transfer between two accounts of the development chain.
send() {
    rpc eth_sendTransaction '[{"from":"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
        "to":"0x70997970c51812dc3a010c7d01b50e0d17dc79c8","value":"0x1"}]'
}

# json EXPRESSION: of the JSON on standard input, as the variable `it`.
json() { node -e "const it = JSON.parse(require('fs').readFileSync(0, 'utf8')); console.log($1)"; }

# get PATH: code and body of a page of the RPC port.
get() { node -e 'fetch(process.argv[1]).then(async (r) => console.log(r.status, await r.text()))' "$url$1"; }
