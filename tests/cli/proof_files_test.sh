#!/usr/bin/env bash
# What verify and info say of files that are no proofs.
source "$(dirname "$0")/tap.sh"

words() { local w; for w in "$@"; do printf "\\x$(printf %02x $((w & 255)))\\x$(printf %02x $((w >> 8 & 255)))\\x$(printf %02x $((w >> 16 & 255)))\\x$(printf %02x $((w >> 24 & 255)))"; done; }
: >"$work/empty"
echo "not a proof" >"$work/text"
printf ASHLARPF >"$work/magic"
{ printf ASHLARPF; words 2; } >"$work/short"
{ printf ASHLARPF; words 99; head -c 100000 /dev/zero; } >"$work/version"
{ printf ASHLARPF; words 1; head -c 100000 /dev/zero; } >"$work/old" # the first format, of version 0.1
{ printf ASHLARPF; words 2; head -c 100000 /dev/zero; } >"$work/zeros"
{ printf ASHLARPF; words 2; head -c 100000 /dev/zero | tr '\0' '\377'; } >"$work/ones"
{ printf ASHLARPF; words 2; head -c 100000 /dev/zero; printf x; } >"$work/odd"

for command in verify info; do
    refused "$command: a file that is not there" 3 "nowhere: No such file" "$ashlar" $command "$work/nowhere"
    refused "$command: a folder" 3 "is not a file" "$ashlar" $command "$work"
    for file in empty text magic short zeros ones odd; do
        refused "$command: $file" 3 "/$file: " "$ashlar" $command "$work/$file"
    done
    refused "$command: another version" 4 "/version: .*version" "$ashlar" $command "$work/version"
    refused "$command: the first version" 4 "/old: .*version" "$ashlar" $command "$work/old"
done
refused "verify: --program that is no hex" 2 "--program" "$ashlar" verify "$work/zeros" --program 0x12
refused "verify: --program with a word that is no element" 2 "--program" "$ashlar" verify "$work/zeros" \
    --program "$(printf 'ff%.0s' {1..32})"

# What is no file, or only looks like one, is refused before it is read.
mkfifo "$work/fifo"
digests() { head -c $((2 * 512 * 8 * 4)) /dev/zero; } # two caps
chips=$(grep -c '^CHIP(' src/vm/chips.def)
proof_head() { # $1 segments, $2 ledger parts
    printf ASHLARPF; words 2 1048576
    local i; for ((i = 0; i < chips; i++)); do words 0; done
    digests; words "$1" "$2" 0 416
}
truncate -s 15G "$work/sparse"
{ proof_head 1 1; } >"$work/bounded"; truncate -s 15G "$work/bounded"
{ proof_head 60000 60000; } >"$work/holes"; truncate -s 7G "$work/holes"
head -c 64 build/guest/block.elf >"$work/huge_elf"; truncate -s 15G "$work/huge_elf"
quickly() { timeout 20 "$@"; }
for command in verify info; do
    refused "$command: a FIFO" 3 "/fifo: is not a file" quickly "$ashlar" $command "$work/fifo"
    refused "$command: a device" 3 "zero: is not a file" quickly "$ashlar" $command /dev/zero
    refused "$command: a sparse file" 3 "/sparse: " quickly "$ashlar" $command "$work/sparse"
    refused "$command: larger than its head allows" 3 "/bounded: is larger than a proof of as many parts" \
        quickly "$ashlar" $command "$work/bounded"
    refused "$command: a proof with holes" 3 "/holes: has holes" quickly "$ashlar" $command "$work/holes"
done
refused "info: an ELF file that is too large" 3 "/huge_elf: is larger than a program" quickly "$ashlar" info "$work/huge_elf"
refused "execute: a FIFO" 3 "/fifo: is not a file" quickly "$ashlar" execute "$work/fifo"
refused "execute: a sparse file" 3 "/sparse: has holes" quickly "$ashlar" execute "$work/sparse"
refused "prove: a FIFO" 3 "/fifo: is not a file" quickly "$ashlar" prove "$work/fifo" -o "$work/none"
refused "db: a FIFO for a genesis" 3 "/fifo: is not a file" \
    quickly "$ashlar" db import "$work/chain" "$work/text" --genesis "$work/fifo"
refused "db: a FIFO for blocks" 3 "/fifo: is not a file" quickly "$ashlar" db import "$work/chain" "$work/fifo" --dev
refused "db: a sparse file for blocks" 3 "/sparse: has holes" quickly "$ashlar" db import "$work/chain" "$work/sparse" --dev
refused "node: a FIFO for a configuration" 3 "/fifo: is not a file" quickly "$ashlar" node --config "$work/fifo"
refused "node: a device for a configuration" 3 "zero: is not a file" quickly "$ashlar" node --config /dev/zero
refused "node: a configuration that is too large" 3 "/sparse: is too large" quickly "$ashlar" node --config "$work/sparse"

run "$ashlar" info build/guest/block.elf
is "info: the guest program" "$code $(grep -cE '^program id +0x[0-9a-f]{64}$|^entry +0x|^instructions +[0-9,]+$' <<<"$out")" "0 3"
head -c 2000 build/guest/block.elf >"$work/elf"
refused "info: an ELF file that is cut" 3 "/elf: " "$ashlar" info "$work/elf"
refused "info: an ELF file of another machine" 3 "RISC-V" "$ashlar" info "$ashlar"
tap_end
