#!/usr/bin/env python3
"""Verifies proof files: a second verifier, written from docs/protocol.md alone.

    verify.py [--small | --tree] [--join ID] MACHINE.json PROGRAM-ID PROOF...

MACHINE.json is what build/reference/machine_dump prints, an id 64 digits as `ashlar info` prints them, or a
file of 32 bytes; --join is that of the program `join`, which joined proofs are of. Of several proofs also that
their runs follow each other. Exit code 0 if all that is proven, 1 if not.
--small, --tree: the parameters of tests, by which nothing is proven."""

import sys

from joined import is_joined, verify_joined
from links import alone, join
from machine import Machine
from proof import FULL, Profile, Refused, demand
from run import verify_run

SMALL = Profile([(15, 1, 5), (11, 2, 4), (7, 3, 3)], 3, 2, 6, 1)
TREE = Profile([(19, 1, 5), (14, 2, 4), (9, 3, 3)], 7, 2, 1, 1)
PROFILES = {"small": SMALL, "tree": TREE, "full": FULL}


def verify(machine, profile, program, join_id, data):
    """What a file is about, "run" or "runs", and the output; or Refused."""
    if not is_joined(data):
        return "run", verify_run(machine, profile, program, data)
    demand(join_id is not None, "PROOF_VERSION", "a joined proof, and no --join")
    return verify_joined(machine, profile, program, join_id, data)


def program_id(argument):
    digits = argument[2:] if argument.startswith("0x") else argument
    if len(digits) == 64:
        return bytes.fromhex(digits)
    with open(argument, "rb") as f:
        return f.read()


def main(arguments):
    profile, join_id = FULL, None
    if arguments[:1] in (["--small"], ["--tree"]):
        profile = PROFILES[arguments.pop(0)[2:]]
    if arguments[:1] == ["--join"]:
        join_id = program_id(arguments[1])
        arguments = arguments[2:]
    if len(arguments) < 3:
        sys.exit(__doc__)
    machine = Machine(arguments[0])
    program = program_id(arguments[1])
    together = None
    for path in arguments[2:]:
        with open(path, "rb") as f:
            data = f.read()
        try:
            about, output = verify(machine, profile, program, join_id, data)
            if len(arguments) > 3:
                together = join(together, output) if together is not None else output
                alone(together)
        except Refused as refused:
            print("%s: %s" % (path, refused))
            return 1
        print("%s: proven, %s, with %d bytes of output" % (path, about, len(output)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
