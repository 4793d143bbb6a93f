#!/usr/bin/env bash
# `ashlar execute --batch`: a batch natively and in the guest, and what it says of a file that is none.
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"

build/programs/tests/rollup/run_test 3 "$work/batches" >/dev/null 2>"$work/made" || tap_not_ok "a batch is made" "$(<"$work/made")"
batch=$work/batches.batch
exits "a batch is executed" 0 $ashlar execute --batch "$batch"
is "batch by number" "$(grep -c '^batch            3$' <<<"$out")" 1
exits "in the guest, as JSON" 0 $ashlar execute --batch --guest --json "$batch"
is "it is JSON with the batch and its cycles" "$(node -e '
    const o = JSON.parse(process.argv[1])
    console.log(o.firstBatch, o.lastBatch, o.cycles > 1e5, o.faults.length <= 1, o.outcome.length)' "$out")" "3 3 true true 66"
head -c 3000 "$batch" >"$work/cut"
refused "a batch that is cut" 3 "is no batch" $ashlar execute --batch "$work/cut"
# Its last node, changed: of a witness that lacks one.
size=$(stat -c %s "$batch")
head -c $((size - 24)) "$batch" >"$work/changed"
tail -c 24 "$batch" | tr '\000-\377' '\001-\377\000' >>"$work/changed"
refused "a node is another one" 3 "witness lacks|malformed" $ashlar execute --batch "$work/changed"
refused "there is none" 3 "none" $ashlar execute --batch "$work/none"
refused "two files" 2 "one file" $ashlar execute --batch "$batch" "$batch"
refused "rules of another place" 2 "one file" $ashlar execute --batch "$batch" --genesis "$work/none"
refused "a batch is no block" 3 "." $ashlar execute "$batch"
tap_end
