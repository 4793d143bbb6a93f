#!/usr/bin/env bash
# Foundry's forge on a development node: create and script, compiled by npm's compiler; seen by cast.
. "$(dirname "$0")/../node.sh"
. tests/clients/cast.sh
export FOUNDRY_OUT=$work/out FOUNDRY_CACHE_PATH=$work/cache FOUNDRY_BROADCAST=$work/broadcast
# forge COMMAND ARGUMENTS…: what it says is in $work/said.
forge() {
    local command=$1
    shift
    (cd tests/clients/full && node_modules/@foundry-rs/forge-linux-amd64/bin/forge "$command" --offline --use ../../../contracts/solc.js \
        --rpc-url "$ETH_RPC_URL" "$@") >"$work/said" 2>>"$work/cast_errors"
}

forge create --broadcast --private-key $KEY contracts/Works.sol:Stone --constructor-args "Hewn Stone" HEWN 77
created=$(sed -n 's/^Deployed to: //p' "$work/said")
is "a contract is created" "$(cast call "$created" 'symbol()(string)') $(cast call "$created" 'balanceOf(address)(uint256)' $A)" \
    '"HEWN" 77'
forge create --broadcast --unlocked --from $B contracts/Works.sol:Mark
is "a contract is created by an account of the node" \
    "$(cast call "$(sed -n 's/^Deployed to: //p' "$work/said")" 'owner()(address)')" $B

before=$(cast balance $C)
forge script --broadcast --private-key $KEY script/Lay.s.sol --sig 'run(address)' $C
laid=$work/broadcast/Lay.s.sol/1337/run-latest.json
is "a script's five transactions are mined" "$(grep -c '"status": "0x1"' "$laid")" 5
stone=$(node -p "JSON.parse(require('fs').readFileSync('$laid')).transactions[0].contractAddress")
is "its tokens are there" "$(cast call "$stone" 'balanceOf(address)(uint256)' $C)" 20
is "its ether is there" "$(node -p "$(cast balance $C)n - ${before}n")" 1000000000000000000n
forge script --broadcast --private-key $KEY --slow --legacy script/Lay.s.sol --sig 'run(address)' $C
is "a script goes one by one, in legacy transactions" "$(grep -c '"type": "0x0"' "$laid")" 5
forge test
is "tests run on a fork of the chain" "$(grep -c '^.PASS. test_sees_the_chain' "$work/said")" 1
tap_end
