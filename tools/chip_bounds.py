#!/usr/bin/env python3
"""Recomputes what comments beside the constraints say of bounds and of the only solution. Says nothing if all holds."""

import functools
import itertools
import math
import random
import re

P = 2**31 - 2**24 + 1
BASE, DIGITS = 8, 8


def check(condition, what):
    if not condition:
        raise SystemExit(f"chip_bounds: {what}")


def only(solutions, what):
    check(len(list(solutions)) == 1, what)


def calls():
    """call.h: no word of a call wraps around p; items add up to less than p."""
    text = re.sub(r"/\*.*?\*/", "", open("src/abi/calls.def").read(), flags=re.S)
    found = re.findall(r"\{([^{}]*?)(-?\d+), (-?\d+)\}", text)
    check(len(found) >= 5, "calls.def has operands")
    for access, fixed, per_item in found:
        check(abs(int(fixed)) <= 2**8 and 0 <= int(per_item) < 2**8, "a call reaches 2^8 words an item and 2^8 more")
        check("CALL_BLOCKS" not in access or 2**16 * int(per_item) <= 2**28, "blocks reach 2^28 words")
    check(2**29 + 2**20 * 2**8 + 2**8 < P, "the last word of a call")
    check(64 * 2**23 < P and 2**20 - 1 < 2**31, "items of all tables of a part")


def leaves():
    """open.h, open_weight.h: an index of a path has one way to be taken apart; no sum or number of uses wraps around p."""
    levels, rest = 13, 2**16
    check(2**4 - 2 == levels + 1, "levels + 2 has four bits")
    check(2**levels * rest <= 2**29 and 2**16 * 2**13 <= 2**29 < P, "bits and rest, and an index, are below p")
    check(2**16 + 2**16 + 4 * levels < P - 2**29, "no leaf gets over what lies between memory and p")
    check(2**20 < P and 8 * 2**23 < P, "uses of a weight, sent and received (open_weight.h)")
    check(2**29 + 2**16 * 6 + 2**16 < P and 2**29 + 4 * rest < P and 2**29 + 2**16 + 4 * levels < P, "one leaf's words")


def keccak():
    """keccak.h, keccak_rounds.h: sums of digits do not carry, and each digit has one decomposition."""
    bit = (0, 1)
    unset, even = (0, 1, 4, 5), (0, 2, 4, 6)
    check(BASE**DIGITS - 1 < P, "a limb is below p")
    chi = [2 * a + (1 - b) + c for a, b, c in itertools.product(bit, repeat=3)]
    check(sorted(set(chi)) == [0, 1, 2, 3, 4], "digits of X")
    absorbed = [2 * (s + m) for s, m in itertools.product(bit, repeat=2)]
    check(max(absorbed) <= max(chi), "digits of X that absorbs")
    sides = {
        "X + 2D": max(chi) + 2, "E + 2·OUT": max(unset) + 2, "X + 2·iota": max(chi) + 2,
        "Σ OUT + D": 5 + 1, "even + C": max(even) + 1, "C + C + iota": 3, "D + 2q": 3,
    }
    for side, most in sides.items():
        check(most < BASE, f"a digit of {side} carries")
    for v in range(BASE):
        only([(e, o) for e in unset for o in bit if e + 2 * o == v], f"{v} is E + 2·OUT in one way")
        only([(q, c) for q in even for c in bit if q + c == v], f"{v} is even + C in one way")
    for v in range(4):
        only([(d, q) for d in bit for q in bit if d + 2 * q == v], f"{v} is D + 2q in one way")
    for a, b, c, d in itertools.product(bit, repeat=4):
        check((2 * a + 1 - b + c + 2 * d) >> 1 & 1 == a ^ ((1 - b) & c) ^ d, "bit 1 is chi, then theta")
    for s, m in itertools.product(bit, repeat=2):
        check(2 * (s + m) >> 1 & 1 == s ^ m, "bit 1 is what was absorbed")


