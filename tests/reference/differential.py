#!/usr/bin/env python3
"""Holds the verdicts of both verifiers against each other: files that are changed at random must be refused
by both, and for the same reason; and proofs of a prover that lies in one place and goes on as if it were
right; the same of joined proofs; and what becomes of outputs that are linked.

    differential.py FOLDER-OF-TOOLS FOLDER-OF-PROOFS SEED COUNT

The first has machine.json and verdict, the second what `oracle prove` and, in its folder `joined`, `oracle join`
wrote. Prints TAP."""

import glob
import random
import sys

import proof as proof_module
import run as run_module
import links
from changes import CHANGES, JOINED_CHANGES, JoinedPieces, Oracle, Pieces, bytes_of
from machine import Machine
from proof import Refused
from verify import SMALL, TREE, verify


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


def read(path):
    with open(path, "rb") as f:
        return f.read()


class Both:
    """Both verifiers."""

    def __init__(self, machine, name, profile, tools, *ids):
        self.machine = machine
        self.profile = profile
        self.ids = [read(path) for path in ids] + [None]
        self.oracle = Oracle(tools, name, *ids)

    def verdicts(self, data):
        there = self.oracle.verdict(data)
        try:
            verify(self.machine, self.profile, self.ids[0], self.ids[1], data)
            return "OK", there, ""
        except Refused as refused:
            return refused.status, there, str(refused)

    def accept(self, report_case, name, data):
        here, there, why = self.verdicts(data)
        faults = [] if here == there == "OK" else ["here %s (%s), in C %s" % (here, why, there)]
        report_case(faults, {there: 1}, "proof is accepted by both: " + name)

    def refuse(self, report_case, what, changed):
        """`changed` gives names and files."""
        tally, faults = {}, []
        for name, data in changed:
            here, there, why = self.verdicts(data)
            tally[there] = tally.get(there, 0) + 1
            if here != there or here == "OK":
                faults.append("%s: here %s (%s), in C %s" % (name, here, why, there))
        report_case(faults, tally, what)


def changes_of(rng, pieces_of, changes, files, names, count):
    for _ in range(count):
        name = rng.choice(names)
        pieces = pieces_of(files[name])
        what = rng.choice(changes)(rng, pieces)
        words, what = what if isinstance(what, tuple) else (pieces.words(), what)
        data = bytes_of(words)
        if data != files[name]:
            yield "%s, %s" % (name, what), data


def draw_output(rng):
    """Of a format that is linked, most often; now and then one that does not hold alone."""
    tag = rng.choice(list(links.FORMATS))
    words = [tag.ljust(32, b"\0")]
    for op in links.FORMATS[tag][1:]:
        small = rng.randrange(3)
        value = {
            links.LAST: int.from_bytes(words[-1], "big") + rng.choice([0, 0, 1, 2, 255]),
            links.FIRST: rng.choice([1, 5, 2**64 - 2, 2**64 - 1]),
            links.SUM: rng.choice([0, 7, 2**63, 2**64 - 1]),
            links.LATER: rng.choice([0, 7, 2**64 - 1]),
            links.HELD: rng.choice([0, 1, 1, 1]),
            links.EACH: rng.choice([0, 0, 1, 2]),
        }.get(op, small)
        if rng.random() < 0.02:
            value = rng.choice([2, 2**64, 2**255, 3])
        words.append(value.to_bytes(32, "big"))
    return words


def follow(rng, a, b):
    """Makes b follow a in most words."""
    ops = links.FORMATS[a[0].rstrip(b"\0")]
    if b[0] != a[0]:
        return
    for i, op in enumerate(ops):
        if rng.random() < 0.03:
            continue
        if op == links.SAME:
            b[i] = a[i]
        elif op == links.BEFORE:
            b[i] = a[i + 1]
        elif op == links.FIRST:
            count = int.from_bytes(b[i + 1], "big") - int.from_bytes(b[i], "big")
            first = int.from_bytes(a[i + 1], "big") + 1
            b[i], b[i + 1] = (x.to_bytes(32, "big") for x in (first, first + max(0, count)))


def linked(oracle, rng, report_case, count):
    tally, faults = {}, []
    for _ in range(count):
        a, b = draw_output(rng), draw_output(rng)
        follow(rng, a, b)
        a, b = b"".join(a), b"".join(b)
        if rng.random() < 0.05:
            a = rng.choice([a[:-32], a + bytes(32), a[:-1], b"", bytes(32)])
        try:
            here = links.join(a, b).hex()
        except Refused as refused:
            here = refused.status
        for output in (a, b):
            oracle.process.stdin.write(len(output).to_bytes(4, "little") + output)
        there = oracle.answer()
        kind = there if there.startswith("LINK") else "joined"
        tally[kind] = tally.get(kind, 0) + 1
        if here != there:
            faults.append("%s and %s: here %s, in C %s" % (a.hex(), b.hex(), here, there))
    if len(tally) < 3:
        faults.append("not every case was there")
    report_case(faults, tally, "pairs of outputs are linked alike")


def main(tools, proofs, seed, count):
    run_module.verify_proof = remembered(proof_module.verify_proof)
    machine = Machine(tools + "/machine.json")
    rng = random.Random(seed)
    cases = []

    def report_case(faults, tally, what):
        cases.append(not faults)
        report(len(cases), faults, tally, what)

    names = ["both", "split"]
    files = {name: read("%s/%s.proof" % (proofs, name)) for name in names}
    of_parts = Both(machine, "small", SMALL, tools, proofs + "/id")
    for name in names:
        of_parts.accept(report_case, name, files[name])
    of_parts.refuse(
        report_case,
        "proofs that lie in one place get the same verdict from both",
        ((path, read(path)) for path in sorted(glob.glob(proofs + "/lie*.proof"))),
    )
    of_parts.refuse(
        report_case,
        "changed files are refused by both alike",
        changes_of(
            rng, lambda data: Pieces(machine, SMALL, data), CHANGES, files, names + ["both"], count
        ),
    )

    names = ["run", "runs"]
    folder = proofs + "/joined/"
    files = {name: read("%s%s.proof" % (folder, name)) for name in names}
    joined = Both(machine, "tree", TREE, tools, folder + "id", folder + "join")
    for name in names:
        joined.accept(report_case, name, files[name])
    joined.refuse(
        report_case,
        "changed joined files are refused by both alike",
        changes_of(
            rng, lambda data: JoinedPieces(machine, TREE, data), JOINED_CHANGES, files, names, -(-count // 2)
        ),
    )
    linked(Oracle(tools, "tree", "links"), rng, report_case, 40 * count)
    print("1..%d" % len(cases))
    return int(not all(cases))


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
