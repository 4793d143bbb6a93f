#!/usr/bin/env bash
# The demonstration's story; with ROLLUP_PROOFS=1 with a proof of each batch, which takes many minutes on two cores, and 4 GiB.
source "$(dirname "$0")/../../cli/tap.sh"
export ASHLAR_L1_PORT=$((20000 + RANDOM % 10000)) ASHLAR_L2_PORT=$((30000 + RANDOM % 10000)) ASHLAR_REPLICA_PORT=$((40000 + RANDOM % 10000))
how=--native
[ -z "${ROLLUP_PROOFS:-}" ] || how=
run timeout 2300 examples/rollup/devnet.sh --story $how
while read -r name rest; do
    case $name in
    deposit | batch | replica | withdraw | claim | transfer | escape | proven | reorg | kill | freeze) tap_ok "$name $rest" ;;
    esac
done <<<"$out"
if [ $code -eq 0 ]; then tap_ok "every step held"; else tap_not_ok "every step held" "$(tail -20 <<<"$out")" "$err"; fi
tap_end