def theta():
    """For each A one C is the parity of its columns as the look-ups take it, of five lanes A ⊕ D and of D, with the D that C
    makes. Lanes of one and two bits; all of A's lanes at random, every C."""
    numbers = random.Random(1)
    for width, trials in ((1, 200), (2, 20)):
        mask = 2**width - 1
        lanes = [[[numbers.randrange(mask + 1) for _ in range(5)] for _ in range(5)] for _ in range(trials)]
        for columns in lanes:
            good = 0
            for c in itertools.product(range(mask + 1), repeat=5):
                turned = [(v << 1 | v >> (width - 1)) & mask for v in c]
                d = [c[x - 1] ^ turned[(x + 1) % 5] for x in range(5)]
                good += all(functools.reduce(int.__xor__, [a ^ d[x] for a in columns[x]], d[x]) == c[x] for x in range(5))
            check(good == 1, "theta has one solution")


def sha256():
    """sha256_rounds.h: signs and majorities are what they stand for; limbs and their carries are integers, and one way."""
    for a, b, c in itertools.product((0, 1), repeat=3):
        signs = (1 - 2 * a) * (1 - 2 * b) * (1 - 2 * c)
        check(1 - signs == 2 * (a ^ b ^ c), "a product of signs")
        check(a + b + c - (a ^ b ^ c) == 2 * (a & b | a & c | b & c), "a majority")
        check(c + a * (b - c) == (b if a else c), "a choice")
    limb, terms = 2**16 - 1, {"a": 7, "e": 6, "a word": 4}
    for name, count in terms.items():
        most = count * limb + 255  # and the carry of the lower limb
        check((most >> 16) < 256, f"the carry of {name} is a byte")
        check(most + limb + 2**16 * 255 < 2**25 < P, f"the sum of {name} modulo p")
    constants = [int(abs(math.cbrt(p)) % 1 * 2**32) for p in range(2, 312) if all(p % d for d in range(2, p))]
    text = open("src/crypto/sha256_constants.inc").read()
    check([int(x, 16) for x in re.findall("0x[0-9a-f]+", text)] == constants, "constants of the rounds")


