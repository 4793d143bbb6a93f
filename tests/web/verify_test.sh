#!/usr/bin/env bash
# The verifier in WebAssembly as a package of npm, in Node.js, on the proofs of tests/library/proofs.c.
. "$(dirname "$0")/../cli/tap.sh"
build=${BUILD:-build}
package=$build/npm/ashlar-verify
if [ ! -s "$package/ashlar_verify.wasm" ]; then
    tap_skip "the verifier in WebAssembly" "clang or lld is missing; ./setup installs them"
    tap_end
fi
mkdir -p "$work/node_modules"
cp -r "$package" "$work/node_modules/"
cp tests/web/verify.mjs tests/clients/tap.mjs "$work/"
node "$work/verify.mjs" 0 "$build/test-proofs" "$build/reference/verdict" "$ashlar" "$build/guest"
