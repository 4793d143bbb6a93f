#!/usr/bin/env bash
# Help, version, and wrong use.
source "$(dirname "$0")/tap.sh"

exits "--help" 0 "$ashlar" --help
is "--help says nothing on stderr" "$err" ""
commands=(execute prove worker verify build node db fetch info security)
for command in "${commands[@]}"; do
    is "--help lists $command" "$(grep -cE "^  ashlar $command " <<<"$out")" 1
done
for command in "${commands[@]}"; do
    run "$ashlar" "$command" --help
    is "$command --help has an example" "$code $(grep -cE "^Example: ashlar $command" <<<"$out") ${err:0:10}" "0 1 "
done

run "$ashlar" --version
is "--version" "$code $([[ $out =~ ^ashlar\ [0-9]+\.[0-9]+\.[0-9]+$ ]] && echo good || echo "$out")" "0 good"

exits "no command" 2 "$ashlar"
refused "an unknown command" 2 "no command 'exceute'" "$ashlar" exceute
refused "an unknown option" 2 "no option '--gest'" "$ashlar" execute --gest block.json
refused "an option without its value" 2 "-o needs a value" "$ashlar" prove block.json -o
refused "a flag with a value" 2 "--json takes no value" "$ashlar" execute --json=yes block.json
refused "execute without FILE" 2 "argument is missing" "$ashlar" execute
refused "prove without -o" 2 "-o PROOF" "$ashlar" prove block.json
refused "prove with --parts and --small" 2 "do not go together" "$ashlar" prove block.json -o x --parts --small
refused "prove with --threads 0" 2 "--threads" "$ashlar" prove block.json -o x --threads 0
refused "prove with --memory all" 2 "--memory" "$ashlar" prove block.json -o x --memory all
refused "worker without its queue" 2 "argument is missing" "$ashlar" worker
refused "node with a prover that is none" 2 "--prover must be off, local or postgres" "$ashlar" node --dev --prover remote
refused "verify without PROOF" 2 "argument is missing" "$ashlar" verify
refused "build without its options" 2 "--genesis, --txs and -o" "$ashlar" build
refused "node without --dev and --datadir" 2 "--datadir is needed" "$ashlar" node
refused "node with a port that is none" 2 "--http-port must be a whole number from 0 to 65535" \
    "$ashlar" node --dev --http-port 70000
refused "node with an operand" 2 "one argument too many" "$ashlar" node --dev chain
refused "info without FILE" 2 "argument is missing" "$ashlar" info
refused "security with an operand" 2 "one argument too many" "$ashlar" security now

run "$ashlar" security --json
is "security --json says what it should" "$code $(node -e '
    const r = JSON.parse(require("fs").readFileSync(0, "utf8"))
    const least = Math.min(...r.terms.map((t) => t.bits))
    console.log(Object.keys(r).join(), r.interactive_bits >= 128, r.overall_bits > 123.9 && r.overall_bits < 124,
        r.hash_bits === r.overall_bits, Math.abs(least - r.worst_round_bits) < 0.01,
        r.terms.length, r.layers[1].interactive_bits === r.interactive_bits,
        r.layers.at(-1).proofs, r.layers.every((l, i) => i < 2 || l.interactive_bits < r.layers[i - 1].interactive_bits))' <<<"$out")" \
    "0 interactive_bits,worst_round_bits,hash_bits,overall_bits,assumes,terms,layers true true true true 18 true 262139 true"
run "$ashlar" security
is "and says what it assumes" "$(grep -c 'Assumed: that Poseidon2 is a random oracle. 20 of the 131.2 bits' <<<"$out")" 1
is "security prints a table, and one of layers" \
    "$code $(grep -cE '^(shared challenge|queries 0|hash|a part|a node of join|a tree over) ' <<<"$out")" "0 10"
tap_end
