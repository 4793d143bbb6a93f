#!/usr/bin/env bash
# Joined proofs by the commands, at full parameters: the demonstration's block in three parts, one node over them; and two
# blocks of a development chain that follow each other, each proven by itself, one joined proof of both.
source "$(dirname "$0")/tap.sh"
source "$(dirname "$0")/../node/node.sh"
need_demo
short=(--segment 17 --memory "${JOIN_MEMORY_GIB:-8}")
run "$ashlar" prove "$demo/block.json" -o "$work/joined" "${short[@]}"
is "parts are proven and joined" "$code $err" "0 "
sed 's/^/# /' <<<"$out"
is "by one node over three" "$(grep -cE '^joined +1 node,' <<<"$out") $(grep -cE 'in 2 segments, 1 ledger parts' <<<"$out")" "1 1"
run "$ashlar" verify "$work/joined"
is "it verifies" "$code $err" "0 "
is "as what it is" "$(head -1 <<<"$out")" "One proof that others were verified: of one run."
printf '\001' | dd of="$work/joined" bs=1 seek=500000 conv=notrunc status=none
run "$ashlar" verify "$work/joined"
is "changed, it does not" "$code" 1

# ---- two runs ----
memory=(--memory "${JOIN_MEMORY_GIB:-8}")
field() { json "it.$1" <<<"$out"; }
start --dev || { tap_not_ok "a node starts" "$(<"$work/node.err")"; tap_end; }
for block in 1 2; do
    send >/dev/null
    exits "block $block is fetched" 0 "$ashlar" fetch --rpc "$url" $block -o "$work/$block.json"
done
stop
run "$ashlar" prove "$work/1.json" -o "$work/1.proof" "${memory[@]}"
is "the first is proven, joined already" "$code $(grep -c '^says             one run' <<<"$out")" "0 1"
run "$ashlar" verify "$work/1.proof" --json
first=$out
run "$ashlar" prove "$work/2.json" -o "$work/2.proof" --parts "${memory[@]}" --receipts-before "$(field receiptsAfter)"
is "the second, not joined yet" "$code $(grep -c '^says' <<<"$out")" "0 0"
run "$ashlar" verify "$work/2.proof" --json
second=$out
run "$ashlar" join "$work/1.proof" "$work/2.proof" -o "$work/both.proof" "${memory[@]}"
is "they are joined" "$code $err $(grep -c '^says             runs that follow each other' <<<"$out")" "0  1"
sed 's/^/# /' <<<"$out"
run "$ashlar" verify "$work/both.proof"
is "to one proof of both blocks" "$code $(grep -cE '^blocks +1 to 2$' <<<"$out") $(head -1 <<<"$out")" \
    "0 1 One proof that others were verified: of runs that follow each other."
library=${BUILD:-build}/programs/examples/verify package=${BUILD:-build}/npm/ashlar-verify
run "$library" "$work/both.proof"
is "which the library reads too, by the ids of this build" "$code $err $(sed -n '3p;5p' <<<"$out" | cut -c1-60 | tr '\n' ' ')" \
    "0  joined           runs that follow each other blocks           1 to 2, chain id 1337 "
if [ -s "$package/ashlar_verify.wasm" ]; then
    run node --input-type=module -e '
        const { load } = await import(process.argv[1] + "/index.js"), { readFile } = await import("node:fs/promises")
        const r = await (await load()).verify(await readFile(process.argv[2]))
        console.log(r.valid, r.name, r.joined, r.statement.firstNumber, r.statement.lastNumber)' "$PWD/$package" "$work/both.proof"
    is "and so does the package" "$code $out$err" "0 true block runs 1n 2n"
else
    tap_skip "and so does the package" "clang or lld is missing; ./setup installs them"
fi
run "$ashlar" verify "$work/both.proof" --json
is "from the first one's state to the second one's" "$(node -p '
    const [all, a, b] = process.argv.slice(1).map((t) => JSON.parse(t));
    [all.valid, all.joined, all.firstNumber, all.number, all.preStateRoot === a.preStateRoot, all.parentHash === a.parentHash,
     all.postStateRoot === b.postStateRoot, all.hash === b.hash, all.receiptsBefore === a.receiptsBefore,
     all.receiptsAfter === b.receiptsAfter, all.gasUsed === a.gasUsed + b.gasUsed, all.program === a.program].join()' \
    "$out" "$first" "$second")" "true,true,1,2,true,true,true,true,true,true,true,true"
refused "not in the other order, and it says why" 1 "1.proof does not follow .*2.proof: word [0-9]+, [a-z -]+$" \
    "$ashlar" join "$work/2.proof" "$work/1.proof" -o "$work/none" "${memory[@]}"
refused "nor a block that one of them has" 1 "2.proof does not follow .*both.proof: word [0-9]+, [a-z -]+$" \
    "$ashlar" join "$work/both.proof" "$work/2.proof" -o "$work/none" "${memory[@]}"
tap_end
