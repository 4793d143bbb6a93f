#!/usr/bin/env python3
"""Verifies a proof file: a second verifier, written from docs/protocol.md alone.

    verify.py [--small] MACHINE.json PROGRAM-ID-FILE PROOF

MACHINE.json is what build/reference/machine_dump prints, the id 32 bytes. Exit code 0 if the run is proven,
1 if not.
--small: the parameters of tests, by which nothing is proven."""

import sys

from machine import Machine
from proof import FULL, Profile, Refused
from run import verify_run

SMALL = Profile([(15, 1, 5), (11, 2, 4), (7, 3, 3)], 3, 2, 6, 1)


def main(arguments):
    profile = FULL
    if arguments[:1] == ["--small"]:
        profile = SMALL
        arguments = arguments[1:]
    if len(arguments) != 3:
        sys.exit(__doc__)
    machine = Machine(arguments[0])
    with open(arguments[1], "rb") as f:
        program = f.read()
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
