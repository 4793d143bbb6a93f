#!/usr/bin/env bash
# build and execute: what they print, what they refuse and with which exit code.
source "$(dirname "$0")/tap.sh"
need_demo

# ---- a good block ----
run "$ashlar" execute "$demo/block.json" --json
good=$out
is "execute accepts the block" "$code $err" "0 "
keys='valid,number,hash,preStateRoot,stateRoot,receiptsRoot,logsBloom,gasUsed,cycles,heldAgainstParent'
is "--json has its fields in order" "$(node -p 'Object.keys(JSON.parse(process.argv[1])).join()' "$good")" "$keys"
is "--json is one line" "$(wc -l <"$work/out")" 1
# The header's own words, taken from the RLP by other software than ours.
from_header=$(node -e '
    const from = require("node:module").createRequire(process.cwd() + "/examples/erc20/package.json")
    const { fromRlp, toRlp, keccak256 } = from("viem")
    const file = JSON.parse(require("fs").readFileSync(process.argv[1]))
    const [header, transactions] = fromRlp(file.block, "hex")
    const [parent] = file.witness.headers.slice(-1).map((h) => fromRlp(h, "hex"))
    console.log(keccak256(toRlp(header)), parent[3], header[3], header[5], header[6], Number(header[10]), transactions.length)
' "$demo/block.json")
is "and they are those of the header" \
    "$(node -p 'const r = JSON.parse(process.argv[1]); [r.hash, r.preStateRoot, r.stateRoot, r.receiptsRoot, r.logsBloom, r.gasUsed, 7].join(" ")' "$good")" \
    "$from_header"
is "cycles are null without --guest" "$(node -p 'JSON.parse(process.argv[1]).cycles' "$good")" null
run "$ashlar" execute "$demo/block.json" --json --guest
is "the guest comes to the same" "$code $(node -p '
    const [a, b] = process.argv.slice(1).map((t) => JSON.parse(t)), { cycles } = b
    a.cycles = b.cycles = 0;
    `${cycles > 100000 && Number.isInteger(cycles)} ${JSON.stringify(a) === JSON.stringify(b)}`' "$good" "$out")" "0 true true"
run "$ashlar" execute "$demo/block.json" --guest
is "--guest prints cycles and cycles/s" "$code $(grep -cE '^guest +[0-9,]+ cycles in .* cycles/s' <<<"$out")" "0 1"
run "$ashlar" execute "$demo/block.json" --genesis "$demo/genesis.json" --json
is "the genesis' rules are those of the development chain" "$out" "$good"
is "the state root is the one that build wrote" "$("$ashlar" build --genesis "$demo/genesis.json" --txs "$demo/transactions.json" \
    -o "$work/again.json" >/dev/null && cmp "$work/again.json" "$demo/block.json" && echo same)" same

# ---- what FILE claims is not read ----
node tests/cli/variants.mjs blocks "$demo/block.json" "$work/v" || tap_not_ok "variants are made"
run "$ashlar" execute "$work/v/claims.json" --json
is "claimed results change nothing" "$code $out" "0 $good"

# ---- several blocks ----
refused "a block twice is no chain" 1 "block.json: a block does not go on from the one before it" \
    "$ashlar" execute "$demo/block.json" "$demo/block.json"
run "$ashlar" execute "$demo/block.json" "$demo/block.json" --json
is "--json has a line for each" "$code $(sed -E 's/^\{("valid":[a-z]+).*/\1/' <<<"$out" | tr '\n' ' ')" '1 "valid":true "valid":false '
refused "nor is it proven" 1 "block.json: a block does not go on" "$ashlar" prove "$demo/block.json" "$demo/block.json" -o "$work/x.proof"

# ---- invalid blocks ----
for field in stateRoot receiptsRoot logsBloom gasUsed transactionsRoot withdrawalsRoot requestsHash number gasLimit timestamp \
    baseFeePerGas blobGasUsed excessBlobGas difficulty nonce ommersHash extraData coinbase parentBeaconBlockRoot short; do
    refused "a header with another $field is invalid" 1 "header-$field.json: invalid block: " "$ashlar" execute "$work/v/header-$field.json"
done
refused "a header with another parent hash has no parent" 3 "headers" "$ashlar" execute "$work/v/header-parentHash.json"
for change in transactions-swapped transaction-dropped transaction-flipped; do
    refused "$change is invalid" 1 "$change.json: invalid block: " "$ashlar" execute "$work/v/$change.json"
done
run "$ashlar" execute "$work/v/header-stateRoot.json" --json
is "--json says that it is invalid" "$code $(node -p 'const r = JSON.parse(process.argv[1]); r.valid + " " + Object.keys(r).join()' "$out")" "1 false $keys"
refused "an invalid block is not proven" 1 "invalid block: " "$ashlar" prove "$work/v/header-stateRoot.json" -o "$work/x.proof"
is "and no proof is written" "$(ls "$work"/x.proof* 2>/dev/null)" ""

# ---- incomplete and malformed input ----
for change in dropped doubled flipped; do
    wrong=0
    for file in "$work"/v/$change-{state,codes}-*.json; do
        run "$ashlar" execute "$file"
        [ $code -eq 3 ] && [ "$(wc -l <"$work/err")" -eq 1 ] || { wrong=$((wrong + 1)); echo "# $(basename "$file"): $code $err"; }
    done
    is "each node or code $change: exit code 3" $wrong 0
done
refused "the header dropped" 3 "dropped-headers-0.json: .*(header|preStateRoot)" "$ashlar" execute "$work/v/dropped-headers-0.json"
refused "the header flipped" 3 "flipped-headers-0.json: .*headers" "$ashlar" execute "$work/v/flipped-headers-0.json"
refused "the header doubled" 3 "doubled-headers-0.json: .*headers" "$ashlar" execute "$work/v/doubled-headers-0.json"
refused "block hashes that the headers contradict" 3 "block-hashes.json: .*headers" "$ashlar" execute "$work/v/block-hashes.json"
refused "a file that is not there" 3 "nowhere.json: No such file" "$ashlar" execute "$work/nowhere.json"
refused "a folder" 3 "is not a file" "$ashlar" execute "$work"
refused "without block" 3 "without-block.json: block is missing" "$ashlar" execute "$work/v/without-block.json"
refused "without witness" 3 'without-witness.json: "witness"' "$ashlar" execute "$work/v/without-witness.json"
refused "without trie nodes" 3 "without-state.json: witness.state is missing" "$ashlar" execute "$work/v/without-state.json"
refused "hex that is none names its place" 3 'bad-hex.json: witness.state\[2\] ' "$ashlar" execute "$work/v/bad-hex.json"
refused "so does what is no string" 3 'bad-item.json: witness.codes\[1\] ' "$ashlar" execute "$work/v/bad-item.json"
refused "a block that is cut" 3 "bad-rlp.json: .*RLP" "$ashlar" execute "$work/v/bad-rlp.json"
refused "a file of another kind" 3 "bad-list.json: " "$ashlar" execute "$work/v/bad-list.json"
head -c 5000 "$demo/block.json" >"$work/cut.json"
refused "JSON that is cut names the line" 3 "cut.json: line [0-9]+" "$ashlar" execute "$work/cut.json"
: >"$work/empty.json"
refused "an empty file" 3 "empty.json: " "$ashlar" execute "$work/empty.json"
head -c 4096 /dev/zero >"$work/zeros.json"
refused "zeros" 3 "zeros.json: " "$ashlar" execute "$work/zeros.json"

# ---- chains ----
refused "an unknown chain" 4 "chain 424242" "$ashlar" execute "$work/v/chain-unknown.json"
exits "is known with --genesis" 0 "$ashlar" execute "$work/v/chain-unknown.json" --genesis "$demo/genesis.json"
refused "no chain id" 3 "chain id" "$ashlar" execute "$work/v/chain-none.json"
refused "a chain id that is no number" 3 "chain-text.json: chainId" "$ashlar" execute "$work/v/chain-text.json"
run "$ashlar" execute "$work/v/chain-other.json"
is "by another chain's rules the block is refused" "$([ $code -ne 0 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && echo refused)" refused

# ---- build ----
build() { "$ashlar" build --genesis "$demo/genesis.json" -o "$work/b.json" "$@"; }
refused "build: no genesis" 3 "no-genesis.json: No such file" "$ashlar" build --genesis "$work/no-genesis.json" --txs "$demo/transactions.json" -o "$work/b.json"
echo '{}' >"$work/none.json"
refused "build: no transactions" 3 'none.json: has no "transactions"' build --txs "$work/none.json"
echo '["0x02c0"]' >"$work/bad.json"
refused "build: a transaction that is none" 3 "bad.json: transaction 0: " build --txs "$work/bad.json"
node -e 'const f = JSON.parse(require("fs").readFileSync(process.argv[1])); f.transactions.pop(); console.log(JSON.stringify(f))' \
    "$demo/transactions.json" >"$work/shorter.json"
exits "build: a list that is shorter" 0 build --txs "$work/shorter.json"
node -e 'const f = JSON.parse(require("fs").readFileSync(process.argv[1])); f.transactions.shift(); console.log(JSON.stringify(f))' \
    "$demo/transactions.json" >"$work/nonce.json"
refused "build: a nonce too high names its transaction" 1 "nonce.json: transaction [0-9]+: .*nonce is too high" build --txs "$work/nonce.json"
refused "build: a folder that is not there" 3 "cannot be written" "$ashlar" build --genesis "$demo/genesis.json" --txs "$demo/transactions.json" -o "$work/no/where.json"

# ---- stateless inputs of EIP-8025 ----
schema_test=${BUILD:-build}/programs/tests/chain/schema_test
mkdir "$work/ssz"
run "$schema_test" "$work/ssz"
roots=$out
wrong=0
while read -r file root; do
    run "$ashlar" execute "$work/ssz/$file" --json
    [[ $code == 0 && $out == '{"valid":true,'*"\"newPayloadRequestRoot\":\"$root\",\"successfulValidation\":true,"* ]] ||
        wrong=$((wrong + 1))
done <<<"$roots"
is "stateless inputs of every schema: verdict and root of the request" "$wrong $(wc -l <<<"$roots")" "0 84"
of_osaka=$(sed -n 's/^Osaka_0.ssz //p' <<<"$roots")
run "$ashlar" execute "$work/ssz/Osaka_0.ssz" --guest
is "one in the guest" "$code $(grep -E '^(payload|validation|schema)' <<<"$out" | tr -s ' ' | tr '\n' ';')" \
    "0 payload request $of_osaka;validation successful;schema 0x1201;"
valid_hash=$(sed -n 's/^hash *//p' <<<"$out")
node -e '
    const [from, to, root] = process.argv.slice(1), data = require("fs").readFileSync(from)
    data[data.indexOf(Buffer.from(root.slice(2), "hex"))] ^= 1
    require("fs").writeFileSync(to, data)' "$work/ssz/Osaka_0.ssz" "$work/other.ssz" "$(sed -n 's/^state root *//p' <<<"$out")"
refused "a payload that is not valid" 1 "invalid payload: the payload's block hash" "$ashlar" execute "$work/other.ssz"
is "has its verdict all the same" \
    "$(grep -cE '^(payload request +0x|validation +not successful|schema +0x1201)' <<<"$out") $(sed -n 's/^hash *//p' <<<"$out")" \
    "3 $valid_hash"
run "$ashlar" execute "$work/other.ssz" --json --guest
is "in the guest and as JSON too" "$code $(node -p '
    const r = JSON.parse(process.argv[1]); [r.valid, r.successfulValidation, r.schemaId, r.cycles > 10000].join()' "$out")" \
    "1 false,false,4609,true"

# ---- precompiles of later versions ----
node tests/cli/variants.mjs precompiles "$work/p" || tap_not_ok "transactions to precompiles are made"
wrong=0 unsupported=0
for file in "$work"/p/*.json; do
    run build --txs "$file"
    [ $code -eq 0 ] && continue
    unsupported=$((unsupported + 1))
    [ $code -eq 4 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -qi "precompile" <<<"$err" ||
        { wrong=$((wrong + 1)); echo "# $(basename "$file"): $code $err"; }
done
if [ $unsupported -eq 0 ]; then
    tap_skip "a precompile that is not supported: exit code 4" "all are supported"
else
    is "a precompile that is not supported: exit code 4, and it is named" $wrong 0
fi
exits "precompiles 1 to 4 are supported" 0 build --txs "$work/p/001.json"
for number in 2 3 4; do exits "precompile $number" 0 build --txs "$work/p/00$number.json"; done
tap_end
