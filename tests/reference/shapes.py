#!/usr/bin/env python3
"""Draws the rows of tables at random, up to the limits and beyond, and holds the lengths of the proofs that
follow, or that there is none, against what the verifier in C makes of them: where all columns stand, how many
slots there are, counting.

    shapes.py FOLDER-OF-TOOLS SEED COUNT

Prints TAP."""

import random
import subprocess
import sys

from machine import Machine
from proof import FULL, LOG2_ROWS_MAX, Refused, Shape, grain
from run import KIND_NAMES, opened
from verify import SMALL


def draw(rng, machine, kind):
    """Of chips that are there in this kind; now and then one whose rows are not allowed, or that is not
    there."""
    most = rng.randrange(1, LOG2_ROWS_MAX + 1)
    strict = rng.random() < 0.7
    rows = []
    for chip in machine.chips:
        presence = chip.presence[KIND_NAMES[kind]]
        n = rng.randrange(1, 2 ** rng.randrange(1, most + 1) + 1)
        n = -(-n // grain(n)) * grain(n)
        n = min(n, 2**LOG2_ROWS_MAX)
        if chip.formula_rows is not None:
            n = chip.formula_rows
        if presence == "forbidden" or (presence == "optional" and rng.random() < 0.4):
            n = 0
        if not strict and rng.random() < 0.02:
            n = rng.choice([0, 1, n + 1, 2 * n, 2**LOG2_ROWS_MAX, 2**LOG2_ROWS_MAX + 1, 2**32 - 1])
        rows.append(n % 2**32)
    if rng.random() < 0.1:  # counting: as many messages as there can be
        rows = [
            2**LOG2_ROWS_MAX if n > 0 and chip.formula_rows is None and rng.random() < 0.9 else n
            for chip, n in zip(machine.chips, rows)
        ]
    return rows


def main(tools, seed, count):
    machine = Machine(tools + "/machine.json")
    rng = random.Random(seed)
    failed = False
    for case, (name, profile) in enumerate((("small", SMALL), ("full", FULL)), 1):
        process = subprocess.Popen(
            [tools + "/verdict", name, "shapes"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        fault = None
        refusals = {}
        for _ in range(count):
            kind = rng.choice(list(KIND_NAMES))
            rows = draw(rng, machine, kind)
            try:
                words = Shape(machine, profile, rows, opened(kind)).words
            except Refused as refused:
                words = 0
                why = str(refused).split(": ")[1].split(" of ")[0]
                refusals[why] = refusals.get(why, 0) + 1
            process.stdin.write(b"".join(word.to_bytes(4, "little") for word in [kind] + rows))
            process.stdin.flush()
            theirs = process.stdout.readline().strip()
            if theirs != b"%d" % words and fault is None:
                fault = "kind %d, rows %s: %d words, in C %s" % (kind, rows, words, theirs.decode())
        process.stdin.close()
        failed |= fault is not None
        refused = ", ".join("%d %s" % (n, why) for why, n in sorted(refusals.items()))
        print(
            "%sok %d - %d shapes at %s parameters are the same in both (refused: %s)"
            % ("" if fault is None else "not ", case, count, name, refused or "none")
        )
        if fault is not None:
            print("# " + fault)
    print("1..2")
    return int(failed)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
