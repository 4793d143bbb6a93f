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
cc=${CC:-gcc}
exits "the library and its headers make a program" 0 \
    "$cc" -std=c17 -I"$prefix/include/ashlar" tests/layers/verify_alone.c "$prefix/lib/libashlar_verify.a" -o "$work/verify"
exits "which refuses what is no proof" 3 "$work/verify" "$prefix/bin/ashlar" \
    0000000000000000000000000000000000000000000000000000000000000000

# ---- manual pages ----
if command -v groff >/dev/null; then
    for page in ashlar ashlar-node; do
        run groff -man -Kutf8 -Tutf8 -ww "$prefix/share/man/man1/$page.1"
        is "$page(1) is formatted without warnings" "$code $err" "0 "
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
is "words of a choice are completed" "$(completed ashlar node --dev --log-format "")" "text json"
is "a port is not guessed" "$(completed ashlar node --http-port "")" ""
is "files are completed" "$(completed ashlar node --genesis "$work/ro")" "$work/root"

# ---- the unit and the example of its configuration ----
unit=$prefix/lib/systemd/system/ashlar-node.service
is "the unit names the installed command" "$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")" /usr/bin/ashlar
if command -v systemd-analyze >/dev/null; then
    run systemd-analyze verify --root="$at" --man=no ashlar-node.service
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
