#!/usr/bin/env bash
# Blocks in the forms that other programs have, and forms that are known but not read.
source "$(dirname "$0")/tap.sh"
need_demo
mkdir -p "$work/f"
node tests/cli/formats.mjs "$demo/block.json" "$work/f" || tap_not_ok "the forms are made"

run "$ashlar" execute "$demo/block.json"
is "the own form is named" "$(sed -n 's/^read as *//p' <<<"$out")" "block with its witness"
good=$(grep -E '^(hash|state root|receipts root)' <<<"$out")
reads() { # FILE NAME
    run "$ashlar" execute "$work/f/$1"
    is "$1 is read" "$code $err $(grep -E '^(hash|state root|receipts root)' <<<"$out")" "0  $good"
    is "and named: $2" "$(sed -n 's/^read as *//p' <<<"$out")" "$2"
}
reads rpc.json "block and debug_executionWitness of JSON-RPC"
reads maps.json "block and debug_executionWitness of JSON-RPC"
reads reth.json "reth's StatelessInput"
reads keth.json "keth's ZKPI"
reads sbv-false.json "sbv's BlockWitness"
reads sbv-true.json "sbv's BlockWitness"
reads own.json.gz "block with its witness"
reads zisk.bin "Nethermind's input for ZisK"

refused "raiko's input is named" 4 "raiko" "$ashlar" execute "$work/f/raiko.json"
refused "rsp's input is named" 4 "rsp" "$ashlar" execute "$work/f/rsp.json"
refused "rsp's in bincode" 4 "rsp" "$ashlar" execute "$work/f/rsp-2024.bin"
refused "rsp's in bincode with the block's RLP" 4 "rsp" "$ashlar" execute "$work/f/rsp-2026.bin"
refused "binary data of no known form" 3 "JSON" "$ashlar" execute "$work/f/noise.bin"
refused "a later draft of EIP-8025 is named" 4 "EIP-8025" "$ashlar" execute "$work/f/later.ssz"
refused "several blocks with one witness" 4 "several blocks" "$ashlar" execute "$work/f/two.json"
refused "ommers in JSON" 4 "ommers" "$ashlar" execute "$work/f/ommer.json"
refused "a transaction of another type" 4 "type" "$ashlar" execute "$work/f/kind.json"
refused "fields that do not give the hash" 3 "do not give its hash" "$ashlar" execute "$work/f/other-hash.json"
refused "a witness alone" 3 "without its block" "$ashlar" execute "$work/f/witness.json"
refused "a witness without trie nodes" 3 'no "state"' "$ashlar" execute "$work/f/no-state.json"
refused "gzip that is cut" 3 "gzip" "$ashlar" execute "$work/f/cut.json.gz"
refused "a binary form that is cut" 3 "zisk-cut.bin: " "$ashlar" execute "$work/f/zisk-cut.bin"
tap_end