def long_product(size, most_allowed, carry_allowed):
    """long_product.h, of numbers of `size` bytes: positions hold of integers; honest carries have 15 bits; products of edges
    have rows."""
    bits, top = 8 * size, 2 ** (8 * size)
    most = size * 255**2 * 257 + 2**16
    check(most < most_allowed, "|e|")
    carry = 0
    for _ in range(2 * size):
        carry = (most + carry) // 2**16 + 1
    check(carry <= carry_allowed < 2**14, "a carry has 15 bits")
    check(most + 2**14 + 2**16 * 2**14 < 1877e6 < P, "a position is below p")
    check(2**29 + size // 8 * 2**16 + size // 8 < P, "a block's words")
    edges = [0, 1, 2, 255, 2**16 - 1, 2**128, top // 2, top - 2, top - 1]
    edges += [int(pattern * size, 16) for pattern in ("ff00", "00ff", "fe", "01")]
    numbers = random.Random(2)
    rows = 0
    for a, b, c, m in itertools.chain(
        itertools.product(edges, edges, (0, top - 1), edges),
        ([numbers.randrange(2 ** numbers.randrange(1, bits + 1)) for _ in range(4)] for _ in range(500)),
    ):
        a, b, c, m = (x % top for x in (a, b, c, m))
        if m == 0 and size == 48:
            continue
        q, r = divmod(a * b + c, m or top)
        if q >= top:
            continue
        rows += 1
        places, t = [0] * (2 * size), 0
        of = lambda x: list(x.to_bytes(size, "little"))
        for (i, x), (j, y) in itertools.product(enumerate(of(a)), enumerate(of(b))):
            places[i + j] += x * y
        for (i, x), (j, y) in itertools.product(enumerate(of(q)), enumerate(of(m))):
            places[i + j] -= x * y
        for k in range(size):
            e = places[2 * k] + 256 * places[2 * k + 1] + t
            if k < size // 2:
                e += (c >> 16 * k) % 2**16 - (r >> 16 * k) % 2**16
            elif m == 0:
                e -= (q >> 16 * (k - size // 2)) % 2**16
            check(abs(e - t) <= most and e % 2**16 == 0, "a position of an honest row")
            t = e >> 16
            check(abs(t) < 2**14, "a carry of an honest row")
        check(t == 0, "the last position has no carry")
    check(rows > 500, "products that have rows")


def point():
    """point_sum.h: an equation modulo p of limbs is one of integers; what holds has carries that fit. point.h: what is taken
    for below p."""
    prime = 2**256 - 2**32 - 977
    digit, limb, positions = 128, 2**16 - 1, 32
    offset = 2**260 * prime
    constants = [offset >> 16 * k & limb for k in range(positions - 1)] + [offset >> 16 * (positions - 1)]
    text = open("src/vm/point_sum/point_sum.c").read()
    found = {int(k): int(v, 16) for k, v in re.findall(r"\[(\d+)\] = (0x[0-9A-F]+)", text)}
    check([found.get(k, 0) for k in range(positions)] == constants, "2^260·p in limbs")

    def product(a, b):
        """Of digits at most a and b in size, the greatest position: i + j = 2k and, 2^8 times, 2k + 1."""
        counts = [sum(1 for i in range(32) if 0 <= place - i < 32) for place in range(2 * positions)]
        return max(counts[2 * k] + 256 * counts[2 * k + 1] for k in range(positions)) * a * b

    digits = digit * 257  # two of them at a position
    sides = {
        "slope": product(digit, 255) + 2 * limb,
        "middle": product(digit, digit) + 3 * digits,
        "both": product(256, 255) + 4 * limb,
        "x": product(digit, digit) + 3 * digits,
        "y": product(digit, 255) + 2 * limb,
    }
    quotient = (977 + 1 + 1) * limb + 2**16 * 255 + max(constants)
    carry = 2**14
    for name, side in sides.items():
        check(side <= 537.2e6, "a position")
        check((side + quotient) / limb < 9500 < carry, f"carries of {name}")
        check(side + quotient + carry + 2**16 * carry < 1694e6 < P, f"{name} modulo p")
        # The whole sides, of numbers: what the quotient must reach.
    most = 128 * (2**256 - 1) // 255
    for left in ((2 * most) * (2 * most) + 4 * 2**256, most * 2 * most + 2 * 2**256, most * most + 3 * most):
        check(left // prime + 1 < 2**260 < 2**264 - left // prime - 1, "the quotient fits")
    check(255 * (1 + 2**8 + 2**16) < P // 2, "three bytes apart")

    def allowed(value):
        limbs = [value >> 16 * i & limb for i in range(16)]
        above = sum(limb - x for x in limbs[3:])
        carries = limbs[0] + 977 > limb
        return above + limb - limbs[2] != 0 and not (carries and above + limb - limbs[1] == 0 and limbs[2] == limb - 1)

    check(14 * limb < P, "distances")
    numbers = random.Random(2)
    edges = [prime + d for d in range(-70000, 2**32 + 977, 65521 * 3)] + [prime + d for d in range(-2000, 2000)]
    edges += [prime - (1 << k) + d for k in range(256) for d in (-1, 0, 1)] + [2**256 - 1 - d for d in range(2000)]
    edges += [numbers.getrandbits(256) | (2**256 - 2 ** numbers.randrange(1, 256)) for _ in range(20000)]
    for value in edges:
        check(allowed(value) == (value < prime), f"{value:x} is below p")


if __name__ == "__main__":
    calls()
    leaves()
    long_product(32, 534.9e6, 8162)
    long_product(48, 802.3e6, 12242)
    keccak()
    theta()
    sha256()
    point()
