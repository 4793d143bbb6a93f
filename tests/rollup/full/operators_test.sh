#!/usr/bin/env bash
# Two operators with a seat each: they take turns, each builds on what the other has committed, and where one is away the other
# commits in its place.
source "$(dirname "$0")/../../cli/tap.sh"
anvil_options=(--block-time 1)
source "$(dirname "$0")/../anvil.sh"
source "$(dirname "$0")/../rollup.sh"
unset ASHLAR_KEY
slot=24
deploy --slot-time $slot --commit-timeout 3600
second=$work/second.key second_address=0x90f79bf6eb2c4f870365e785982e1f101e93b906
(umask 077; echo 7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6 >"$second")
for key in "$owner" "$second"; do
    exits "a seat is bought" 0 "$ashlar" operator join --l1 $l1 --rollup "$rollup" --key-file "$key"
done
started() { node_start "$1" --sequencer --key-file "$2" --commit-seconds 1 --block-time 1 --item-depth 1 --anchor-seconds 0 "${@:3}"; }
started one "$owner" --attest native --attester-key-file "$attester"
started two "$second"
node_start replica

deposit() { "$ashlar" deposit "$1" --l1 $l1 --rollup "$rollup" --key-file "$user" >/dev/null 2>&1; }
# committers: how many batches are of each
committers() {
    local n all=
    for n in $(seq "$(status_of committed)"); do
        all+=$(member "$(ask "$url_replica" ashlar_getL1Batch "[\"0x$(printf %x "$n")\"]")" committer)$'\n'
    done
    grep -c $owner_address <<<"$all"
    grep -c $second_address <<<"$all"
}
both_have() { local c; mapfile -t c < <(committers); [ "${c[0]}" -ge "$1" ] && [ "${c[1]}" -ge "$1" ]; }
deposit 1
until_true 60 has_wei "$url_one" $user_address 1000000000000000000
until_true 60 has_wei "$url_two" $user_address 1000000000000000000
is "what one of them commits the other has" "$(wei "$url_one" $user_address) $(wei "$url_two" $user_address)" \
    "1000000000000000000 1000000000000000000"

# Transfers go to whoever's turn it is, for some turns.
other=0x7777777777777777777777777777777777777777 sent=0
for _ in $(seq 40); do
    for url in "$url_one" "$url_two"; do
        [ "$(member "$(ask "$url" ashlar_operator)" seals)" = true ] || continue
        timeout 20 node examples/rollup/transfer.mjs "$url" "$user" $other 0.001 >/dev/null 2>&1 && sent=$((sent + 1))
        break
    done
    deposit 0.001
    sleep 1
    both_have 2 && [ $sent -ge 5 ] && break
done
mapfile -t count < <(committers)
is "both have committed batches (${count[0]} and ${count[1]})" "$(both_have 2; echo $?)" 0
same() { same_head "$url_one" "$url_two" && same_head "$url_one" "$url_replica" && all_proven; }
until_true 90 same
is "all of it is proven, and everybody has the same chain" "$?" 0
is "and each of $sent transfers, whosever turn it was" "$(wei "$url_replica" $other)" "${sent}000000000000000"
is "nobody's transaction failed" "$(cat "$work"/one.err "$work"/two.err | grep -c 'event="transaction failed"')" 0
is "no batch broke a rule" "$(grep 'event="batch derived"' "$work/replica.err" | grep -vc 'fault=none')" 0

# ---- one is away ----
kill -9 "$pid_one"; wait "$pid_one" 2>/dev/null
before=$(status_of committed)
for _ in $(seq $((3 * slot / 2))); do
    deposit 0.001
    sleep 1
done
later() { # a batch in a slot that is the other's
    local n time
    for n in $(seq $((before + 1)) "$(status_of committed)"); do
        time=$(($(member "$(ask "$url_replica" ashlar_getL1Batch "[\"0x$(printf %x "$n")\"]")" l1Time)))
        [ $((time / slot % 2)) = "$parity" ] && return 0
    done
    return 1
}
# The first seat leads in even slots.
parity=0
until_true 90 later
is "the other commits in its turns, too, once half of one has passed" $? 0
started one "$owner" --attest native --attester-key-file "$attester"
until_true 120 same
is "who comes back goes on from there" $? 0
tap_end
