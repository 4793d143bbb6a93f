#!/usr/bin/env bash
# The layers of the house: the table of includes, and the verifier as a freestanding library of its own.
set -uo pipefail
cd "$(dirname "$0")/../.."
build=${BUILD:-build}
library=$build/lib/libashlar_verify.a
objects=$build/verify/objects.a
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0 failed=0

# check NAME COMMAND…: one case; what the command prints is shown where it fails.
check() {
    local name=$1 output
    shift
    n=$((n + 1))
    if output=$("$@" 2>&1); then
        echo "ok $n - $name"
    else
        echo "not ok $n - $name"
        sed 's/^/# /' <<<"$output" | head -20
        failed=1
    fi
}

includes_are_allowed() { tools/check_layers; }

# The same check on a tree in which one file breaks the rules must fail and name that file.
is_found() {
    local file=$1 line=$2 output
    mkdir -p "$work/tools" "$work/src/$(dirname "$file")"
    cp tools/check_layers "$work/tools/"
    echo "$line" >"$work/src/$file"
    output=$("$work/tools/check_layers") && { echo "not found"; return 1; }
    rm -r "$work/src"
    grep -q "^src/$file: " <<<"$output"
}

no_circles() { tools/check_circles; }

# plant NAME SYMBOL CALLED: a file of a room that defines one function and calls another.
plant() {
    mkdir -p "$work/tools" "$work/src/node" "$work/build/native/node"
    cp tools/check_circles "$work/tools/"
    echo "void $3(void); void $2(void); void $2(void) { $3(); }" >"$work/src/node/$1.c"
    cc -c "$work/src/node/$1.c" -o "$work/build/native/node/$1.o"
}

circle_is_found() {
    local output
    plant a first second
    plant b second third
    plant c third "$1"
    output=$(BUILD=$work/build "$work/tools/check_circles")
    local code=$?
    rm -r "$work/src" "$work/build"
    [ $code -eq "$2" ] || { echo "exit code $code: $output"; return 1; }
    [ "$2" -eq 0 ] && return
    for line in 'a needs src/node/b: second' 'b needs src/node/c: third' 'c needs src/node/a: first'; do
        grep -qx "  src/node/$line" <<<"$output" || { echo "does not say \"$line\": $output"; return 1; }
    done
}

missing_object_is_found() {
    local output
    plant a first second
    rm "$work/build/native/node/a.o"
    output=$(BUILD=$work/build "$work/tools/check_circles") && { echo "not found"; return 1; }
    rm -r "$work/src" "$work/build"
    grep -q "a.o is missing" <<<"$output"
}

library_exists() { [ -s "$library" ] && [ -s "$objects" ] || { echo "$library is missing; make builds it"; return 1; }; }

# Everything that must be given to it.
undefined_symbols() {
    ld -r --whole-archive "$objects" -o "$work/whole.o" && nm -u "$work/whole.o" | awk '{print $2}' | sort
}
needs_little() {
    local symbols other
    symbols=$(undefined_symbols) || return 1
    [ -n "$symbols" ] || { echo "no undefined symbol at all: has the library been read?"; return 1; }
    # The linker itself defines the global offset table, through which run.c takes a function's address.
    other=$(grep -vxE 'memcpy|memmove|memset|memcmp|check_failed|_GLOBAL_OFFSET_TABLE_' <<<"$symbols")
    [ -z "$other" ] || { echo "also needs: $other"; return 1; }
}

# Members are named by their path, vm-add-add.o.
members_are_verifying() {
    local bad
    [ "$(ar t "$objects" | wc -l)" -gt 20 ] || { echo "too few members"; return 1; }
    bad=$(ar t "$objects" | grep -vE '^(base|abi|crypto|field|stark|vm|verify)-.*\.o$'
          ar t "$objects" | grep -E '_host\.o$|_avx2\.o$|_avx512\.o$|_test\.o$|prove|evaluator|crypto-(secp|sha|bls|bn|modexp|kzg)')
    [ -z "$bad" ] || { echo "$bad"; return 1; }
}

# Nor do their sources include anything of the rest: the compiler's own list of what it read.
sources_are_verifying() {
    local lists bad
    lists=$(ls "$build"/verify/*.d 2>/dev/null) || { echo "no lists of dependencies"; return 1; }
    bad=$(grep -hoE 'src/[a-z0-9_]+/[^ :]+' $lists | sort -u |
          grep -E '^src/(codec|state|evm|chain|guest|prover|telemetry|store|node|proving|rpc|serve|conformance|cli)/|^src/riscv/emulator|_host\.[ch]$')
    [ -z "$bad" ] || { echo "$bad"; return 1; }
}

# Linked alone it reads its input and refuses it.
verifies_alone() {
    local program=$build/programs/examples/verify code
    printf 'no proof' >"$work/no.proof"
    "$program" "$work/no.proof" "$(printf '0%.0s' {1..64})" 2>"$work/error"
    code=$?
    [ $code -eq 3 ] || { echo "exit code $code"; cat "$work/error"; return 1; }
}

# The attacks of docs/protocol.md and docs/machine.md are tests by name.
attacks_are_tests() {
    local name names bad=0
    names=$(sed -n '/^| attack/,/^$/p' docs/protocol.md docs/machine.md | awk -F'|' '{print $4}' | grep -oE '`[a-z0-9_]+`' | tr -d '`')
    [ "$(wc -w <<<"$names")" -gt 60 ] || { echo "the table of attacks is not found"; return 1; }
    for name in $names; do
        grep -rqE "(cmocka_unit_test[a-z_]*|ATTACK|TEST)\($name\b" tests src/stark || { echo "no test $name"; bad=1; }
    done
    return $bad
}

# Files that the pages link to are there.
links_lead_somewhere() {
    local page target bad=0
    for page in README.md SECURITY.md CHANGELOG.md docs/*.md docs/*/*.md bench/README.md src/vm/README.md; do
        for target in $(grep -oE '\]\([^)#]+' "$page" | cut -c3- | grep -v '^https\?:'); do
            [ -e "$(dirname "$page")/$target" ] || { echo "$page: $target"; bad=1; }
        done
    done
    return $bad
}

check "every include is allowed by the table of layers" includes_are_allowed
check "an include against the table is found" is_found evm/bad.c '#include "stark/machine.h"'
check "an include of the guest is found" is_found chain/bad.h '#include "guest/heap.h"'
check "a folder that the table does not know is found" is_found newcomer/bad.c '#include "base/types.h"'
check "libc in a freestanding file is found" is_found state/bad.c '#include <stdio.h>'
check "no two files need each other, directly or through others" no_circles
check "a circle of three files is found, and each of its steps named" circle_is_found first 1
check "what only leads on is no circle" circle_is_found fourth 0
check "an object that has not been built is found" missing_object_is_found
check "libashlar_verify.a exists" library_exists
check "what it is made of needs only memcpy, memmove, memset, memcmp and check_failed" needs_little
check "it is made of verifying objects only" members_are_verifying
check "they include nothing of the EVM, the state, the prover or the emulator" sources_are_verifying
check "a program that links nothing else verifies" verifies_alone
check "every attack in docs/protocol.md and docs/machine.md is a test by name" attacks_are_tests
check "links in the pages lead somewhere" links_lead_somewhere
echo "1..$n"
exit $failed
