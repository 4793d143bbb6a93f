#!/usr/bin/env bash
# The commands that deal with a rollup on L1, against a real one. What needs a node of L2 is in node_test.sh.
source "$(dirname "$0")/../cli/tap.sh"
source "$(dirname "$0")/anvil.sh"
unset ASHLAR_KEY
file=$work/rollup.json

# ---- deploy ----
run "$ashlar" deploy --l1 $l1 --attester $attester_address --key-file "$owner" --dry-run
is "a dry run of deploy says where the contracts come to stand" "$code $(grep -c '^would send' <<<"$out") $(wei $l1 $owner_address)" \
    "0 3 10000000000000000000000"
foreseen=$(sed -n 's/.*Rollup \(0x[0-9a-f]*\)/\1/p' <<<"$out")
exits "the contracts are deployed" 0 "$ashlar" deploy --l1 $l1 --attester $attester_address --key-file "$owner" --out "$file"
is "at the address that was foreseen" "$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).contracts.rollup' "$file")" "$foreseen"
sum=$(sha256sum "$file")
refused "a rollup's file is not overwritten" 3 "is there already" \
    "$ashlar" deploy --l1 $l1 --attester $attester_address --key-file "$owner" --out "$file"
is "and is what it was" "$(sha256sum "$file")" "$sum"
refused "a file that cannot be written, before anything is sent" 3 "/nowhere/" \
    "$ashlar" deploy --l1 $l1 --attester $attester_address --key-file "$owner" --out "$work/nowhere/x.json"
nonce=$(ask $l1 eth_getTransactionCount "[\"$owner_address\",\"latest\"]")
is "three transactions in all" "$nonce" 0x3
refused "a fee above the cap" 1 "more than --fee-cap allows" \
    env ASHLAR_KEY=$(<"$owner") "$ashlar" deploy --l1 $l1 --attester $attester_address --fee-cap 1 --out "$work/capped.json"
[ -e "$work/capped.json" ] && ok=1 || ok=0
is "leaves no file" $ok 0
refused "no key" 2 "a key is needed" "$ashlar" deploy --l1 $l1 --attester $attester_address --out "$work/x"
refused "parameters that do not go together" 2 "freeze-delay must be more" \
    "$ashlar" deploy --l1 $l1 --attester $attester_address --freeze-delay 100 --dry-run
refused "neither attester nor verifier" 2 "one of --attester and --verifier" "$ashlar" deploy --l1 $l1 --dry-run
refused "a stake beyond 64 bits of wei" 2 "--stake" "$ashlar" deploy --l1 $l1 --attester $attester_address --stake 32000000000 --dry-run
refused "L1 is not there" 3 "connect" "$ashlar" status --l1 http://127.0.0.1:1 --rollup "$file"
refused "a URL that is none" 2 "http://" "$ashlar" status --l1 gopher://x --rollup "$file"

# ---- the rollup's file ----
sed 's/"genesisTime": [0-9]*/"genesisTime": 5/' "$file" >"$work/changed.json"
refused "a changed file" 3 "genesisHash is not what follows" "$ashlar" status --l1 $l1 --rollup "$work/changed.json"
sed 's/"chainId": 31337/"chainId": 1/' "$file" >"$work/changed.json"
refused "a file of another L1" 3 "another chain id" "$ashlar" status --l1 $l1 --rollup "$work/changed.json"
sed 's/"bridge": "0x..../"bridge": "0xffff/' "$file" >"$work/changed.json"
refused "a file with another contract" 3 "genesisHash is not what follows" "$ashlar" status --l1 $l1 --rollup "$work/changed.json"
sed 's/"rollup": "0x..../"rollup": "0xffff/' "$file" >"$work/changed.json"
refused "a file whose contracts are not there" 3 "other contracts at these addresses" "$ashlar" status --l1 $l1 --rollup "$work/changed.json"
echo '{}' >"$work/changed.json"
refused "another file" 3 "is no rollup's file" "$ashlar" status --l1 $l1 --rollup "$work/changed.json"
echo '{"ashlarRollup": 9}' >"$work/changed.json"
refused "a file of a later version" 4 "version 9" "$ashlar" status --l1 $l1 --rollup "$work/changed.json"

# ---- keys ----
cp "$user" "$work/open.key" && chmod 644 "$work/open.key"
refused "a key that others may read" 3 "chmod 600" "$ashlar" deposit 1 --l1 $l1 --rollup "$file" --key-file "$work/open.key"
(umask 077; echo 12 >"$work/short.key")
refused "a key that is too short" 3 "is no secret key" "$ashlar" deposit 1 --l1 $l1 --rollup "$file" --key-file "$work/short.key"
ASHLAR_KEY=xyz refused "a key in the environment that is none" 3 "ASHLAR_KEY is no secret key" "$ashlar" deposit 1 --l1 $l1 --rollup "$file"
run "$ashlar" deposit 1 --l1 $l1 --rollup "$file" --key-file "$work/open.key"
is "no key is ever printed" "$(grep -c 5de4111 <<<"$out$err")" 0

