#!/usr/bin/env bash
# A genesis.json with "rollup": the command builds and executes blocks by its rules; what is wrong in one is said.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/tap.sh"

queue=0x5100000000000000000000000000000000000001
genesis() { # MEMBERS-OF-ROLLUP ALLOC GAS-LIMIT
    cat <<END
{ "config": { "chainId": 1337, "shanghaiTime": 0, "cancunTime": 0, "pragueTime": 0, "osakaTime": 0,
              "mergeNetsplitBlock": 0, "londonBlock": 0, "rollup": { $1 } },
  "gasLimit": "$3", "timestamp": "0x10", "alloc": { $2 } }
END
}
limits='"transactionGas": 24000000, "itemGas": 12000000, "baseFeeTargetGas": 2500000'
whole="$limits, \"queue\": \"$queue\", \"bridge\": \"$queue\""
genesis "$whole" "" 0x2255100 >"$work/genesis.json"

zeros=$(printf '0%.0s' {1..62})
a=00000000000000000000000000000000000000a1
item=0x7ef85ba0${zeros}0194${a}94${a}880de0b6b3a764000080830186a08080
echo "[\"$item\"]" >"$work/txs.json"
exits "a block with what L1 sent is built" 0 $ashlar build --genesis "$work/genesis.json" --txs "$work/txs.json" -o "$work/block.json"
exits "and executed" 0 $ashlar execute --genesis "$work/genesis.json" "$work/block.json"
exits "and in the guest" 0 $ashlar execute --guest --genesis "$work/genesis.json" "$work/block.json"
sed 's/"rollup": {[^}]*}/"blobSchedule": { "osaka": { "target": 6, "max": 9, "baseFeeUpdateFraction": 5007716 } }/' "$work/genesis.json" >"$work/ethereum.json"
refused "on Ethereum there is no such transaction" 1 "type that does not exist" \
    $ashlar build --genesis "$work/ethereum.json" --txs "$work/txs.json" -o "$work/other.json"

genesis "$limits" "" 0x2255100 >"$work/bad.json"
refused "a contract of L1 is missing" 3 "config.rollup.queue" $ashlar build --genesis "$work/bad.json" --txs "$work/txs.json" -o /dev/null
genesis "${whole/24000000/0}" "" 0x2255100 >"$work/bad.json"
refused "a limit of gas is 0" 3 "config.rollup has a limit of gas" $ashlar build --genesis "$work/bad.json" --txs "$work/txs.json" -o /dev/null
genesis "$whole" "\"0x$a\": { \"balance\": \"0x1\" }" 0x2255100 >"$work/bad.json"
refused "ether comes from L1 alone" 3 "has ether" $ashlar build --genesis "$work/bad.json" --txs "$work/txs.json" -o /dev/null
genesis "$whole" '"0x4200000000000000000000000000000000000016": { "nonce": "0x1" }' 0x2255100 >"$work/bad.json"
refused "a predeploy is not to be replaced" 3 "contract of its own" $ashlar build --genesis "$work/bad.json" --txs "$work/txs.json" -o /dev/null
genesis "$whole" "" 0x2255101 >"$work/bad.json"
refused "another gas limit" 3 "gasLimit is not the sum" $ashlar build --genesis "$work/bad.json" --txs "$work/txs.json" -o /dev/null
tap_end
