#!/usr/bin/env bash
# What verify and info say of files that are no proofs.
source "$(dirname "$0")/tap.sh"

words() { local w; for w in "$@"; do printf "\\x$(printf %02x $((w & 255)))\\x$(printf %02x $((w >> 8 & 255)))\\x$(printf %02x $((w >> 16 & 255)))\\x$(printf %02x $((w >> 24 & 255)))"; done; }
: >"$work/empty"
echo "not a proof" >"$work/text"
printf ASHLARPF >"$work/magic"
{ printf ASHLARPF; words 1; } >"$work/short"
{ printf ASHLARPF; words 99; head -c 100000 /dev/zero; } >"$work/version"
{ printf ASHLARPF; words 1; head -c 100000 /dev/zero; } >"$work/zeros"
{ printf ASHLARPF; words 1; head -c 100000 /dev/zero | tr '\0' '\377'; } >"$work/ones"
{ printf ASHLARPF; words 1; head -c 100000 /dev/zero; printf x; } >"$work/odd"

for command in verify info; do
    refused "$command: a file that is not there" 3 "nowhere: No such file" "$ashlar" $command "$work/nowhere"
    refused "$command: a folder" 3 "is not a file" "$ashlar" $command "$work"
    for file in empty text magic short zeros ones odd; do
        refused "$command: $file" 3 "/$file: " "$ashlar" $command "$work/$file"
    done
    refused "$command: another version" 4 "/version: .*version" "$ashlar" $command "$work/version"
done
refused "verify: --program that is no hex" 2 "--program" "$ashlar" verify "$work/zeros" --program 0x12
refused "verify: --program with a word that is no element" 2 "--program" "$ashlar" verify "$work/zeros" \
    --program "$(printf 'ff%.0s' {1..32})"

run "$ashlar" info build/guest/block.elf
is "info: the guest program" "$code $(grep -cE '^program id +0x[0-9a-f]{64}$|^entry +0x|^instructions +[0-9,]+$' <<<"$out")" "0 3"
head -c 2000 build/guest/block.elf >"$work/elf"
refused "info: an ELF file that is cut" 3 "/elf: " "$ashlar" info "$work/elf"
refused "info: an ELF file of another machine" 3 "RISC-V" "$ashlar" info "$ashlar"
tap_end
