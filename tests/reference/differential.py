#!/usr/bin/env python3
"""Holds the verdicts of both verifiers against each other: files that are changed at random must be refused by both, and for
the same reason; and what a prover says of tables in which a cell is wrong.

    differential.py FOLDER-OF-TOOLS FOLDER-OF-PROOFS SEED COUNT

The first has machine.json and oracle, the second what `oracle prove` wrote. Prints TAP."""

import glob
import random
import subprocess
import sys

import proof as proof_module
import run as run_module
from machine import Machine
from proof import P, Refused, Shape
from run import BOTH, opened, verify_run
from verify import SMALL

PART_HEAD = 7


class Oracle:
    """The verifier in C."""

    def __init__(self, tools, proofs):
        self.process = subprocess.Popen([tools + "/oracle", "verify", "small", proofs + "/id"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def verdict(self, data):
        self.process.stdin.write(len(data).to_bytes(4, "little") + data)
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().strip()


def words_of(data):
    return [int.from_bytes(data[i:i + 4], "little") for i in range(0, len(data), 4)]


def bytes_of(words):
    return b"".join((word % 2**32).to_bytes(4, "little") for word in words)


class Pieces:
    """A proof file in pieces that can be moved about: head, counts, output, records, heads of parts, proofs."""

    def __init__(self, machine, data):
        run = run_module.read_file(machine, SMALL, data)
        words = words_of(data)
        self.chips = len(machine.chips)
        self.machine = machine
        at = 4 + self.chips + 2 * (8 << SMALL.log2_cap)
        self.head = words[:at]
        self.counts = words[at:at + 4]
        at += 4
        output = -(-len(run.output) // 4)
        self.output = words[at:at + output]
        at += output
        self.records = []
        for _ in run.records:
            self.records.append(words[at:at + 11])
            at += 11
        self.heads, self.proofs = [], []
        for part in run.parts:
            size = PART_HEAD + self.chips
            self.heads.append(words[at:at + size])
            self.proofs.append(words[at + size:at + size + len(part.words)])
            at += size + len(part.words)
        assert at == len(words)

    def words(self):
        words = self.head + self.counts + self.output
        for record in self.records:
            words = words + record
        for head, proof in zip(self.heads, self.proofs):
            words = words + head + proof
        return words

    def fit(self, part):
        """Makes the proof as long as its head asks for."""
        try:
            size = Shape(self.machine, SMALL, self.heads[part][PART_HEAD:], opened(self.heads[part][0])).words
        except Refused:
            return
        proof = self.proofs[part]
        self.proofs[part] = (proof + proof)[:size] if size <= 2 * len(proof) else proof + [0] * (size - len(proof))


def other_word(rng, word, element):
    """Of a proof most often another element: what is none is refused before anything is computed."""
    if element and rng.random() < 0.9:
        return rng.choice([(word + 1) % P, (word - 1) % P, 0, rng.randrange(P)])
    return rng.choice([word ^ 1 << rng.randrange(32), word + 1, word - 1, word + P, 0, 1, P, P - 1, 2**31, 2**32 - 1,
                       rng.randrange(P), rng.randrange(2**32)]) % 2**32


def change_a_word(rng, pieces):
    """Of the head and the heads of parts as often as of the proofs."""
    place = rng.choice(["head", "counts", "output", "record", "part"] + 5 * ["proof"] + 2 * ["start of proof"])
    i = rng.randrange(len(pieces.proofs))
    words = {"head": pieces.head, "counts": pieces.counts, "output": pieces.output, "record": pieces.records[i],
             "part": pieces.heads[i]}.get(place, pieces.proofs[i])
    at = rng.randrange(len(words) if place != "start of proof" else 4000)
    words[at] = other_word(rng, words[at], words is pieces.proofs[i])
    return "word %d of %s %d" % (at, place, i)


def exchange_words(rng, pieces):
    i = rng.randrange(len(pieces.proofs))
    words = pieces.proofs[i]
    size = rng.choice([1, 5, 8, 10, 16])
    a, b = (rng.randrange(len(words) // size - 1) * size for _ in range(2))
    words[a:a + size], words[b:b + size] = words[b:b + size], words[a:a + size]
    return "%d words exchanged in proof %d, at %d and %d" % (size, i, a, b)


def exchange_parts(rng, pieces):
    i, j = (rng.randrange(len(pieces.proofs)) for _ in range(2))
    what = rng.choice(["records", "heads", "proofs", "heads and proofs", "all"])
    lists = {"records": [pieces.records], "heads": [pieces.heads], "proofs": [pieces.proofs],
             "heads and proofs": [pieces.heads, pieces.proofs]}.get(what, [pieces.records, pieces.heads, pieces.proofs])
    for entries in lists:
        entries[i], entries[j] = entries[j], entries[i]
    return "%s %d and %d exchanged" % (what, i, j)


def drop_or_double(rng, pieces):
    """With N or K as if it were right, or not."""
    i = rng.randrange(len(pieces.proofs))
    lists = [pieces.records, pieces.heads, pieces.proofs]
    counted = 1 if pieces.heads[i][0] == 2 else 0
    if rng.random() < 0.5:
        for entries in lists:
            del entries[i]
        change, what = -1, "dropped"
    else:
        for entries in lists:
            entries.insert(i, list(entries[i]))
        change, what = 1, "doubled"
    if rng.random() < 0.7:
        pieces.counts[counted] += change
    return "part %d %s" % (i, what)


def change_rows(rng, pieces):
    """A table of other rows, in the part, perhaps in its record and the key too; the proof as long as that needs."""
    i = rng.randrange(len(pieces.proofs))
    chip = rng.randrange(pieces.chips)
    old = pieces.heads[i][PART_HEAD + chip]
    rows = rng.choice([0, 1, 63, 64, 65, 2 * old, old // 2, old + 1, old + 2, old + 64, old - 1, 2**16, 2**17, 2**23, 2**23 + 1,
                       2**31, 2**32 - 1, P, P + old]) % 2**32
    pieces.heads[i][PART_HEAD + chip] = rows
    name = pieces.machine.chips[chip].name
    if rng.random() < 0.7 and name in ("memory", "ledger"):
        pieces.records[i][1 if name == "memory" else 2] = rows
    if rng.random() < 0.2:
        pieces.head[4 + chip] = rows
    pieces.fit(i)
    return "%s of part %d with %d rows, not %d" % (name, i, rows, old)


def change_kind(rng, pieces):
    i = rng.randrange(len(pieces.proofs))
    kind = rng.choice([0, 1, 2, 3, 4, 2**31])
    pieces.heads[i][0] = kind
    if rng.random() < 0.7:
        pieces.records[i][0] = kind
    pieces.fit(i)
    return "part %d of kind %d" % (i, kind)


def cut_or_go_on(rng, pieces):
    words = pieces.words()
    if rng.random() < 0.5:
        size = rng.choice([0, 1, 2, 3, len(words) - 1, rng.randrange(len(words))])
        return words[:size], "cut after %d words" % size
    more = rng.choice([1, 7, 100])
    return words + [0] * more, "%d words more" % more


CHANGES = [change_a_word] * 8 + [exchange_words, exchange_parts, drop_or_double, change_rows, change_rows, change_kind,
                                 cut_or_go_on]


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
    oracle = Oracle(tools, proofs)

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
        print("%sok %d - %s.proof is accepted by both%s" % ("" if (here, there) == ("OK", "OK") else "not ", case, name,
                                                            "" if here == "OK" else " # " + why))
    tally = {}
    faults = []
    for path in sorted(glob.glob(proofs + "/lie*.proof")):
        with open(path, "rb") as f:
            data = f.read()
        here, why = verdict(data)
        there = oracle.verdict(data)
        tally[there] = tally.get(there, 0) + 1
        if here != there:
            faults.append("%s: here %s (%s), in C %s" % (path, here, why, there))
    case += 1
    faults += [] if set(tally) - {"OK"} or not tally else ["no lie was refused"]
    failed |= bool(faults)
    report(case, faults, tally, "proofs of tables in which a cell is wrong get the same verdict from both")

    tally = {}
    faults = []
    rng = random.Random(seed)
    for i in range(count):
        name = "both" if rng.random() < 0.6 else "split"
        pieces = Pieces(machine, files[name])
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
