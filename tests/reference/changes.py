"""Proof files taken to pieces and changed at random, and the verifier in C, which is asked what it says of
them."""

import subprocess

from proof import P, Refused, Shape
from run import BOTH, opened, read_file

PART_HEAD = 7


class Oracle:
    """The verifier in C."""

    def __init__(self, tools, parameters, *ids):
        self.process = subprocess.Popen(
            [tools + "/verdict", parameters, *ids], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def answer(self):
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().strip()

    def verdict(self, data):
        self.process.stdin.write(len(data).to_bytes(4, "little") + data)
        return self.answer()


def words_of(data):
    return [int.from_bytes(data[i : i + 4], "little") for i in range(0, len(data), 4)]


def bytes_of(words):
    return b"".join((word % 2**32).to_bytes(4, "little") for word in words)


class Pieces:
    """A proof file in pieces that can be moved about: head, counts, output, records, heads of parts,
    proofs."""

    def __init__(self, machine, profile, data):
        run = read_file(machine, profile, data)
        self.profile = profile
        words = words_of(data)
        self.chips = len(machine.chips)
        self.machine = machine
        at = 4 + self.chips + 2 * (8 << profile.log2_cap)
        self.head = words[:at]
        self.counts = words[at : at + 4]
        at += 4
        output = -(-len(run.output) // 4)
        self.output = words[at : at + output]
        at += output
        self.records = []
        for _ in run.records:
            self.records.append(words[at : at + 11])
            at += 11
        self.heads, self.proofs = [], []
        for part in run.parts:
            at += at % 2
            self.heads.append(words[at : at + PART_HEAD + self.chips])
            at += PART_HEAD + self.chips
            at += at % 2
            self.proofs.append(words[at : at + len(part.words)])
            at += len(part.words)
        assert at == len(words)

    def words(self):
        words = self.head + self.counts + self.output
        for record in self.records:
            words = words + record
        for head, proof in zip(self.heads, self.proofs):
            words = words + [0] * (len(words) % 2) + head
            words = words + [0] * (len(words) % 2) + proof
        return words

    def fit(self, part):
        """Makes the proof as long as its head asks for."""
        try:
            size = Shape(
                self.machine, self.profile, self.heads[part][PART_HEAD:], opened(self.heads[part][0])
            ).words
        except Refused:
            return
        proof = self.proofs[part]
        self.proofs[part] = (
            (proof + proof)[:size] if size <= 2 * len(proof) else proof + [0] * (size - len(proof))
        )


class JoinedPieces:
    """The same of a joined proof: head and statement, output with its size, key, numbers of the run, proof."""

    def __init__(self, machine, profile, data):
        words = words_of(data)
        self.machine = machine
        self.profile = profile
        self.chips = len(machine.chips)
        at = 0

        def take(count):
            nonlocal at
            at += count
            return words[at - count : at]

        self.head = take(3 + 32)
        self.output = take(1 + -(-words[at] // 4))
        self.key = take(1 + self.chips + 2 * (8 << profile.log2_cap))
        self.run = take(2 + self.chips + 1)
        at += at % 2
        self.proof = words[at:]
        assert self.words() == words

    def words(self):
        words = self.head + self.output + self.key + self.run
        return words + [0] * (len(words) % 2) + self.proof


def other_word(rng, word, element):
    """Of a proof most often another element: what is none is refused before anything is computed."""
    if element and rng.random() < 0.9:
        return rng.choice([(word + 1) % P, (word - 1) % P, 0, rng.randrange(P)])
    return (
        rng.choice(
            [
                word ^ 1 << rng.randrange(32),
                word + 1,
                word - 1,
                word + P,
                0,
                1,
                P,
                P - 1,
                2**31,
                2**32 - 1,
                rng.randrange(P),
                rng.randrange(2**32),
            ]
        )
        % 2**32
    )


def change_a_word(rng, pieces):
    """Of the head and the heads of parts as often as of the proofs."""
    place = rng.choice(
        ["head", "counts", "output", "record", "part"] + 5 * ["proof"] + 2 * ["start of proof"]
    )
    i = rng.randrange(len(pieces.proofs))
    words = {
        "head": pieces.head,
        "counts": pieces.counts,
        "output": pieces.output,
        "record": pieces.records[i],
        "part": pieces.heads[i],
    }.get(place, pieces.proofs[i])
    at = rng.randrange(len(words) if place != "start of proof" else 4000)
    words[at] = other_word(rng, words[at], words is pieces.proofs[i])
    return "word %d of %s %d" % (at, place, i)


def exchange_words(rng, pieces):
    i = rng.randrange(len(pieces.proofs))
    words = pieces.proofs[i]
    size = rng.choice([1, 5, 8, 10, 16])
    a, b = (rng.randrange(len(words) // size - 1) * size for _ in range(2))
    words[a : a + size], words[b : b + size] = words[b : b + size], words[a : a + size]
    return "%d words exchanged in proof %d, at %d and %d" % (size, i, a, b)


def exchange_parts(rng, pieces):
    i, j = (rng.randrange(len(pieces.proofs)) for _ in range(2))
    what = rng.choice(["records", "heads", "proofs", "heads and proofs", "all"])
    lists = {
        "records": [pieces.records],
        "heads": [pieces.heads],
        "proofs": [pieces.proofs],
        "heads and proofs": [pieces.heads, pieces.proofs],
    }.get(what, [pieces.records, pieces.heads, pieces.proofs])
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
    """A table of other rows, in the part, perhaps in its record and the key too; the proof as long as that
    needs."""
    i = rng.randrange(len(pieces.proofs))
    chip = rng.randrange(pieces.chips)
    old = pieces.heads[i][PART_HEAD + chip]
    rows = (
        rng.choice(
            [
                0,
                1,
                63,
                64,
                65,
                2 * old,
                old // 2,
                old + 1,
                old + 2,
                old + 64,
                old - 1,
                2**16,
                2**17,
                2**23,
                2**23 + 1,
                2**31,
                2**32 - 1,
                P,
                P + old,
            ]
        )
        % 2**32
    )
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


def many_parts(rng, pieces):
    """Records of as many parts as there may be, without the parts."""
    segments, ledgers = (rng.choice([1, 100, 5000, 65535]) for _ in range(2))
    pieces.counts[:2] = segments, ledgers
    words = pieces.head + pieces.counts + pieces.output
    for kind, count in ((1, segments), (2, ledgers)):
        words = words + [kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] * count
    return words + pieces.heads[0] + pieces.proofs[0], "%d segments, %d ledger parts" % (segments, ledgers)


def change_a_joined_word(rng, pieces):
    place = rng.choice(["head"] * 3 + ["output", "key", "run", "run"] + ["proof"] * 3)
    words = getattr(pieces, place)
    at = rng.randrange(4 if place == "key" and rng.random() < 0.5 else len(words))
    words[at] = other_word(rng, words[at], place == "proof")
    return "word %d of %s" % (at, place)


def change_the_tag(rng, pieces):
    tag = rng.choice(["span", "run", "runs", "join"]).encode()
    pieces.head[3:11] = words_of((b"ASHLAR/" + tag + b"/1").ljust(32, b"\0"))
    return "statement of " + tag.decode()


def change_joined_rows(rng, pieces):
    """The proof as long as that needs."""
    chip = rng.randrange(pieces.chips)
    old = pieces.run[2 + chip]
    rows = rng.choice([0, 64, 2 * old, old // 2, old + 1, old + 64, 2**23, 2**23 + 1, 2**32 - 1]) % 2**32
    pieces.run[2 + chip] = rows
    if rng.random() < 0.2:
        pieces.key[1 + chip] = rows
    try:
        size = Shape(pieces.machine, pieces.profile, pieces.run[2:-1], opened(BOTH)).words
        pieces.proof = (pieces.proof + [0] * max(0, size - len(pieces.proof)))[:size]
    except Refused:
        pass
    return "%s with %d rows, not %d" % (pieces.machine.chips[chip].name, rows, old)


def change_the_length_of_the_output(rng, pieces):
    size = rng.choice([0, 1, 31, 32, pieces.output[0] - 1, pieces.output[0] + 1, 2**20, 2**20 + 1, 2**32 - 1])
    words = -(-size // 4)
    if words < 2**19:
        pieces.output = [size] + (pieces.output[1:] + [0] * words)[:words]
    pieces.output[0] = size
    return "an output of %d bytes" % size


JOINED_CHANGES = [change_a_joined_word] * 6 + [
    change_the_tag,
    change_joined_rows,
    change_the_length_of_the_output,
    cut_or_go_on,
]

CHANGES = [change_a_word] * 8 + [
    exchange_words,
    exchange_parts,
    drop_or_double,
    change_rows,
    change_rows,
    change_kind,
    cut_or_go_on,
    many_parts,
]
