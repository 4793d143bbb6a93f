#!/usr/bin/env bash
# What `ashlar join` says of what it cannot join. A proof that it makes: tests/cli/join_heavy_test.sh.
source "$(dirname "$0")/tap.sh"
proofs=${BUILD:-build}/test-proofs
refused "join without -o" 2 "-o PROOF is needed" "$ashlar" join "$proofs/both.proof"
refused "join without a proof" 2 "argument is missing" "$ashlar" join -o "$work/joined"
refused "a file that is not there" 3 "nowhere: No such file" "$ashlar" join "$work/nowhere" -o "$work/joined"
echo text >"$work/text"
refused "a file that is no proof" 3 "/text: " "$ashlar" join "$proofs/both.proof" "$work/text" -o "$work/joined"
cp "$proofs/both.proof" "$work/changed"
printf '\001' | dd of="$work/changed" bs=1 seek=400000 conv=notrunc status=none
refused "a proof that does not hold" 1 "/changed: invalid proof: " "$ashlar" join "$proofs/both.proof" "$work/changed" -o "$work/joined"
refused "two that do not follow each other, and the word" 1 "both.proof does not follow .*both.proof: word [0-9]+, [a-z -]+$" \
    "$ashlar" join "$proofs/both.proof" "$proofs/both.proof" -o "$work/joined"
refused "outputs that are not joined" 1 "batch.proof does not follow .*both.proof" \
    "$ashlar" join "$proofs/both.proof" "$proofs/batch.proof" -o "$work/joined"
is "nothing is written" "$(ls "$work" | grep -c '^joined')" 0
tap_end
