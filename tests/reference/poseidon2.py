"""Poseidon2 over KoalaBear, width 24 (eprint 2023/323), the sponge over it, and the transcript
(docs/protocol.md, section 1). Elements are integers below P, not Montgomery words. The constants are made as
the paper says."""

from field import P, to_word

WIDTH, RATE, DIGEST = 24, 16, 8
FULL, PARTIAL = 8, 23
LEAF, NODE, TRANSCRIPT, CHAIN, ID, CAP = 1, 2, 4, 5, 6, 7


def _grain():
    """The Grain LFSR of the Poseidon paper (eprint 2019/458, appendix E)."""
    state = []
    for value, bits in ((1, 2), (0, 4), (31, 12), (WIDTH, 12), (FULL, 10), (PARTIAL, 10)):
        state += [int(b) for b in format(value, "0%db" % bits)]
    state += [1] * 30

    def step():
        bit = state[62] ^ state[51] ^ state[38] ^ state[23] ^ state[13] ^ state[0]
        state.append(bit)
        del state[0]
        return bit

    for _ in range(160):
        step()

    def element():
        while True:
            x, n = 0, 0
            while n < 31:
                if step():
                    x, n = 2 * x + step(), n + 1
                else:
                    step()
            if x < P:
                return x

    return element


def _constants():
    element = _grain()
    first = [[element() for _ in range(WIDTH)] for _ in range(FULL // 2)]
    partial = [element() for _ in range(PARTIAL)]
    last = [[element() for _ in range(WIDTH)] for _ in range(FULL // 2)]
    return first, partial, last


FIRST, MIDDLE, LAST = _constants()


def _two(k):
    return pow(2, -k, P)


# V of the internal layer, an instance's own choice.
DIAGONAL = [
    -2,
    1,
    2,
    _two(1),
    3,
    4,
    -_two(1),
    -3,
    -4,
    _two(8),
    _two(2),
    _two(3),
    _two(4),
    _two(5),
    _two(6),
    _two(24),
    -_two(8),
    -_two(3),
    -_two(4),
    -_two(5),
    -_two(6),
    -_two(7),
    -_two(9),
    -_two(24),
]


def _external(s):
    """Blocks of four times the circulant of (2, 3, 1, 1); then to each the sum of those at its place."""
    out = []
    for i in range(0, WIDTH, 4):
        a, b, c, d = s[i : i + 4]
        t = a + b + c + d
        out += [t + a + 2 * b, t + b + 2 * c, t + c + 2 * d, t + d + 2 * a]
    sums = [sum(out[j::4]) for j in range(4)]
    return [(x + sums[i & 3]) % P for i, x in enumerate(out)]


def _cube(x):
    return x * x % P * x % P


def permute(s):
    s = _external(s)
    for constants in FIRST:
        s = _external([_cube(x + c) for x, c in zip(s, constants)])
    for constant in MIDDLE:
        s[0] = _cube(s[0] + constant)
        t = sum(s)
        s = [(t + d * x) % P for d, x in zip(DIAGONAL, s)]
    for constants in LAST:
        s = _external([_cube(x + c) for x, c in zip(s, constants)])
    return s


def hash_elements(role, elements, length=None):
    """`length` stands in the capacity: that of the elements, or 0 where the protocol says that it is not
    known."""
    state = [0] * RATE + [role, len(elements) if length is None else length] + [0] * 6
    for at in range(0, max(1, len(elements)), RATE):
        block = list(elements[at : at + RATE])
        if len(block) < RATE:
            block = block + [1] + [0] * (RATE - 1 - len(block))
        state = permute(block + state[RATE:])
    return state[:DIGEST]


def compress(left, right):
    return permute(left + right + [NODE] + [0] * 7)[:DIGEST]


class Transcript:
    def __init__(self):
        self.state = [0] * RATE + [TRANSCRIPT] + [0] * 7
        self.pending = []
        self.next = RATE  # in the rate, of what may be squeezed

    def absorb(self, elements):
        self.pending += elements

    def absorb_all(self, elements_of_f):
        for x in elements_of_f:
            self.pending += x

    def squeeze(self):
        if self.pending:
            for at in range(0, len(self.pending), RATE):
                block = self.pending[at : at + RATE]
                if len(block) < RATE:
                    block = block + [1] + [0] * (RATE - 1 - len(block))
                self.state = permute(block + self.state[RATE:])
            self.pending = []
            self.next = 0
        elif self.next == RATE:
            self.state = permute(self.state)
            self.next = 0
        self.next += 1
        return self.state[self.next - 1]

    def challenge(self):
        return tuple(self.squeeze() for _ in range(5))

    def bits(self, count):
        return to_word(self.squeeze()) & ((1 << count) - 1)

    def nonce(self, nonce, bits):
        self.absorb([nonce])
        return self.bits(bits) == 0
