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

# amsterdam_genesis FILE [TIME]: of a chain that is Amsterdam's from then on (0), with the system contracts and
# the accounts of the development chain that runs at $url.
amsterdam_genesis() {
    node - "$url" "${2:-0}" >"$1" <<'END'
const [url, time] = process.argv.slice(2)
const call = async (method, ...params) => (await (await fetch(url, { method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })).json()).result
const contracts = ['0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02', '0x0000F90827F1C53a10cb7A02335B175320002935',
  '0x00000961Ef480Eb55e80D19ad83579A64c007002', '0x0000BBdDc7CE488642fb579F8B00f3a590007251']
const alloc = {}
for (const where of contracts)
  alloc[where] = { balance: '0x0', nonce: '0x1', code: await call('eth_getCode', where, 'latest') }
for (const who of await call('eth_accounts')) alloc[who] = { balance: '0x3635c9adc5dea00000' }
const blobs = { target: 14, max: 21, baseFeeUpdateFraction: 11684671 }
const config = { chainId: 1337, terminalTotalDifficulty: 0, shanghaiTime: 0, cancunTime: 0, pragueTime: 0,
  osakaTime: 0, amsterdamTime: Number(time),
  blobSchedule: { cancun: blobs, prague: blobs, osaka: blobs, amsterdam: blobs } }
for (const fork of ['homestead', 'eip150', 'eip155', 'eip158', 'byzantium', 'constantinople', 'petersburg',
  'istanbul', 'berlin', 'london', 'mergeNetsplit']) config[`${fork}Block`] = 0
console.log(JSON.stringify({ config, alloc, gasLimit: '0x3938700', difficulty: '0x0', timestamp: '0x1' }))
END
}
