#!/usr/bin/env bash
# Blocks that once came out wrong, here or elsewhere: reports/blocks of the fixtures, whose manifest says for each file the
# exit code of execute and why.
source "$(dirname "$0")/tap.sh"
reports=${ASHLAR_FIXTURES:-../shared/fixtures}/reports/blocks
if [ ! -e "$reports/manifest.json" ]; then
    tap_skip "blocks of reports" "no $reports; set ASHLAR_FIXTURES"
    tap_end
fi
while IFS=$'\t' read -r file genesis code why; do
    exits "$file: $why" "$code" "$ashlar" execute "$reports/$file" ${genesis:+--genesis "$reports/$genesis"}
    if [ "$code" -ne 0 ]; then is "$file: one line says why" "$(wc -l <"$work/err")" 1; fi
done < <(node -e '
    for (const { file, genesis, exit, why } of JSON.parse(require("fs").readFileSync(process.argv[1])))
        console.log([file, genesis ?? "", exit, why].join("\t"))' "$reports/manifest.json")
tap_end
