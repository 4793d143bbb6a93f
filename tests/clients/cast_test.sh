#!/usr/bin/env bash
# Foundry's cast on a development node.
. "$(dirname "$0")/node.sh"
. tests/clients/cast.sh
Z=0x0000000000000000000000000000000000000000

is "chain id and client version" "$(cast chain-id) $(cast client)" "1337 $(cast rpc web3_clientVersion | tr -d '"')"
is "the first account is funded" "$(cast balance --ether $A)" "10000.000000000000000000"

# Returns its first word of calldata stored: SSTORE(0, CALLDATALOAD(0)), LOG1 with that topic, and returns SLOAD(0).
code=0x5f355f555f355f5fa15f545f5260205ff3
creation=0x7f$(printf '%s' "${code#0x}" | sed -e ':a' -e 's/^.\{1,63\}$/&0/;ta')5f5260115ff3
# Reverts with Error("too heavy").
too_heavy=0x6308c379a05f52602060205260096040527f746f6f20686561767900000000000000000000000000000000000000000000006060526064601cfd
created=$(cast send --private-key $KEY --create "$creation" --json)
contract=$(field contractAddress <<<"$created")
is "a contract is created" "$(cast code "$contract")" "$code"

sent=$(cast send --private-key $KEY "$contract" 0x00000000000000000000000000000000000000000000000000000000000000ff --json)
hash=$(field transactionHash <<<"$sent")
is "it is written to" "$(field status <<<"$sent") $(cast storage "$contract" 0)" \
    "0x1 0x00000000000000000000000000000000000000000000000000000000000000ff"
is "its receipt" "$(cast receipt "$hash" status) $(cast receipt "$hash" to | tr A-F a-f)" "true $contract"
is "its transaction" "$(cast tx "$hash" from)" "$A"
is "its log" "$(cast logs --address "$contract" --from-block 0 --json | grep -c "$hash")" 1
is "a call" "$(cast call "$contract" 0x0000000000000000000000000000000000000000000000000000000000000007)" \
    0x0000000000000000000000000000000000000000000000000000000000000007
is "a call under an override" "$(cast call --override-code "$contract:0x602a5f5260205ff3" "$contract")" \
    0x000000000000000000000000000000000000000000000000000000000000002a
is "an estimate of a transfer" "$(cast estimate --from $A $B --value 1)" 21000
is "an access list" "$(cast access-list --from $A "$contract" 0x | grep -ci "${contract#0x}")" 1
is "the block that has it" "$(cast block latest --json | field transactions | tr -d '[]"')" "$hash"
is "its header's hash and the block's by number" "$(cast block "$(cast block-number)" -f hash)" "$(cast block latest -f hash)"
is "the nonce" "$(cast nonce $A)" 2
is "fees" "$(($(cast gas-price) > 0)) $(($(cast base-fee) > 0))" "1 1"
is "a proof" "$(cast proof "$contract" 0 --json | field storageProof | grep -c '"value":"0xff"')" 1
is "a signed message verifies" "$(cast wallet verify --address $A hewn "$(cast wallet sign --private-key $KEY hewn)")" \
    "Validation succeeded. Address $A signed this message."

cast send --unlocked --from $B $Z --value 1ether --json >"$work/unlocked"
is "an unlocked account sends" "$(field status <"$work/unlocked")" 0x1
raw=$(cast mktx --private-key $KEY $B --value 5)
is "a transaction that was signed before" "$(cast publish "$raw" | field status)" 0x1
authorization=$(cast wallet sign-auth "$contract" --private-key "$KEY2" --nonce "$(cast nonce $C)" --chain 1337)
cast send --private-key $KEY $B --auth "$authorization" --json >"$work/delegated"
is "a set-code transaction" "$(field type <"$work/delegated") $(cast code $C)" "0x4 0xef0100${contract#0x}"
is "a legacy transaction" "$(cast send --legacy --private-key $KEY $B --value 1 --json | field type)" 0x0

cast send --private-key $KEY --create 0x60fe60005360016000f3 --json >"$work/bad" # its code: INVALID
bad=$(field contractAddress <"$work/bad")
is "a reverted transaction says so" \
    "$(cast send --private-key $KEY --gas-limit 50000 "$bad" --json | field status)" 0x0
refused "too little gas is told" 'intrinsic gas too low' call "$contract" --from $A --gas-limit 100
refused "a nonce that is used is told" 'nonce too low' send --private-key $KEY --nonce 0 --gas-limit 21000 $B
refused "an account without ether is told" 'insufficient funds' send --private-key "0x$(printf '%064d' 7)" $B --value 1
refused "a revert's reason is told" 'execution reverted: too heavy' call --create "$too_heavy"

is "a trace of a transaction" "$(cast rpc debug_traceTransaction "$hash" '{"tracer":"callTracer"}' | field to)" "$contract"
cast run --quick "$hash" >"$work/out" 2>&1
is "a transaction is run again" "$(grep -c 'Transaction successfully executed' "$work/out")" 1
is "ether moves as sent" "$(cast balance $B --ether | cut -c1-5)" 9998.
tap_end
