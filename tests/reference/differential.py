#!/usr/bin/env python3
"""Holds the verdicts of both verifiers against each other: files that are changed at random must be refused
by both, and for the same reason; and proofs of a prover that lies in one place and goes on as if it were
right.

    differential.py FOLDER-OF-TOOLS FOLDER-OF-PROOFS SEED COUNT

The first has machine.json and verdict, the second what `oracle prove` wrote. Prints TAP."""

import glob
import random
import sys

import proof as proof_module
import run as run_module
from changes import CHANGES, Oracle, Pieces, bytes_of
from machine import Machine
from proof import Refused
from run import verify_run
from verify import SMALL


def remembered(function):
    """What was found about a proof in the same place is not found again: parts beside the changed one."""
    memory = {}

    def call(machine, profile, key, claim, words):
        identity = repr((key.rows, key.roots, claim, words))
        if identity not in memory:
            try:
                memory[identity] = function(machine, profile, key, claim, words), None
            except Refused as refused:
                memory[identity] = None, refused
        outcome, refused = memory[identity]
        if refused is not None:
            raise refused
        return outcome

    return call


def report(case, faults, tally, what):
    verdicts = ", ".join("%d %s" % (n, s) for s, n in sorted(tally.items()))
    print("%sok %d - %d %s (%s)" % ("not " if faults else "", case, sum(tally.values()), what, verdicts))
    for fault in faults:
        print("# " + fault)


def main(tools, proofs, seed, count):
    run_module.verify_proof = remembered(proof_module.verify_proof)
    machine = Machine(tools + "/machine.json")
    with open(proofs + "/id", "rb") as f:
        program = f.read()
    files = {}
    for name in ("both", "split"):
        with open("%s/%s.proof" % (proofs, name), "rb") as f:
            files[name] = f.read()
    oracle = Oracle(tools, "small", proofs + "/id")

    def verdict(data):
        try:
            verify_run(machine, SMALL, program, data)
            return "OK", ""
        except Refused as refused:
            return refused.status, str(refused)

    case = 0
    failed = False
    for name, data in files.items():
        case += 1
        here, why = verdict(data)
        there = oracle.verdict(data)
        failed |= (here, there) != ("OK", "OK")
        print(
            "%sok %d - %s.proof is accepted by both%s"
            % (
                "" if (here, there) == ("OK", "OK") else "not ",
                case,
                name,
                "" if here == "OK" else " # " + why,
            )
        )
    tally = {}
    faults = []
    for path in sorted(glob.glob(proofs + "/lie*.proof")):
        with open(path, "rb") as f:
            data = f.read()
        here, why = verdict(data)
        there = oracle.verdict(data)
        tally[there] = tally.get(there, 0) + 1
        if here != there or here == "OK":
            faults.append("%s: here %s (%s), in C %s" % (path, here, why, there))
    case += 1
    failed |= bool(faults)
    report(case, faults, tally, "proofs that lie in one place get the same verdict from both")

    tally = {}
    faults = []
    rng = random.Random(seed)
    for i in range(count):
        name = "both" if rng.random() < 0.6 else "split"
        pieces = Pieces(machine, SMALL, files[name])
        change = rng.choice(CHANGES)
        what = change(rng, pieces)
        if isinstance(what, tuple):
            words, what = what
        else:
            words = pieces.words()
        data = bytes_of(words)
        if data == files[name]:
            continue
        here, why = verdict(data)
        there = oracle.verdict(data)
        tally[there] = tally.get(there, 0) + 1
        if here != there or here == "OK":
            faults.append("%s, %s: here %s (%s), in C %s" % (name, what, here, why, there))
    case += 1
    failed |= bool(faults)
    report(case, faults, tally, "changed files are refused by both alike")
    print("1..%d" % case)
    return int(failed)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
