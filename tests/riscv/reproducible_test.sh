#!/usr/bin/env bash
# The guest programs are the same to the byte wherever they are built, by however many jobs, in whatever locale and time zone:
# their ids depend on it, and what they carry of each other's (last of join) and of the machine too.
set -uo pipefail
cd "$(dirname "$0")/../.."
elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT
cp -r Makefile mk src third_party tools "$elsewhere"
number=0
programs="block verify join last"
files=$(printf 'build/guest/%s.elf ' $programs)
LC_ALL=C TZ=UTC make -s $files >/dev/null 2>&1
LC_ALL=C.UTF-8 TZ=Asia/Kathmandu make -s -j3 -C "$elsewhere" $files >"$elsewhere/log.txt" 2>&1 || cat "$elsewhere/log.txt"
for program in $programs; do
    number=$((number + 1))
    if cmp "build/guest/$program.elf" "$elsewhere/build/guest/$program.elf"; then
        echo "ok $number - $program.elf is the same from another folder"
    else
        echo "not ok $number - $program.elf is the same from another folder"
    fi
done
echo "1..$number"
