# A development L1 for test scripts: npm's anvil on a free port. Source it after tests/cli/tap.sh. Sets l1 and anvil_pid;
# owner, attester, user: files with keys of its accounts.
anvil=contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil
[ -x $anvil ] || { tap_skip "tests with an L1" "no anvil: ./setup installs it"; tap_end; }
l1_port=$((20000 + RANDOM % 30000))
l1=http://127.0.0.1:$l1_port
"$anvil" --port $l1_port --hardfork osaka --slots-in-an-epoch 4 "${anvil_options[@]+"${anvil_options[@]}"}" >"$work/anvil" 2>&1 &
anvil_pid=$!
trap '{ kill $anvil_pid; wait; } 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 100); do grep -q '^Listening' "$work/anvil" && break; sleep 0.1; done
owner=$work/owner.key attester=$work/attester.key user=$work/user.key
(
    umask 077
    echo ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80 >"$owner"
    echo 59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d >"$attester"
    echo 5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a >"$user"
)
owner_address=0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266
attester_address=0x70997970c51812dc3a010c7d01b50e0d17dc79c8
user_address=0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc

# ask URL METHOD [PARAMETERS]: the result, as JSON.
ask() {
    node -e 'fetch(process.argv[1], {method: "POST", headers: {"content-type": "application/json"}, body:
        `{"jsonrpc":"2.0","id":1,"method":"${process.argv[2]}","params":${process.argv[3]}}`}).then((r) => r.json())
        .then((a) => { if (a.error) { console.log(JSON.stringify(a.error)); process.exit(1) } console.log(
            typeof a.result === "string" ? a.result : JSON.stringify(a.result)) })' "$1" "$2" "${3:-[]}"
}
# wei URL ADDRESS: a balance, decimal.
wei() { node -e 'console.log(BigInt(process.argv[1]).toString())' "$(ask "$1" eth_getBalance "[\"$2\",\"latest\"]")"; }
# member TEXT NAME: of a line of JSON.
member() { node -e 'console.log(JSON.parse(process.argv[1])[process.argv[2]])' "$1" "$2"; }
