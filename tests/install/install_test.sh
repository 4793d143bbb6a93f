#!/usr/bin/env bash
# make install and uninstall: what is installed works from there, and nothing is left afterwards.
source "$(dirname "$0")/../cli/tap.sh"

at=$work/root
build() { env -u MAKEFLAGS -u MAKELEVEL make -s BUILD="${BUILD:-build}" DESTDIR="$at" PREFIX=/usr "$@"; }
mkdir -p "$at/etc/ashlar"
echo 'dev = true' >"$at/etc/ashlar/node.toml" # the operator's own
exits "make install" 0 build install
[ "$code" -eq 0 ] || { echo "# $err"; tap_end; }
prefix=$at/usr
run "$prefix/bin/ashlar" --version
is "the installed command runs" "$code ${out%% *}" "0 ashlar"

# ---- the library ----
# The example of docs/verifying.md, from what is installed alone, on proofs of a small program.
proofs=${BUILD:-build}/test-proofs program=$(od -An -v -tx1 "${BUILD:-build}/test-proofs/id" | tr -d ' \n')
# turned_away NAME CODE PATTERN COMMAND…: that exit code, and one line on stderr that matches.
turned_away() {
    run "${@:4}"
    is "$1" "$code $(grep -c "^verify: .*$3" <<<"$err") $(wc -l <"$work/err")" "$2 1 1"
}
read -ra cc <<<"${CC:-gcc}"
example=examples/verify/verify.c
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$at LD_LIBRARY_PATH=$prefix/lib
if command -v pkg-config >/dev/null; then
    read -ra cflags <<<"$(pkg-config --cflags ashlar_verify)"
    read -ra libs <<<"$(pkg-config --libs ashlar_verify)"
    read -ra static <<<"$(pkg-config --libs-only-L ashlar_verify) -l:libashlar_verify.a"
    is "pkg-config knows its version" "ashlar $(pkg-config --modversion ashlar_verify)" \
        "$("$prefix/bin/ashlar" --version | awk '{print $1, $2}')"
else
    cflags=("-I$prefix/include") libs=("-L$prefix/lib" -lashlar_verify) static=("$prefix/lib/libashlar_verify.a")
    tap_skip "pkg-config knows its version" "no pkg-config"
fi
warnings=(-std=c17 -Wall -Wextra -Wconversion -Wpedantic -Werror)
exits "the example is built with the shared library" 0 "${cc[@]}" "${warnings[@]}" "${cflags[@]}" "$example" "${libs[@]}" -o "$work/shared"
exits "and with the static one" 0 "${cc[@]}" "${warnings[@]}" "${cflags[@]}" "$example" "${static[@]}" -o "$work/static"
exits "and with nothing shared at all" 0 "${cc[@]}" -static "${cflags[@]}" "$example" "${static[@]}" -o "$work/alone"
is "the shared one needs the library by its ABI's number" \
    "$(readelf -d "$work/shared" | grep -o 'libashlar_verify.so.[0-9.]*')" "libashlar_verify.so.0"
for form in shared static alone; do
    for proof in both split; do
        run "$work/$form" "$proofs/$proof.proof" "$program"
        is "$form: the proof of a small program holds ($proof)" "$code $err $(sed -n '1p;4p' <<<"$out" | tr '\n' ' ')" \
            "0  The proof holds. blocks           7 to 7, chain id 1337 "
    done
    run "$work/$form" "$proofs/joined.proof" "$program"
    is "$form: so does a joined one, by \`join\`" "$code $err $(sed -n '1p;3p;5p' <<<"$out" | tr '\n' ' ')" \
        "0  The proof holds. joined           one run blocks           7 to 7, chain id 1337 "
    run "$work/$form" "$proofs/linked.proof" "$program" "$program"
    is "$form: and one of several runs, by what is said to join" "$code $err $(sed -n '3p;5p' <<<"$out" | tr '\n' ' ')" \
        "0  joined           runs that follow each other blocks           7 to 9, chain id 1337 "
    turned_away "$form: which is not \`join\`" 1 "another program" "$work/$form" "$proofs/linked.proof" "$program"
    { head -c 200 "$proofs/joined.proof"; printf '\1\0\0\0'; tail -c +205 "$proofs/joined.proof"; } >"$work/changed"
    turned_away "$form: a statement beside another output is refused" 1 "a statement" "$work/$form" "$work/changed" "$program"
    turned_away "$form: as one of \`block\` it is refused" 1 "another program" "$work/$form" "$proofs/both.proof"
    turned_away "$form: what is no proof is refused" 3 "wrong length" "$work/$form" "$prefix/bin/ashlar"
    head -c 300000 "$proofs/both.proof" >"$work/cut"
    turned_away "$form: and what is cut off" 3 "wrong length" "$work/$form" "$work/cut" "$program"
    { head -c 200000 "$proofs/both.proof"; printf '\1\0\0\0'; tail -c +200005 "$proofs/both.proof"; } >"$work/changed"
    turned_away "$form: and what is changed" 1 "(part 1)" "$work/$form" "$work/changed" "$program"
