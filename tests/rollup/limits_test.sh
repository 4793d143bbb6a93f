#!/usr/bin/env bash
# Nodes of L1 and L2 that give few logs at once, or nonsense: what follows them asks for less, and believes no more than that.
source "$(dirname "$0")/../cli/tap.sh"
anvil_options=(--block-time 1)
source "$(dirname "$0")/anvil.sh"
source "$(dirname "$0")/rollup.sh"
unset ASHLAR_KEY
deploy
common=(--rollup "$rollup" --key-file "$user")

# limited NAME URL KIND: its URL in url_NAME; $work/NAME.kind says what it does
limited() {
    echo "$3" >"$work/$1.kind"
    node tests/rollup/limited.mjs "$2" "$work/$1.kind" >"$work/$1.url" &
    until_true 10 test -s "$work/$1.url"
    printf -v "url_$1" %s "$(<"$work/$1.url")"
}

limited l1_second $l1 all
sequencer_start --l1-second "$url_l1_second"
"$ashlar" deposit 1 --l1 $l1 "${common[@]}" >/dev/null 2>&1
until_true 40 has_wei "$url_sequencer" $user_address 1000000000000000000
hash=$("$ashlar" withdraw 0.25 --l2 "$url_sequencer" --key-file "$user" 2>/dev/null | sed -n 's/^withdrawal  *//p')
for i in 1 2 3; do "$ashlar" deposit 0.01 --l1 $l1 "${common[@]}" >/dev/null 2>&1; done
until_true 60 all_proven
ask $l1 anvil_mine '["0x40"]' >/dev/null

# follows NAME KIND: a replica on such an L1 comes to the sequencer's head
follows() {
    limited "l1_$1" $l1 "$2"
    local url=url_l1_$1 before=$l1
    l1=${!url}
    node_start "$1"
    l1=$before
    url=url_$1
    until_true 60 same_head "${!url}" "$url_sequencer"
    is "a replica on an L1 of kind '$2' has the sequencer's head" "$(head_of "${!url}")" "$(head_of "$url_sequencer")"
}
follows few_blocks "range 3"
follows few_logs "results 3"

# ---- nonsense ----
limited l1_junk $l1 junk
l1=$url_l1_junk node_start junk
until_true 60 grep -q 'the answer to eth_getLogs is not as Ethereum nodes give it' "$work/junk.err"
is "millions of logs that are none are refused in a line" $? 0
is "and the replica goes on" "$(ask "$url_junk" eth_blockNumber)" 0x0
echo all >"$work/l1_junk.kind"
until_true 60 same_head "$url_junk" "$url_sequencer"
is "until its L1 is sane" "$(head_of "$url_junk")" "$(head_of "$url_sequencer")"

# ---- two that disagree ----
echo other >"$work/l1_second.kind"
until_true 60 grep -q 'event="two nodes of L1 disagree"' "$work/sequencer.err"
is "a sequencer says that its two nodes of L1 disagree" $? 0
committed=$(status_of committed)
"$ashlar" deposit 0.01 --l1 $l1 "${common[@]}" >/dev/null 2>&1
ask $l1 anvil_mine '["0x10"]' >/dev/null
sleep 5
is "and waits" "$(status_of committed)" "$committed"
echo all >"$work/l1_second.kind"
until_true 60 all_proven
is "until they agree" "$? $(grep -c 'event="two nodes of L1 agree again"' "$work/sequencer.err")" "0 1"
refused "one of another chain is none" 3 "is of chain 1337, not of 31337" "$ashlar" node --rollup "$rollup" --l1 $l1 \
    --l1-second "$url_junk" --datadir "$work/x" --http-port 0

# ---- commands ----
limited l1_tool $l1 "range 2"
limited l2_tool "$url_sequencer" "range 1"
before=$(wei $l1 $user_address)
exits "a claim by nodes that give one or two blocks at once" 0 \
    "$ashlar" claim "$hash" --l1 "$url_l1_tool" --l2 "$url_l2_tool" --rollup "$rollup" --key-file "$attester"
is "is paid, to the wei" "$(node -p "BigInt('$(wei $l1 $user_address)') - BigInt('$before') + ''")" 250000000000000000
tap_end
