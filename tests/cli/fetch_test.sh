#!/usr/bin/env bash
# Blocks fetched from a node, and from nodes as others are, execute to what the node says; and what can go wrong.
source "$(dirname "$0")/tap.sh"
source "$(dirname "$0")/../node/node.sh"

proxied() {
    : >"$work/proxy"
    node tests/cli/fetch_proxy.mjs "$url" >"$work/proxy" &
    proxy_pid=$!
    for _ in $(seq 100); do [ -s "$work/proxy" ] && break; sleep 0.05; done
    proxy=$(<"$work/proxy")
}
# same NAME NUMBER FILE [OPTION…]: the file's block executes to the roots that the node says.
same() {
    local name=$1 number=$2 file=$3 expected
    shift 3
    expected=$(rpc eth_getBlockByNumber "[\"$number\",false]" |
        json '[it.result.hash, it.result.stateRoot, it.result.receiptsRoot, Number(it.result.gasUsed), true].join()')
    is "$name" "$("$ashlar" execute "$file" --json "$@" 2>&1 |
        json '[it.hash, it.stateRoot, it.receiptsRoot, it.gasUsed, it.valid && it.heldAgainstParent].join()' 2>&1)" "$expected"
}

# ---- a development chain ----
start --dev || { tap_not_ok "a node starts" "$(<"$work/node.err")"; tap_end; }
send >/dev/null
# A contract that stores its caller's word, made by one block and called by the next.
rpc eth_sendTransaction '[{"from":"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
    "data":"0x66600035600055005f5260076019f3","gas":"0x30000"}]' >/dev/null
rpc eth_sendTransaction '[{"from":"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
    "to":"0xe7f1725e7734ce288f8367e1bb143e90bb3f0512","data":"0x07","maxFeePerGas":"0x77359400","gas":"0x30000",
    "accessList":[{"address":"0xe7f1725e7734ce288f8367e1bb143e90bb3f0512","storageKeys":["0x'$(printf %064d 0)'"]}]}]' >/dev/null
exits "fetch by number" 0 "$ashlar" fetch --rpc "$url" 1 -o "$work/1.json"
same "it executes to the same roots" 0x1 "$work/1.json"
exits "fetch latest" 0 "$ashlar" fetch --rpc "$url" latest -o "$work/latest.json"
latest=$(rpc eth_blockNumber | json it.result)
same "latest does too" "$latest" "$work/latest.json"
exits "fetch by hash" 0 "$ashlar" fetch --rpc "$url" "$(rpc eth_getBlockByNumber '["0x2",false]' | json it.result.hash)" \
    -o "$work/2.json"
same "and a hash" 0x2 "$work/2.json"
proxied
for kind in noraw geth noheaders; do
    exits "fetch from a node of kind $kind" 0 "$ashlar" fetch --rpc "$proxy/$kind" 0x3 -o "$work/$kind.json"
    same "its block executes to the same roots" 0x3 "$work/$kind.json"
done

# ---- what can go wrong ----
wrong() {
    local name=$1 pattern=$2 kind=$3
    shift 3
    refused "$name" 3 "$pattern" "$ashlar" fetch --rpc "$proxy/$kind" 1 -o "$work/none.json" "$@"
}
wrong "no witnesses" "refuses debug_executionWitness: .*\(-32601\); it must serve debug_" nowitness
wrong "HTTP 500" "HTTP code 500" code500
wrong "not JSON" "is no JSON" html
wrong "not JSON-RPC" "is no JSON-RPC" norpc
wrong "an answer that is cut off" "was cut off" cut
wrong "no answer" "no whole answer to eth_chainId in 1 s" hang --timeout 1
wrong "an answer without end" "is larger than 512 MiB" huge
wrong "a field that is not so" "its fields do not give its hash" lies
wrong "a field that is missing" "miner" nofield
wrong "another block than was asked for" "eth_getBlockByNumber is not .*: it is another block" another
refused "another hash than was asked for" 3 "eth_getBlockByHash is not .*: it is another block" "$ashlar" fetch \
    --rpc "$proxy/another" "$(rpc eth_getBlockByNumber '["0x1",false]' | json it.result.hash)" -o "$work/none.json"
wrong "a transaction of no type" "transaction is of a type" notype
wrong "an error that would write on the terminal" "refuses eth_chainId: \?\]0;title\?\?\[2Jgone \(-1\)" painted
is "no file is left of these" "$(ls "$work" | grep -c none)" 0
refused "a key in the URL is not shown" 3 "^ashlar: $proxy: answers eth_chainId with HTTP code 500$" \
    "$ashlar" fetch --rpc "$proxy/code500?key=secret" 1 -o "$work/none.json"
refused "no such block" 3 "has no block 0x3e8" "$ashlar" fetch --rpc "$url" 1000 -o "$work/none.json"
refused "the genesis has no witness" 3 "refuses debug_executionWitness" "$ashlar" fetch --rpc "$url" 0 -o "$work/none.json"
refused "a refused connection" 3 "http://127.0.0.1:1: " "$ashlar" fetch --rpc http://127.0.0.1:1 1 -o "$work/none.json"
refused "a host that is not there" 3 "http://nowhere.invalid: " \
    "$ashlar" fetch --rpc http://nowhere.invalid 1 -o "$work/none.json"
refused "a URL of another kind" 2 "must be http" "$ashlar" fetch --rpc file:///etc/passwd 1 -o "$work/none.json"
refused "no block's name" 2 "'newest' is no block number" "$ashlar" fetch --rpc "$url" newest -o "$work/none.json"
refused "no URL" 2 "--rpc URL and -o FILE are needed" "$ashlar" fetch 1 -o "$work/none.json"
refused "a file that cannot be written" 3 "cannot be written" "$ashlar" fetch --rpc "$url" 1 -o "$work/none/none.json"
kill $proxy_pid
stop

# ---- a chain with all types of transactions, blobs and withdrawals ----
fixtures=${ASHLAR_FIXTURES:-../shared/fixtures}/execution_apis
if [ -e "$fixtures/chain.rlp" ]; then
    start --datadir "$work/chain" --genesis "$fixtures/genesis.json" --import "$fixtures/chain.rlp" --accept-blobs \
        --enable-debug
    proxied
    good=0 all=0
    for number in $(seq 37 $(($(rpc eth_blockNumber | json it.result)))); do
        all=$((all + 1))
        run "$ashlar" fetch --rpc "$proxy/geth" "$number" -o "$work/block.json"
        hash=$(rpc eth_getBlockByNumber "[\"0x$(printf %x "$number")\",false]" | json it.result.hash)
        [ $code -eq 0 ] && run "$ashlar" execute "$work/block.json" --genesis "$fixtures/genesis.json" --json
        if [ $code -eq 0 ] && [ "$(json it.hash <<<"$out")" = "$hash" ]; then
            good=$((good + 1))
        else
            echo "# $number: $err"
        fi
    done
    is "blocks made again from JSON have their hash and execute" "$good" "$all"
    is "there are such blocks" "$((all > 10))" 1
    kill $proxy_pid
    stop
else
    tap_skip "blocks made again from JSON" "no fixtures"
fi
tap_end
