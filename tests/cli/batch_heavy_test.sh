#!/usr/bin/env bash
# A batch of a rollup, from its bytes to a proof that holds: `ashlar prove --batch`, and what `verify` says of it.
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"

# Six deposits: the smallest that does something.
build/programs/tests/rollup/run_test 1 "$work/batches" >/dev/null 2>"$work/made" || tap_not_ok "a batch is made" "$(<"$work/made")"
batch=$work/batches.batch proof=$work/batch.proof
exits "it is proven" 0 $ashlar prove --batch "$batch" -o "$proof" --memory "${PROVE_MEMORY_GIB:-12}"
is "prove says of what" "$(grep -cE '^(rollup|batch|outcome|queue|faults|prover) ' <<<"$out")" 10
run $ashlar execute --batch --json "$batch"
executed=$out
run $ashlar verify "$proof" --json
is "the proof is verified" "$code $err" "0 "
is "and says what execute says" "$(node -e '
    const [v, e] = process.argv.slice(1).map((t) => JSON.parse(t))
    delete e.cycles
    console.log(v.valid, Object.keys(e).length, Object.keys(e).every((k) => JSON.stringify(v[k]) === JSON.stringify(e[k])))' \
    "$out" "$executed")" "true 14 true"
run $ashlar verify "$proof"
is "in words" "$code $(grep -c 'this batch leads to this outcome' <<<"$out") $(grep -c '^faults           none' <<<"$out")" "0 1 1"
refused "it is no block's" 1 "another program" $ashlar verify "$proof" --program "$($ashlar info build/guest/block.elf | awk '/^program id/ {print $3}')"
# The prover is in its output: who changes it has no proof.
node -e '
    const { readFileSync, writeFileSync } = require("fs")
    const [file, out] = process.argv.slice(1), bytes = readFileSync(file)
    const at = bytes.indexOf(Buffer.from("9400000000000000000000000000000000000005", "hex"))
    bytes[at + 19] ^= 1
    writeFileSync(out, bytes)' "$proof" "$work/stolen.proof"
refused "another prover cannot take it" 1 "invalid proof" $ashlar verify "$work/stolen.proof"
tap_end