# ---- deposit, force, escape, status ----
before=$(wei $l1 $user_address)
run "$ashlar" deposit 1.5 --l1 $l1 --rollup "$file" --key-file "$user" --dry-run
is "a dry run sends nothing" "$code $(wei $l1 $user_address)" "0 $before"
queue=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).contracts.queue' "$file")
ASHLAR_KEY=$(<"$user") exits "a deposit with the key from the environment" 0 "$ashlar" deposit 1.5 --l1 $l1 --rollup "$file"
is "its ether and fee are in the queue, to the wei" "$(wei $l1 "$queue")" 1500100000000000000
grep -q '1.5 ETH are minted' <<<"$out" && ok=0 || ok=1
is "what is minted is said" $ok 0
exits "a forced withdrawal" 0 "$ashlar" force --withdraw 0.4 --l1 $l1 --rollup "$file" --key-file "$user"
exits "a forced call" 0 "$ashlar" force --to $owner_address --value 1wei --data 0x00ff --gas 60000 --l1 $l1 --rollup "$file" --key-file "$user"
refused "gas that does not pay for the data" 1 "does not pay for the item's data \(GasTooLow: [0-9]+\)" \
    "$ashlar" force --to $owner_address --data 0x00ff --gas 21000 --l1 $l1 --rollup "$file" --key-file "$user"
refused "an amount that is none" 2 "must be an amount" "$ashlar" deposit 1,5 --l1 $l1 --rollup "$file" --key-file "$user"
refused "more than the account has" 3 "[Ii]nsufficient" "$ashlar" deposit 20000 --l1 $l1 --rollup "$file" --key-file "$user"
run "$ashlar" status --l1 $l1 --rollup "$file" --json
is "status for programs" "$code $(member "$out" items) $(member "$out" itemsTaken) $(member "$out" committed)" "0 3 0 0"
exits "anybody commits what waits where there are no operators" 0 "$ashlar" escape --l1 $l1 --rollup "$file" --key-file "$user"
run "$ashlar" status --l1 $l1 --rollup "$file" --json
is "the batch has the items" "$(member "$out" itemsTaken) $(member "$out" committed)" "3 1"
refused "nothing is left to commit" 1 "nothing waits" "$ashlar" escape --l1 $l1 --rollup "$file" --key-file "$user"
refused "a withdrawal on a chain that is no rollup" 3 "nothing was sent" "$ashlar" withdraw 1 --l2 $l1 --key-file "$user"
refused "exit is for a frozen rollup" 1 "is not frozen" "$ashlar" exit --l1 $l1 --l2 $l1 --rollup "$file" --key-file "$user"

# Others fill L1's block: the price of the next one is higher, and what was to be sent on is minted nevertheless.
for i in 1 2; do
    ask $l1 evm_setAutomine '[false]' >/dev/null
    "$ashlar" force --to $owner_address --gas 9900000 --l1 $l1 --rollup "$file" --key-file "$owner" --timeout 1 >/dev/null 2>&1
    ask $l1 anvil_mine '["0x1"]' >/dev/null
    ask $l1 evm_setAutomine '[true]' >/dev/null
    run "$ashlar" deposit 1 --to 0x7777777777777777777777777777777777777777 --l1 $l1 --rollup "$file" --key-file "$user"
    minted=$(sed -n 's/.*; \(.*\) ETH are minted.*/\1/p' <<<"$out")
    is "behind a full block no less is minted than is sent on ($minted)" "$code $(node -p "$minted >= 1")" "0 true"
done

# ---- operators ----
run "$ashlar" operator join --l1 $l1 --rollup "$file" --key-file "$owner" --dry-run
is "a dry run of join says the stake" "$code $(grep -c '^stake  *1 ETH' <<<"$out")" "0 1"
exits "a seat is bought" 0 "$ashlar" operator join --l1 $l1 --rollup "$file" --key-file "$owner"
ask $l1 evm_increaseTime '[3600]' >/dev/null
ask $l1 anvil_mine '["0x1"]' >/dev/null
run "$ashlar" status --l1 $l1 --rollup "$file"
is "from the next turn on it is the operator's" "$code $(sed -n 's/^turn  *//p' <<<"$out")" "0 $owner_address"
"$ashlar" deposit 0.1 --l1 $l1 --rollup "$file" --key-file "$user" >/dev/null 2>&1
refused "and others do not commit" 1 "it is the operators' turn" "$ashlar" escape --l1 $l1 --rollup "$file" --key-file "$user"
exits "the operator leaves" 0 "$ashlar" operator leave --l1 $l1 --rollup "$file" --key-file "$owner"
refused "a stake is paid back later" 1 "nothing to pay out now" "$ashlar" operator payout --l1 $l1 --rollup "$file" --key-file "$owner"
ask $l1 evm_increaseTime '[2600000]' >/dev/null
ask $l1 anvil_mine '["0x1"]' >/dev/null
rollup_address=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).contracts.rollup' "$file")
before=$(wei $l1 "$rollup_address")
exits "then it is" 0 "$ashlar" operator payout --l1 $l1 --rollup "$file" --key-file "$owner"
is "to the wei" "$(node -p "BigInt('$before') - BigInt('$(wei $l1 "$rollup_address")') + ''")" 1000000000000000000
refused "once" 1 "nothing to pay out now" "$ashlar" operator payout --l1 $l1 --rollup "$file" --key-file "$owner"
refused "an operator does one of three things" 2 "none of join, leave and payout" "$ashlar" operator joins --l1 $l1
for name in operator deploy status deposit withdraw claim force escape drop freeze exit; do
    run "$ashlar" $name --help
    is "$name --help has an example" "$code $(grep -c '^Example: ashlar '$name <<<"$out")" "0 1"
done
tap_end
