#!/usr/bin/env bash
# Joined proofs by the commands, at full parameters: the demonstration's block in three parts, one node over them; made by
# `prove` at once, and by `join` of the parts, the same bytes.
source "$(dirname "$0")/tap.sh"
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
tap_end