done
echo '#include <ashlar_verify.h>
int main() { return ashlar_program_id("block") == nullptr || ashlar_verdict_message(ASHLAR_VERIFIED)[0] == 0; }' >"$work/use.cc"
if command -v "${CXX:-g++}" >/dev/null; then
    exits "a program in C++ is built with it" 0 "${CXX:-g++}" -std=c++17 -Wall -Wextra -Werror "${cflags[@]}" "$work/use.cc" \
        "${libs[@]}" -o "$work/use"
    exits "and runs" 0 "$work/use"
else
    tap_skip "a program in C++ is built with it" "no g++"
fi
declared=$(grep -oE '\bashlar_[a-z_]+\(' "$prefix/include/ashlar_verify.h" | tr -d '(' | grep -vx 'ashlar_statement' | sort -u | tr '\n' ' ')
is "the shared library gives what the header declares, with versions, and nothing else" \
    "$(nm -D --defined-only "$prefix/lib/libashlar_verify.so" | awk '$2 == "T" {print $3}' | sort | tr '\n' ' ')" \
    "$(sed 's/ /@@ASHLAR_VERIFY_0 /g' <<<"$declared")"
is "so does the static one" \
    "$(nm --extern-only --defined-only "$prefix/lib/libashlar_verify.a" | awk 'NF == 3 {print $3}' | sort | tr '\n' ' ')" "$declared"
is "which needs four functions of libc at most" "$(nm -u "$prefix/lib/libashlar_verify.a" |
    awk '$1 == "U" {print $2}' | grep -vxE 'memcpy|memmove|memset|memcmp|_GLOBAL_OFFSET_TABLE_')" ""
unset PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR LD_LIBRARY_PATH

# ---- manual pages ----
if command -v groff >/dev/null; then
    for page in man1/ashlar.1 man1/ashlar-node.1 man3/ashlar_verify.3; do
        run groff -man -Kutf8 -Tutf8 -ww "$prefix/share/man/$page"
        is "$page is formatted without warnings" "$code $err" "0 "
    done
    missing=
    for option in $("$ashlar" node --help | grep -oE '^  --[a-z-]+'); do
        grep -q -- "$option" <(sed 's/\\-/-/g' "$prefix/share/man/man1/ashlar-node.1") || missing+=" $option"
    done
    is "every option is in ashlar-node(1)" "$missing" ""
else
    tap_skip "manual pages are formatted without warnings" "no groff"
fi

# ---- completion ----
source "$prefix/share/bash-completion/completions/ashlar"
completed() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _ashlar
    echo "${COMPREPLY[*]}"
}
is "commands are completed" "$(completed ashlar ver)" verify
is "a command's options are completed" "$(completed ashlar node --met)" "--metrics-port --metrics-address"
is "what a command does is completed" "$(completed ashlar operator "") $(completed ashlar db ex)" "join leave payout export"
is "words of a choice are completed" "$(completed ashlar node --dev --log-format "")" "text json"
is "a port is not guessed" "$(completed ashlar node --http-port "")" ""
is "files are completed" "$(completed ashlar node --genesis "$work/ro")" "$work/root"

# ---- the unit and the example of its configuration ----
unit=$prefix/lib/systemd/system/ashlar-node.service
is "the unit names the installed command" "$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")" /usr/bin/ashlar
if command -v systemd-analyze >/dev/null; then
    run systemd-analyze verify --root="$at" --man=no ashlar-node.service ashlar-worker.service
    # The root has no other units.
    is "systemd takes the unit" "$(grep -v 'Failed to\|network-online\|sysinit\|basic.target\|shutdown' <<<"$err")" ""
    run systemd-analyze security --offline=yes --threshold=25 "$unit"
    is "its exposure is low" "$code" 0
else
    tap_skip "systemd takes the unit" "no systemd"
fi
example=$at/etc/ashlar/node.toml.example
refused "the example is read, and lacks only the directory" 2 "--datadir is needed" "$ashlar" node --config "$example"
sed -E 's/^#([a-z-]+ = )/\1/' "$example" >"$work/all.toml"
refused "every key in it is one" 3 "FILE" "$ashlar" node --config "$work/all.toml"
is "and none is refused by name" "$(grep -cE "no (key|table) '|must be (a|true)" <<<"$err")" 0

exits "make uninstall" 0 build uninstall
is "nothing is left but the operator's file" "$(cd "$at" && find . -type f -o -name 'ashlar*' | sort | tr '\n' ' ')" \
    "./etc/ashlar ./etc/ashlar/node.toml "
tap_end
