#!/usr/bin/env bash
# The explorer's pages about a rollup in headless Chromium. `make test-explorer` runs it.
. "$(dirname "$0")/../cli/tap.sh"
anvil_options=(--block-time 1)
. tests/rollup/anvil.sh
. tests/rollup/rollup.sh
chromium=$(command -v chromium) || { echo "1..0 # chromium is missing; ./setup --explorer installs it"; exit 1; }
unset ASHLAR_KEY
deploy
sequencer_start
"$ashlar" deposit 1 --l1 $l1 --rollup "$rollup" --key-file "$user" >/dev/null 2>&1
until_true 40 has_wei "$url_sequencer" $user_address 1000000000000000000
until_true 40 all_proven
hash=$("$ashlar" withdraw 0.25 --l2 "$url_sequencer" --key-file "$user" | sed -n 's/^withdrawal  *//p')
until_true 60 status_is proven 2
node tests/explorer/rollup.mjs "${url_sequencer##*:}" "$chromium" $user_address "$hash" \
    "$ashlar" claim "$hash" --l1 $l1 --l2 "$url_sequencer" --rollup "$rollup" --key-file "$attester"
