#!/usr/bin/env python3
"""Throws changed proof files at the verifier in C, which must refuse each and stand: best one that is built
with sanitizers.

    hostile.py FOLDER-OF-TOOLS small|tree|full ID [JOIN] PROOF SEED COUNT STRIDE

JOIN is the id of the program that joins, where the proof is a joined one. COUNT changes at random; and every
STRIDEth word of the file changed by itself, all with STRIDE 1. Prints TAP.
"""

import random
import sys

from changes import CHANGES, JOINED_CHANGES, JoinedPieces, Oracle, Pieces, bytes_of, words_of
from field import P
from joined import is_joined
from machine import Machine
from verify import PROFILES


def main(tools, parameters, ids, path, seed, count, stride):
    machine = Machine(tools + "/machine.json")
    with open(path, "rb") as f:
        data = f.read()
    oracle = Oracle(tools, parameters, *ids)
    rng = random.Random(seed)
    failed = False
    case = 0

    def report(fault, what):
        nonlocal case, failed
        case += 1
        failed |= fault is not None
        print(
            "%sok %d - %s%s"
            % ("" if fault is None else "not ", case, what, "" if fault is None else " # " + fault)
        )

    def ask(words, what):
        """A fault, or None."""
        try:
            verdict = oracle.verdict(bytes_of(words))
        except BrokenPipeError:
            verdict = ""
        if verdict == "":
            return "the verifier fell at: " + what
        return "accepted: " + what if verdict == "OK" else None

    report(None if oracle.verdict(data) == "OK" else "refused", "the file as it is is accepted")

    fault = None
    words = words_of(data)
    for at in range(seed % stride, len(words), stride):
        kept = words[at]
        words[at] = rng.choice(
            [kept ^ 1 << rng.randrange(32), (kept + 1) % 2**32, (kept + P) % 2**32, rng.randrange(P)]
        )
        if words[at] != kept:
            fault = ask(words, "word %d, %d instead of %d" % (at, words[at], kept))
        words[at] = kept
        if fault is not None:
            break
    report(fault, "every %s word changed" % ("" if stride == 1 else "%dth" % stride))

    fault = None
    pieces_of, changes = (JoinedPieces, JOINED_CHANGES) if is_joined(data) else (Pieces, CHANGES)
    for _ in range(count):
        pieces = pieces_of(machine, PROFILES[parameters], data)
        what = rng.choice(changes)(rng, pieces)
        changed = pieces.words()
        if isinstance(what, tuple):
            changed, what = what
        if changed != words:
            fault = ask(changed, what)
        if fault is not None:
            break
    report(fault, "%d changes at random" % count)
    print("1..%d" % case)
    return int(failed)


if __name__ == "__main__":
    if len(sys.argv) not in (8, 9):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:3], sys.argv[3:-4], sys.argv[-4], *(int(x) for x in sys.argv[-3:])))
