#!/usr/bin/env bash
# The whole way: the demonstration's block is proven, as one joined proof and as its one part, and verified; what is not
# that proof is refused.
source "$(dirname "$0")/tap.sh"
need_demo
proof=$work/block.proof

run "$ashlar" prove "$demo/block.json" -o "$proof" --memory "${PROVE_MEMORY_GIB:-12}" --report
if [ $code -ne 0 ] || [ ! -s "$proof" ]; then
    tap_not_ok "the block is proven" "exit code $code" "$err"
    tap_end
fi
tap_ok "the block is proven"
is "no progress where stderr is no terminal" "$err" ""
is "prove prints its figures" "$(grep -cE '^(cycles|executing|proving|cells|joined|proof|written to) ' <<<"$out")" 7
is "--report prints the chips" "$(grep -cE '^(add|ledger|program|range) +[0-9,]+ +[0-9,]+' <<<"$out")" 4
is "nothing is left beside the proof" "$(ls "$work" | grep -c 'block.proof')" 1
sed 's/^/# /' <<<"$out"

run "$ashlar" execute "$demo/block.json" --json
executed=$out
run "$ashlar" verify "$proof" --json
verified=$out
is "the proof is verified" "$code $err" "0 "
is "and says what execute says" "$(node -p '
    const {keccak_256} = require("./tests/clients/node_modules/@noble/hashes/sha3.js");
    const [v, e] = process.argv.slice(1).map((t) => JSON.parse(t));
    const folded = keccak_256(Buffer.from(v.receiptsBefore.slice(2) + e.receiptsRoot.slice(2), "hex"));
    [v.valid, v.chain, v.chainId, v.heldAgainstParent, v.number === e.number, v.hash === e.hash, v.preStateRoot === e.preStateRoot,
     v.postStateRoot === e.stateRoot, /^0x0*$/.test(v.receiptsBefore),
     v.receiptsAfter === "0x" + Buffer.from(folded).toString("hex"), v.gasUsed === e.gasUsed].join()' "$verified" "$executed")" \
    "true,development,1337,true,true,true,true,true,true,true,true"
program=$(node -p 'JSON.parse(process.argv[1]).program' "$verified")
run "$ashlar" verify "$proof"
is "verify prints what it establishes" \
    "$code $(grep -cE '^(chain|block|hash|pre-state root|post-state root|parent held|program|security) ' <<<"$out")" "0 8"
exits "--program with the right id" 0 "$ashlar" verify "$proof" --program "$program"
exits "--program without 0x" 0 "$ashlar" verify "$proof" --program "${program#0x}"
refused "--program with another id" 1 "invalid proof: .*another program" "$ashlar" verify "$proof" --program "$(printf '01%.0s' {1..32})"
run "$ashlar" info build/guest/block.elf
is "the program is the one that was built" "$(awk '/^program id/ {print $3}' <<<"$out")" "$program"
run "$ashlar" info "$proof"
is "info shows id and output" \
    "$code $(awk '/^program id/ {print $3}' <<<"$out") $(grep -cE '^ +[0-9]+  0x[0-9a-f]{64}  ' <<<"$out") $(head -1 <<<"$out" | grep -c 'of one run')" \
    "0 $program 14 1"

run "$ashlar" prove "$demo/block.json" -o "$work/parts.proof" --memory "${PROVE_MEMORY_GIB:-12}" --parts
is "its parts alone are proven" "$code $(grep -c '^joined' <<<"$out")" "0 0"
run "$ashlar" verify "$work/parts.proof" --json
is "verify says the same of them" "$code $(node -p '
    const [a, b] = process.argv.slice(1).map((t) => JSON.parse(t));
    ["cycles", "segments", "ledgerParts", "joined"].forEach((k) => { delete a[k]; delete b[k] });
    JSON.stringify(a) === JSON.stringify(b)' "$out" "$verified")" "0 true"
parts=$out
run "$ashlar" join "$work/parts.proof" -o "$work/joined.proof" --memory "${PROVE_MEMORY_GIB:-12}"
is "joined, they are what prove makes at once" "$code $(cmp "$work/joined.proof" "$proof" && echo same)" "0 same"
run "$ashlar" info "$work/parts.proof"
is "info shows id, output and parts" \
    "$code $(awk '/^program id/ {print $3}' <<<"$out") $(grep -cE '^ +[0-9]+  0x[0-9a-f]{64}  ' <<<"$out") $(grep -cE '^ +[0-9]+  (both|segment|ledger) ' <<<"$out")" \
    "0 $program 14 $(node -p 'const v = JSON.parse(process.argv[1]); v.segments === 1 && v.ledgerParts === 1 ? 1 : v.segments + v.ledgerParts' "$parts")"

run "${BUILD:-build}/programs/examples/verify" "$work/parts.proof"
is "libashlar_verify alone verifies it, by the id that it knows" \
    "$code $(awk '/^program / {print $2}; /^block hash/ {print $3}' <<<"$out" | tr '\n' ' ')" \
    "0 $program $(node -p 'JSON.parse(process.argv[1]).hash' "$verified") "

size=$(stat -c %s "$proof")
for length in 0 4 12 200 6000 $((size / 2)) $((size - 4)) $((size - 1)); do
    head -c "$length" "$proof" >"$work/cut"
    refused "cut to $length bytes" 3 "/cut: " "$ashlar" verify "$work/cut"
done
{ cat "$proof"; printf '\0\0\0\0'; } >"$work/longer"
refused "a word too long" 3 "/longer: " "$ashlar" verify "$work/longer"

# One bit of a byte, all over the file; the first ones are the header's. A word that is then no element is malformed.
flip() {
    cp "$proof" "$work/flipped"
    local byte
    byte=$(od -An -tu1 -j "$1" -N1 "$proof")
    printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$work/flipped" bs=1 seek="$1" conv=notrunc status=none
}
accepted=0 odd=0
for i in {0..39}; do
    at=$((i < 8 ? 12 + 4 * i * i : (size / 40) * i + i))
    flip $at
    run "$ashlar" verify "$work/flipped"
    case $code in
    1 | 3) [ "$(wc -l <"$work/err")" -eq 1 ] || { odd=$((odd + 1)); echo "# byte $at: $err"; } ;;
    0) accepted=$((accepted + 1)); echo "# byte $at: accepted" ;;
    *) odd=$((odd + 1)); echo "# byte $at: exit code $code $err" ;;
    esac
done
is "a flipped bit is never accepted" $accepted 0
is "and always refused with one line and code 1 or 3" $odd 0
flip $((size - 2))
run "$ashlar" verify "$work/flipped" --json
is "--json says that it is not valid" "$code $(node -p 'JSON.parse(process.argv[1]).valid' "$out")" "1 false"

refused "prove without a file" 3 "No such file" "$ashlar" prove "$work/none.json" -o "$work/none"
tap_end
