#!/usr/bin/env python3
"""Verifies a proof file: a second verifier, written from docs/protocol.md alone.

    verify.py [--small] MACHINE.json PROGRAM-ID PROOF

MACHINE.json is what build/reference/machine_dump prints, the id 64 digits as `ashlar info` prints them, or a
file of 32 bytes. Exit code 0 if the run is proven, 1 if not.
--small: the parameters of tests, by which nothing is proven."""

import sys

from machine import Machine
from proof import FULL, Profile, Refused
from run import verify_run

SMALL = Profile([(15, 1, 5), (11, 2, 4), (7, 3, 3)], 3, 2, 6, 1)


def program_id(argument):
    digits = argument[2:] if argument.startswith("0x") else argument
    if len(digits) == 64:
        return bytes.fromhex(digits)
    with open(argument, "rb") as f:
        return f.read()


def main(arguments):
    profile = FULL
    if arguments[:1] == ["--small"]:
        profile = SMALL
        arguments = arguments[1:]
    if len(arguments) != 3:
        sys.exit(__doc__)
    machine = Machine(arguments[0])
    program = program_id(arguments[1])
    with open(arguments[2], "rb") as f:
        data = f.read()
    try:
        output = verify_run(machine, profile, program, data)
    except Refused as refused:
        print(refused)
        return 1
    print("proven, with %d bytes of output" % len(output))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
