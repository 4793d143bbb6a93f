#!/usr/bin/env bash
# A chain under Amsterdam's rules, as clients see it: what its headers have more, its access lists, eth_config.
. "$(dirname "$0")/../cli/tap.sh"
. tests/node/node.sh
start --dev || tap_not_ok "a development node starts"
dev=$pid
amsterdam_genesis "$work/now.json"
amsterdam_genesis "$work/later.json" 4000000000
kill "$dev"
wait "$dev"

start --dev --genesis "$work/now.json" || tap_not_ok "a node of Amsterdam starts"
hash=$(send | json it.result)
send >/dev/null
block=$(rpc eth_getBlockByNumber '["0x2", true]')
is "the header's slot goes on" "$(json it.result.slotNumber <<<"$block")" 0x2
is "and there is the hash of the access list" "$(json 'it.result.blockAccessListHash.length' <<<"$block")" 66
header=$(rpc eth_getHeaderByNumber '["0x2"]')
is "in the header's object too" "$(json it.result.blockAccessListHash <<<"$header")" \
    "$(json it.result.blockAccessListHash <<<"$block")"
list=$(rpc eth_getBlockAccessList '["0x1"]')
is "the access list has what the transfer changed" \
    "$(json 'JSON.stringify(it.result.filter((a) => a.nonceChanges.length).map((a) => [a.address, a.nonceChanges]))' \
        <<<"$list")" \
    '[["0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",[{"index":"0x1","value":"0x1"}]]]'
is "and what its recipient has then" \
    "$(json 'it.result.find((a) => a.address.startsWith("0x7099")).balanceChanges[0].value' <<<"$list")" \
    "$(rpc eth_getBalance '["0x70997970c51812dc3a010c7d01b50e0d17dc79c8", "0x1"]' | json it.result)"
is "by the block's hash it is the same" \
    "$(rpc eth_getBlockAccessList "[$(rpc eth_getBlockByNumber '["0x1", false]' | json 'JSON.stringify(it.result.hash)')]")" \
    "$list"
is "of the genesis it is empty" "$(rpc eth_getBlockAccessList '["0x0"]' | json 'JSON.stringify(it.result)')" "[]"
is "of no block it is null" "$(rpc eth_getBlockAccessList '["0x9"]' | json it.result)" null
is "a transfer has a log (EIP-7708)" "$(rpc eth_getTransactionReceipt "[\"$hash\"]" | json it.result.logs.length)" 1
config=$(rpc eth_config)
is "eth_config knows the fork that is on" "$(json 'it.result.current.activationTime + " " + it.result.next' <<<"$config")" \
    "0 null"
stop

start --dev --genesis "$work/later.json" || tap_not_ok "a node before Amsterdam starts"
send >/dev/null
config=$(rpc eth_config)
is "eth_config knows the fork to come" "$(json 'it.result.next.activationTime' <<<"$config")" 4000000000
is "with its blobs, and as the last one" \
    "$(json 'it.result.next.blobSchedule.max + " " + (it.result.next.forkId === it.result.last.forkId)' <<<"$config")" \
    "21 true"
is "whose id of the chain is another" "$(json 'it.result.next.forkId !== it.result.current.forkId' <<<"$config")" true
is "a block before it has no access list" "$(rpc eth_getBlockAccessList '["0x1"]' | json it.error.code)" 4445
is "and no slot" "$(rpc eth_getBlockByNumber '["0x1", false]' | json it.result.slotNumber)" undefined
stop
tap_end
