"""Outputs of runs that follow each other (docs/protocol.md, section 12, Links)."""

from proof import demand

WORD = 32
MAX_NUMBERS = 256

SAME, BEFORE, AFTER, FIRST, LAST, SUM, LATER, HELD, EACH = range(9)

FORMATS = {
    b"ASHLAR/block/3": [SAME] * 3
    + [BEFORE, AFTER] * 2
    + [FIRST, LAST, LATER, SUM]
    + [BEFORE, AFTER]
    + [HELD],
    b"ASHLAR/batch/1": [SAME] * 4 + [FIRST, LAST] + [BEFORE, AFTER] * 4 + [EACH, SAME],
}


def words_of(output):
    return [output[i : i + WORD] for i in range(0, len(output), WORD)]


def number(word):
    return int.from_bytes(word, "big")


def operators(output):
    for tag, ops in FORMATS.items():
        if output[:WORD] == tag.ljust(WORD, b"\0") and len(output) == WORD * len(ops):
            return ops
    demand(False, "LINK_UNKNOWN", "outputs of this format are not joined")


def count(ops, words):
    """How many numbers it is about."""
    return number(words[ops.index(LAST)]) - number(words[ops.index(FIRST)]) + 1


def alone(output):
    """What must hold of one output."""
    ops, words = operators(output), words_of(output)
    for i, (op, word) in enumerate(zip(ops, words)):
        n = number(word)
        holds = {
            FIRST: n < 2**64,
            LAST: n < 2**64 and number(words[i - 1]) <= n,
            SUM: n < 2**64,
            LATER: n < 2**64,
            HELD: n <= 1,
        }.get(op, True)
        if op == EACH:
            holds = count(ops, words) <= MAX_NUMBERS and n < 1 << count(ops, words)
        demand(holds, "LINK_BROKEN", "word %d by itself" % i)
    return ops, words


def join(a, b):
    """The output of both together."""
    ops, x = alone(a)
    other, y = alone(b)
    demand(ops is other, "LINK_BROKEN", "another format")
    joined = []
    for i, op in enumerate(ops):
        word, holds = x[i], True
        if op == SAME:
            holds = x[i] == y[i]
        elif op == BEFORE:
            holds = y[i] == x[i + 1]
        elif op == FIRST:
            holds = number(y[i]) == number(x[i + 1]) + 1
        elif op == SUM:
            total = number(x[i]) + number(y[i])
            holds = total < 2**64
            word = (total % 2**64).to_bytes(WORD, "big")
        elif op == HELD:
            holds = number(y[i]) == 1
        elif op == EACH:
            holds = count(ops, x) + count(ops, y) <= MAX_NUMBERS
            word = ((number(x[i]) | number(y[i]) << count(ops, x)) % 2**256).to_bytes(WORD, "big")
        else:
            word = y[i]
        demand(holds, "LINK_BROKEN", "word %d" % i)
        joined.append(word)
    return b"".join(joined)
