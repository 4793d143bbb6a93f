#!/usr/bin/env python3
"""Writes the lists of products by which a guest computes on a curve (call_muladd of src/abi/calls.h).

    python3 tools/generate_field_lists.py bn254 > src/crypto/bn254_lists.h
    python3 tools/generate_field_lists.py secp256r1 > src/crypto/secp256r1_lists.h
    python3 tools/generate_field_lists.py bls12_381 > src/crypto/bls12_381_lists.h

A list is an arithmetic circuit over blocks of a frame: constants first, then operands that the caller
fills, results, and what lies between. Here a circuit is written as formulas; equal terms are computed once,
blocks of what lies between are used again once it is dead. An operand may be a result: where both need the
block, the result moves there at the end.

Sums of points: J. Renes, C. Costello, L. Batina, "Complete addition formulas for prime order elliptic
curves" (2016), algorithms 4, 6, 7 and 9, on (X : Y : Z), which hold for any two points of a group of odd
order, infinity being (0 : 1 : 0). Fp12 is Fp2[w]/(w^6 - xi), an element the coefficients of 1, w, ..., w^5.
"""

import sys

LINE = 108


class Circuit:
    """Operations r = a*b + c. A value is ("block", number), ("constant", k) or ("item", index)."""

    def __init__(self, prime):
        self.prime, self.items, self.known = prime, [], {}

    def constant(self, k):
        return ("constant", k % self.prime)

    def multiply_add(self, a, b, c):
        zero, one = self.constant(0), self.constant(1)
        if zero in (a, b):
            return c
        if c == zero and one in (a, b):
            return b if a == one else a
        key = (*sorted((a, b)), c)
        if key not in self.known:
            self.known[key] = ("item", len(self.items))
            self.items.append((a, b, c))
        return self.known[key]

    def multiply(self, a, b):
        return self.multiply_add(a, b, self.constant(0))

    def add(self, a, b):
        return self.multiply_add(a, self.constant(1), b)

    def subtract(self, a, b):
        return self.multiply_add(b, self.constant(-1), a)

    def times(self, a, k):
        return self.multiply(a, self.constant(k))

    def negate(self, a):
        return self.times(a, -1)


class Prime:
    """Elements of Fp in a circuit."""

    degree = 1

    def __init__(self, circuit):
        self.c = circuit

    def block(self, number):
        return ("block", number)

    def blocks(self, a):
        return [a]

    def constant(self, k):
        return self.c.constant(k)

    def multiply_add(self, a, b, c):
        return self.c.multiply_add(a, b, c)

    def multiply(self, a, b):
        return self.c.multiply(a, b)

    def square(self, a):
        return self.c.multiply(a, a)

    def add(self, a, b):
        return self.c.add(a, b)

    def subtract(self, a, b):
        return self.c.subtract(a, b)

    def times(self, a, k):
        return self.c.times(a, k)

    def times_add(self, a, k, b):
        return self.c.multiply_add(a, self.c.constant(k), b)


class Quadratic:
    """Elements of Fp2 = Fp[i]/(i^2 + 1)."""

    degree = 2

    def __init__(self, circuit):
        self.c = circuit

    def block(self, number):
        return ("block", number), ("block", number + 1)

    def blocks(self, a):
        return list(a)

    def constant(self, k):
        if isinstance(k, int):
            k = (k, 0)
        return self.c.constant(k[0]), self.c.constant(k[1])

    def negated(self, a):
        """-a, if that costs nothing."""
        if a[0] == "constant":
            return self.c.constant(-a[1])
        return self.c.known.get((*sorted((a, self.c.constant(-1))), self.c.constant(0)))

    def multiply_add(self, a, b, c):
        if self.negated(b[1]) is None and self.negated(a[1]) is not None:
            a, b = b, a
        minus = self.negated(b[1]) or self.c.negate(b[1])
        real = self.c.multiply_add(a[1], minus, self.c.multiply_add(a[0], b[0], c[0]))
        return real, self.c.multiply_add(a[1], b[0], self.c.multiply_add(a[0], b[1], c[1]))

    def multiply(self, a, b):
        return self.multiply_add(a, b, self.constant(0))

    def square(self, a):
        minus = self.negated(a[1]) or self.c.negate(a[1])
        real = self.c.multiply_add(a[1], minus, self.c.multiply(a[0], a[0]))
        return real, self.c.multiply(self.c.times(a[0], 2), a[1])

    def add(self, a, b):
        return tuple(self.c.add(x, y) for x, y in zip(a, b))

    def subtract(self, a, b):
        return tuple(self.c.subtract(x, y) for x, y in zip(a, b))

    def times(self, a, k):
        return tuple(self.c.times(x, k) for x in a)

    def times_add(self, a, k, b):
        return tuple(self.c.multiply_add(x, self.c.constant(k), y) for x, y in zip(a, b))

    def scale(self, a, k):
        return tuple(self.c.multiply(x, k) for x in a)

    def conjugate(self, a):
        return a[0], self.c.negate(a[1])

    def times_real_plus_i(self, a, k, c=None):
        """(k + i)*a + c"""
        c = c or self.constant(0)
        if c[0] == self.c.constant(0) and k != 1:
            real = self.c.multiply_add(a[0], self.c.constant(k), self.negated(a[1]) or self.c.negate(a[1]))
        else:
            real = self.c.subtract(self.c.multiply_add(a[0], self.c.constant(k), c[0]), a[1])
        return real, self.c.multiply_add(a[1], self.c.constant(k), self.c.add(a[0], c[1]))


class Frame:
    """Blocks by name, constants by value, and the lists over them."""

    def __init__(self, name, prime, words):
        self.name, self.prime, self.words = name, prime, words
        self.places, self.next, self.lists, self.constants = {}, 0, [], [0, 1, -1 % prime]
        self.between, self.counts, self.numbers = 0, [], []

    def reserve(self, name, count):
        self.places[name] = (self.next, count)
        self.next += count
        return self.next - count

    def at(self, name, offset=0):
        return self.places[name][0] + offset

    def circuit(self):
        return Circuit(self.prime)

    def name_constants(self, name):
        """The number of those that the lists so far need."""
        self.counts.append((name, len(self.constants)))

    def add(self, name, comment, circuit, results, repeat=1):
        """results: [(block, value)]"""
        self.lists.append((name, comment, self.place(circuit, results), repeat))

    def place(self, circuit, results):
        results = [(b, v) for b, v in results if v != ("block", b)]
        # What is needed, in the order in which it was written; a result that takes an operand's block last.
        needed, todo = set(), [v for _, v in results]
        while todo:
            kind, index = todo.pop()
            if kind == "item" and index not in needed:
                needed.add(index)
                todo += circuit.items[index]
        order = sorted(needed)
        read = {v[1] for i in order for v in circuit.items[i] if v[0] == "block"}
        used = {v[1] for i in order for v in circuit.items[i] if v[0] == "item"}
        late = [v[1] for b, v in results if b in read and v[0] == "item" and v[1] not in used]
        order = [i for i in order if i not in late] + [i for i in order if i in late]
        position = {i: at for at, i in enumerate(order)}
        end = len(order)
        last, last_read = {}, {}
        for at, i in enumerate(order):
            for kind, index in circuit.items[i]:
                if kind == "item":
                    last[index] = at
                elif kind == "block":
                    last_read[index] = at
        home, moves = {}, []
        for block, (kind, index) in results:
            if kind == "item" and index not in home and last_read.get(block, -1) <= position[index]:
                home[index] = block
            else:
                moves.append((block, (kind, index)))
                if kind == "item":
                    last[index] = end
        written = {b for b, _ in results}
        assert not any(kind == "block" and index in written for _, (kind, index) in moves)
        free, top, where, out = [], 0, {}, []
        for at, i in enumerate(order):
            numbers = [self.number(v, where) for v in circuit.items[i]]
            for kind, index in dict.fromkeys(circuit.items[i]):
                if kind == "item" and last[index] == at and index not in home:
                    free.append(where[index])
            if i in home:
                where[i] = ("result", home[i])
            elif free:
                where[i] = free.pop()
            else:
                where[i] = ("between", top)
                top += 1
            out.append((*numbers, where[i]))
        for block, value in moves:
            out.append((self.number(value, where), self.constant(1), self.constant(0), ("result", block)))
        self.between = max(self.between, top)
        return out

    def constant(self, k):
        if k not in self.constants:
            self.constants.append(k)
        return ("constant", self.constants.index(k))

    def number(self, value, where):
        kind, index = value
        if kind == "constant":
            return self.constant(index)
        return where[index] if kind == "item" else ("result", index)

    # Blocks are numbered from the operands on; constants come before them in the end.
    def final(self, place):
        kind, index = place
        if kind == "constant":
            return index
        return len(self.constants) + (index if kind == "result" else self.next + index)

    def write(self):
        upper = self.name.upper()
        print("/* Generated by tools/generate_field_lists.py; do not edit. */")
        print(f"#ifndef ASHLAR_CRYPTO_{upper}_LISTS_H\n#define ASHLAR_CRYPTO_{upper}_LISTS_H\n")
        print('#include "base/types.h"')
        print("\n/* Blocks of a frame: constants, operands and results, what lies between. */\nenum {")
        for name, count in (*self.counts, ("CONSTANTS", len(self.constants))):
            print(f"    {name} = {count},")
        for name, (at, count) in self.places.items():
            print(f"    {name} = {at + len(self.constants)}," + (f" /* {count} */" if count > 1 else ""))
        print(f"    FRAME_BLOCKS = {len(self.constants) + self.next + self.between},\n}};\n")
        print(f"static const uint64_t frame_constants[CONSTANTS][{self.words}] = {{")
        for k in self.constants:
            print("    {" + words_text(k, self.words) + "},")
        print("};")
        for name, comment, numbers in self.numbers:
            print(f"\n/* {comment} */\nstatic const uint64_t {name}[{len(numbers)}][{self.words}] = {{")
            for k in numbers:
                print("    {" + words_text(k, self.words) + "},")
            print("};")
        for name, comment, items, repeat in self.lists:
            packed = []
            for item in items:
                a, b, c, r = (self.final(p) for p in item)
                packed.append(f"0x{r:04x}{c:04x}{b:04x}{a:04x}")
            print(f"\n/* {comment} */\nenum {{ {name.upper()}_ITEMS = {len(items)} }};")
            size = f"{name.upper()}_ITEMS" + (f" * {repeat}" if repeat > 1 else "")
            print(f"static const uint64_t {name}_list[{size}] = {{")
            packed *= repeat
            for i in range(0, len(packed), 5):
                print("    " + ", ".join(packed[i : i + 5]) + ",")
            print("};")
        print("\n#endif")


def words_text(k, words):
    texts = [f"0x{k >> 64 * i & 2**64 - 1:016x}" for i in range(words)]
    if words <= 4:
        return ", ".join(texts)
    return ", ".join(texts[:4]) + ",\n     " + ", ".join(texts[4:])


# ---- points -----------------------------------------------------------------------------------------


def add_points(f, p, q, b3):
    """a = 0, b3 = 3*b."""
    (x1, y1, z1), (x2, y2, z2) = p, q
    t0, t1, t2 = f.multiply(x1, x2), f.multiply(y1, y2), f.multiply(z1, z2)
    t3 = f.multiply_add(x1, y2, f.multiply(x2, y1))
    t4 = f.multiply_add(y1, z2, f.multiply(y2, z1))
    t5 = f.multiply_add(x1, z2, f.multiply(x2, z1))
    bz = f.multiply(t2, f.constant(b3))
    up, down = f.add(t1, bz), f.subtract(t1, bz)
    minus_b3 = -b3 if isinstance(b3, int) else (-b3[0], -b3[1])
    by = f.multiply(t5, f.constant(minus_b3))
    x3 = f.multiply_add(t3, down, f.multiply(t4, by))
    y3 = f.multiply_add(down, up, f.multiply(by, f.times(t0, -3)))
    z3 = f.multiply_add(up, t4, f.multiply(t3, f.times(t0, 3)))
    return x3, y3, z3


def double_point(f, p, b3):
    x, y, z = p
    t0, yz, t2 = f.square(y), f.multiply(y, z), f.multiply(f.square(z), f.constant(b3))
    eight = f.times(t0, 8)
    up, down = f.add(t0, t2), f.times_add(t2, -3, t0)
    y3 = f.multiply_add(down, up, f.multiply(t2, eight))
    return f.multiply(f.times(f.multiply(x, y), 2), down), y3, f.multiply(yz, eight)


def add_points_minus_3(f, p, q, b):
    """a = -3."""
    (x1, y1, z1), (x2, y2, z2) = p, q
    t0, t1, t2 = f.multiply(x1, x2), f.multiply(y1, y2), f.multiply(z1, z2)
    t3 = f.multiply_add(x1, y2, f.multiply(x2, y1))
    t4 = f.multiply_add(y1, z2, f.multiply(y2, z1))
    t5 = f.multiply_add(x1, z2, f.multiply(x2, z1))
    u = f.times_add(t5, 3, f.times(t2, -3 * b))
    up, down = f.add(t1, u), f.subtract(t1, u)
    minus_w = f.times_add(t5, -3 * b, f.times_add(t2, 9, f.times(t0, 3)))
    v = f.times_add(t0, 3, f.times(t2, -3))
    x3 = f.multiply_add(t3, up, f.multiply(t4, minus_w))
    y3 = f.multiply_add(up, down, f.multiply(minus_w, f.times_add(t2, 3, f.times(t0, -3))))
    return x3, y3, f.multiply_add(t4, down, f.multiply(t3, v))


def double_point_minus_3(f, p, b):
    x, y, z = p
    t0, t1, t2 = f.square(x), f.square(y), f.square(z)
    x2 = f.times(x, 2)
    t3, xz = f.multiply(x2, y), f.multiply(x2, z)
    u = f.times_add(t2, 3 * b, f.times(xz, -3))
    down, up = f.subtract(t1, u), f.add(t1, u)
    w = f.times_add(xz, 3 * b, f.times_add(t2, -9, f.times(t0, -3)))
    v = f.times_add(t0, 3, f.times(t2, -3))
    minus_s = f.multiply(f.times(y, -2), z)
    x3 = f.multiply_add(down, t3, f.multiply(minus_s, w))
    return x3, f.multiply_add(down, up, f.multiply(v, w)), f.times(f.multiply(minus_s, t1), -4)


def point_at(f, block):
    return tuple(f.block(block + f.degree * i) for i in range(3))


def results_at(f, block, elements):
    return [(block + f.degree * i + j, v) for i, e in enumerate(elements) for j, v in enumerate(f.blocks(e))]


def group_lists(frame, field, suffix, add, double, b, doublings):
    """SUM = SUM + ADDEND and SUM = 2*SUM; b is what `add` and `double` want of the curve."""
    total, addend = frame.at("SUM" + suffix), frame.at("ADDEND" + suffix)
    f = field(frame.circuit())
    frame.add("add" + suffix.lower(), f"SUM{suffix} + ADDEND{suffix}, into SUM{suffix}.", f.c,
              results_at(f, total, add(f, point_at(f, total), point_at(f, addend), b)))
    f = field(frame.circuit())
    frame.add("double" + suffix.lower(), f"2·SUM{suffix}, into SUM{suffix}; several times.", f.c,
              results_at(f, total, double(f, point_at(f, total), b)), doublings)


def curve_list(frame, field, suffix, a, b):
    """y^2 and x^3 + a*x + b of (x, y) in SUM."""
    total, sides = frame.at("SUM" + suffix), frame.at("ADDEND" + suffix)
    f = field(frame.circuit())
    x, y, _ = point_at(f, total)
    right = f.multiply_add(f.add(f.square(x), f.constant(a)), x, f.constant(b)) if a else \
        f.multiply_add(f.square(x), x, f.constant(b))
    frame.add("curve" + suffix.lower(),
              f"Of x and y in SUM{suffix}: y², then what it has to be, into ADDEND{suffix}.", f.c,
              results_at(f, sides, (f.square(y), right)))


def affine_list(frame, field, suffix):
    """x and y by the inverse of Z."""
    total, inverse = frame.at("SUM" + suffix), frame.at("ADDEND" + suffix)
    f = field(frame.circuit())
    x, y, _ = point_at(f, total)
    by = f.block(inverse)
    frame.add("affine" + suffix.lower(), f"X and Y of SUM{suffix} times ADDEND{suffix}'s first.", f.c,
              results_at(f, total, (f.multiply(x, by), f.multiply(y, by))))


# ---- pairings ---------------------------------------------------------------------------------------


class Tower:
    """Fp12 over a circuit."""

    def __init__(self, circuit, xi):
        self.f, self.c, self.xi = Quadratic(circuit), circuit, xi

    def element(self, block):
        return [self.f.block(block + 2 * k) for k in range(6)]

    def times_xi(self, a, c=None):
        return self.f.times_real_plus_i(a, self.xi, c)

    def multiply(self, a, b):
        """b may lack coefficients (None)."""
        out = []
        for k in range(6):
            total = None
            for i in range(6):
                j = k + 6 - i
                if k < i and j < 6 and b[j] is not None:
                    total = self.f.multiply_add(a[i], b[j], total or self.f.constant(0))
            total = self.times_xi(total) if total else self.f.constant(0)
            for i in range(k + 1):
                if b[k - i] is not None:
                    total = self.f.multiply_add(a[i], b[k - i], total)
            out.append(total)
        return out

    def square(self, a):
        f, out = self.f, []
        twice = [f.times(x, 2) for x in a]

        def sum_of(n, total):
            for i in range(6):
                j = n - i
                if i < j < 6:
                    total = f.multiply_add(twice[i], a[j], total)
                elif i == j:
                    minus = f.negated(a[i][1]) or self.c.negate(a[i][1])
                    real = self.c.multiply_add(a[i][0], a[i][0], total[0])
                    real = self.c.multiply_add(a[i][1], minus, real)
                    total = real, self.c.multiply_add(twice[i][0], a[i][1], total[1])
            return total

        for k in range(6):
            total = f.constant(0)
            if k < 5:
                total = self.times_xi(sum_of(k + 6, total))
            out.append(sum_of(k, total))
        return out

    def cyclotomic_square(self, a):
        """R. Granger, M. Scott, "Faster squaring in the cyclotomic subgroup" (2010), section 3.2."""
        f, c, out = self.f, self.c, [None] * 6
        for low, high, x, y, twist in ((0, 3, 0, 3, False), (2, 5, 1, 4, False), (4, 1, 2, 5, True)):
            x, y = a[x], a[y]
            # 3*(x^2 + xi*y^2) - 2*a[low]; what was there last, so that it can be replaced
            s = f.square(y)
            three = self.times_xi(f.times(s, 3))
            six = f.times(x, 6)
            real = c.multiply_add(c.times(x[0], 3), x[0], three[0])
            real = c.multiply_add(c.times(x[1], -3), x[1], real)
            imaginary = c.multiply_add(six[0], x[1], three[1])
            out[low] = f.times_add(a[low], -2, (real, imaginary))
            product = f.multiply(y, six)
            if twist:
                product = self.times_xi(product)
            out[high] = f.times_add(a[high], 2, product)
        return out


def fp2_multiply(a, b, p):
    return (a[0] * b[0] - a[1] * b[1]) % p, (a[0] * b[1] + a[1] * b[0]) % p


def fp2_power(a, n, p):
    result = (1, 0)
    while n:
        if n & 1:
            result = fp2_multiply(result, a, p)
        a = fp2_multiply(a, a, p)
        n >>= 1
    return result


def fp2_inverse(a, p):
    norm = pow(a[0] * a[0] + a[1] * a[1], -1, p)
    return a[0] * norm % p, -a[1] * norm % p


def miller_lists(frame, xi, twist_b, divides):
    """T = (X : Y : Z) on y^2 = x^3 + b', Q affine, AT = (y, -x) of the point of G1. A line is that through
    the points' images over Fp12, at that point, times what the final power takes away: three coefficients, of
    1, w and w^3 where the twist divides, (x, y) -> (x*w^2, y*w^3), else of 1, w^2 and w^3."""
    t, q, at, line = (frame.at(n) for n in ("T", "Q", "AT", "LINE"))

    def put(f, slope_x, slope_y, rest):
        """slope = slope_y/slope_x; rest = what stands without the point's coordinates"""
        y, minus_x = ("block", at), ("block", at + 1)
        by_y, by_x = f.scale(slope_x, y), f.scale(slope_y, minus_x)
        return results_at(f, line, (by_y, by_x, rest) if divides else (rest, by_x, by_y))

    f = Quadratic(frame.circuit())
    x, y, z = point_at(f, t)
    yy, three_xx = f.square(y), f.times(f.square(x), 3)
    e = f.multiply(f.square(z), f.constant(tuple(3 * k for k in twist_b)))
    two_y = f.times(y, 2)
    d, two_xy = f.multiply(z, two_y), f.multiply(x, two_y)
    up, down = f.add(yy, e), f.times_add(e, -3, yy)
    x3 = f.multiply(two_xy, down)
    y3 = f.multiply_add(down, up, f.multiply(e, f.times(yy, 8)))
    z3 = f.multiply(d, f.times(yy, 4))
    frame.add("tangent", "T = 2T, and the tangent as LINE.", f.c,
              results_at(f, t, (x3, y3, z3)) + put(f, d, three_xx, f.subtract(yy, e)))

    f = Quadratic(frame.circuit())
    x, y, z = point_at(f, t)
    xq, yq = f.block(q), f.block(q + 2)
    theta = f.subtract(y, f.multiply(yq, z))
    lam = f.subtract(x, f.multiply(xq, z))
    square = f.square(lam)
    cube, g = f.multiply(square, lam), f.multiply(square, x)
    h = f.times_add(g, -2, f.multiply_add(f.square(theta), z, cube))
    minus_y = f.times(y, -1)
    x3 = f.multiply(lam, h)
    y3 = f.multiply_add(theta, f.subtract(g, h), f.multiply(cube, minus_y))
    z3 = f.multiply(z, cube)
    rest = f.subtract(f.multiply(theta, xq), f.multiply(lam, yq))
    frame.add("chord", "T = T + Q, and the line through both as LINE; where there is none, Z of T is 0.", f.c,
              results_at(f, t, (x3, y3, z3)) + put(f, lam, theta, rest))

    f = Quadratic(frame.circuit())
    x, y, z = point_at(f, t)
    xq, yq = f.block(q), f.block(q + 2)
    frame.add("compare", "X − x·Z and Y − y·Z of T and Q, as LINE's first.", f.c,
              results_at(f, line, (f.subtract(x, f.multiply(xq, z)), f.subtract(y, f.multiply(yq, z)))))

    tower = Tower(frame.circuit(), xi)
    sparse = [None] * 6
    for i, k in enumerate((0, 1, 3) if divides else (0, 2, 3)):
        sparse[k] = tower.f.block(line + 2 * i)
    frame.add("times_line", "R = A·LINE.", tower.c,
              results_at(tower.f, frame.at("R"), tower.multiply(tower.element(frame.at("A")), sparse)))


def tower_lists(frame, xi, powers):
    p = frame.prime
    a, b, r, norm = (frame.at(n) for n in ("A", "B", "R", "NORM"))

    tower = Tower(frame.circuit(), xi)
    frame.add("multiply", "R = A·B.", tower.c,
              results_at(tower.f, r, tower.multiply(tower.element(a), tower.element(b))))
    tower = Tower(frame.circuit(), xi)
    frame.add("square", "R = A².", tower.c, results_at(tower.f, r, tower.square(tower.element(a))))
    tower = Tower(frame.circuit(), xi)
    frame.add("cyclotomic_square", "A = A², of the cyclotomic subgroup.", tower.c,
              results_at(tower.f, a, tower.cyclotomic_square(tower.element(a))))
    tower = Tower(frame.circuit(), xi)
    out = [x if k % 2 == 0 else tower.f.times(x, -1) for k, x in enumerate(tower.element(a))]
    frame.add("conjugate", "A to the power p^6, into A.", tower.c, results_at(tower.f, a, out))

    for power in powers:
        tower = Tower(frame.circuit(), xi)
        out = []
        for k, x in enumerate(tower.element(a)):
            g = fp2_power((xi, 1), k * (p**power - 1) // 6, p)
            x = tower.f.conjugate(x) if power & 1 else x
            out.append(tower.f.scale(x, tower.c.constant(g[0])) if g[1] == 0
                       else tower.f.multiply(x, tower.f.constant(g)))
        frame.add(f"frobenius_{power}", f"A to the power p^{power}, into R.", tower.c,
                  results_at(tower.f, r, out))

    # 1/a = a^(p^6)·(adjoint of n)/(its norm), n = a·a^(p^6) in Fp6 = Fp2[v], v = w^2
    def adjoint_of(tower):
        f, x = tower.f, tower.element(a)
        bar = [y if k % 2 == 0 else f.times(y, -1) for k, y in enumerate(x)]
        n = tower.multiply(x, bar)
        n0, n1, n2 = n[0], n[2], n[4]
        return bar, n, (f.subtract(f.square(n0), tower.times_xi(f.multiply(n1, n2))),
                        f.subtract(tower.times_xi(f.square(n2)), f.multiply(n0, n1)),
                        f.subtract(f.square(n1), f.multiply(n0, n2)))

    tower = Tower(frame.circuit(), xi)
    f = tower.f
    _, n, adjoint = adjoint_of(tower)
    sum_ = tower.times_xi(f.multiply_add(n[4], adjoint[1], f.multiply(n[2], adjoint[2])))
    value = f.multiply_add(n[0], adjoint[0], sum_)
    length = f.c.multiply_add(value[0], value[0], f.c.multiply(value[1], value[1]))
    frame.add("norm",
              "NORM = A's norm to Fp, then that to Fp2 conjugated; the adjoint of A·A^(p^6) into B's first.",
              tower.c, [(norm, length)] + results_at(f, norm + 1, (f.conjugate(value),)) +
              results_at(f, b, adjoint))
    tower = Tower(frame.circuit(), xi)
    f = tower.f
    inverse = f.scale(f.block(norm + 1), ("block", norm))
    adjoint = [f.multiply(f.block(b + 2 * k), inverse) for k in range(3)]
    x = tower.element(a)
    bar = [y if k % 2 == 0 else f.times(y, -1) for k, y in enumerate(x)]
    frame.add("inverse", "R = 1/A, where NORM's first is 1/NORM of what `norm` left.", tower.c,
              results_at(f, r, tower.multiply(bar, [adjoint[0], None, adjoint[1], None, adjoint[2], None])))


def at_list(frame):
    c = frame.circuit()
    at, x = frame.at("AT"), frame.at("SUM")
    frame.add("negate_point", "AT = (y, −x) of the point of G1 in SUM.", c,
              [(at, c.multiply(("block", x + 1), c.constant(1))), (at + 1, c.negate(("block", x)))])


# ---- curves -----------------------------------------------------------------------------------------


def bn254():
    u = 4965661367192848881
    p = 36 * u**4 + 36 * u**3 + 24 * u**2 + 6 * u + 1
    frame = Frame("bn254", p, 4)
    for name, count in (("SUM", 3), ("ADDEND", 3), ("A", 12), ("B", 12), ("R", 12), ("NORM", 3),
                        ("T", 6), ("AT", 2), ("Q", 4), ("LINE", 6)):
        frame.reserve(name, count)
    twist_b = fp2_multiply((3, 0), fp2_inverse((9, 1), p), p)
    group_lists(frame, Prime, "", add_points, double_point, 9, 4)
    curve_list(frame, Prime, "", 0, 3)
    affine_list(frame, Prime, "")
    frame.name_constants("POINT_CONSTANTS")
    miller_lists(frame, 9, twist_b, True)
    f = Quadratic(frame.circuit())
    x, y = f.block(frame.at("Q")), f.block(frame.at("Q") + 2)
    frame.add("twist", "Of x and y in Q: y², then what the twist asks it to be, into LINE.", f.c,
              results_at(f, frame.at("LINE"),
                         (f.square(y), f.multiply_add(f.square(x), x, f.constant(twist_b)))))
    f = Quadratic(frame.circuit())
    x, y = f.block(frame.at("Q")), f.block(frame.at("Q") + 2)
    factors = [fp2_power((9, 1), k * (p - 1) // 6, p) for k in (2, 3)]
    frame.add("frobenius_twist", "Q's image under the Frobenius map, into Q.", f.c,
              results_at(f, frame.at("Q"), (f.multiply(f.conjugate(x), f.constant(factors[0])),
                                            f.multiply(f.conjugate(y), f.constant(factors[1])))))
    f = Quadratic(frame.circuit())
    frame.add("negate_twist", "−Q, into Q.", f.c,
              results_at(f, frame.at("Q") + 2, (f.times(f.block(frame.at("Q") + 2), -1),)))
    tower_lists(frame, 9, (1, 2, 3))
    at_list(frame)
    frame.write()


def secp256r1():
    p = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    frame = Frame("secp256r1", p, 4)
    frame.reserve("SUM", 3)
    frame.reserve("ADDEND", 3)
    group_lists(frame, Prime, "", add_points_minus_3, double_point_minus_3, b, 16)
    curve_list(frame, Prime, "", -3, b)
    c = frame.circuit()
    at = frame.at("ADDEND")
    frame.add("negate_addend", "−ADDEND, into ADDEND.", c, [(at + 1, c.negate(("block", at + 1)))])
    c = frame.circuit()
    frame.add("times_z", "ADDEND's first times Z of SUM.", c,
              [(at, c.multiply(("block", at), ("block", frame.at("SUM") + 2)))])
    c = frame.circuit()
    inverse = pow(2**256, -1, p)
    x, y = ("block", frame.at("ADDEND")), ("block", frame.at("ADDEND") + 1)
    frame.add("from_montgomery", "x and y of ADDEND out of Montgomery's form.", c,
              [(x[1], c.times(x, inverse)), (y[1], c.times(y, inverse))])
    frame.write()


def affine_multiply(k, point, p):
    """On y^2 = x^3 + b."""
    result = None
    for bit in bin(k)[2:]:
        for other in (result,) + ((point,) if bit == "1" else ()):
            if result is None or other is None:
                result = result or other
                continue
            (x1, y1), (x2, y2) = result, other
            slope = (3 * x1 * x1 * pow(2 * y1, -1, p) if x1 == x2 else (y2 - y1) * pow(x2 - x1, -1, p)) % p
            x3 = (slope * slope - x1 - x2) % p
            result = x3, (slope * (x1 - x3) - y1) % p
    return result


def power(circuit, a, exponent, width=5):
    """a^exponent by windows of the exponent's bits, odd powers in a table."""
    square = circuit.multiply(a, a)
    odd = [a]
    for _ in range(2 ** (width - 1) - 1):
        odd.append(circuit.multiply(odd[-1], square))
    bits, total = bin(exponent)[2:], None
    while bits:
        if bits[0] == "0":
            total, bits = circuit.multiply(total, total), bits[1:]
            continue
        taken = bits[:width].rstrip("0")
        bits = bits[len(taken) :]
        entry = odd[int(taken, 2) >> 1]
        if total is None:
            total = entry
            continue
        for _ in taken:
            total = circuit.multiply(total, total)
        total = circuit.multiply(total, entry)
    return total


def bls12_381():
    x = -0xD201000000010000
    r = x**4 - x**2 + 1
    p = (x - 1) ** 2 * r // 3 + x
    frame = Frame("bls12_381", p, 6)
    for name, count in (("SUM", 3), ("ADDEND", 3), ("SUM_2", 6), ("ADDEND_2", 6), ("POWER", 2), ("A", 12),
                        ("B", 12), ("R", 12), ("NORM", 3), ("T", 6), ("AT", 2), ("Q", 4), ("LINE", 6)):
        frame.reserve(name, count)
    twist_b = (4, 4)
    group_lists(frame, Prime, "", add_points, double_point, 12, 4)
    curve_list(frame, Prime, "", 0, 4)
    affine_list(frame, Prime, "")

    # x^2 - x times a point of order r is its negated image (beta*x, y)
    c = frame.circuit()
    f = Prime(c)
    beta = next(b for b in (pow(k, (p - 1) // 3, p) for k in range(2, 9)) if b != 1)
    generator = (0x17F1D3A73197D7942695638C4FA9AC0FC3688C4F9774B905A14E3A3F171BAC586C55E83FF97A1AEFFB3AF00ADB22C6BB,
                 0x08B3F481E3AAA0F1A09E30ED741D8AE4FCF5E095D5D00AF600DB18CB2C04B3EDD03CC744A2888AE40CAA232946C5E7E1)
    image = affine_multiply(x * x, generator, p)
    if beta * generator[0] % p != image[0]:
        beta = beta * beta % p
    assert (beta * generator[0] % p, -generator[1] % p) == image
    xs, ys, zs = point_at(f, frame.at("SUM"))
    at = frame.at("ADDEND")
    frame.add("in_group", "SUM plus (βx, y) of the point in ADDEND, as X and Y of the difference, into ADDEND.", c,
              [(at, f.subtract(xs, f.multiply(c.times(("block", at), beta), zs))),
               (at + 1, f.multiply_add(("block", at + 1), zs, ys))])

    # a^((p - 3)/4): a root of a, or of its negation, and the inverse
    at = frame.at("POWER")
    c = frame.circuit()
    frame.add("power", "POWER to the power (p − 3)/4, into the block behind it.", c,
              [(at + 1, power(c, ("block", at), (p - 3) // 4))])
    c = frame.circuit()
    a, s = ("block", at), ("block", at + 1)
    frame.add("root", "After `power`: a root of POWER, if it has one, into that.", c, [(at, c.multiply(a, s))])
    c = frame.circuit()
    square = c.multiply(s, s)
    frame.add("power_inverse", "After `power`: 1/POWER, into that.", c,
              [(at, c.multiply(c.multiply(square, square), a))])
    c = frame.circuit()
    frame.add("product", "POWER's two multiplied, into the second.", c, [(at + 1, c.multiply(a, s))])
    frame.name_constants("POINT_CONSTANTS")

    group_lists(frame, Quadratic, "_2", add_points, double_point, (12, 12), 4)
    curve_list(frame, Quadratic, "_2", 0, twist_b)
    total, norm = frame.at("SUM_2"), frame.at("NORM")
    f = Quadratic(frame.circuit())
    xs, ys, zs = point_at(f, total)
    frame.add("norm_2", "The norm of Z of SUM_2, into NORM.", f.c,
              [(norm, f.c.multiply_add(zs[0], zs[0], f.c.multiply(zs[1], zs[1])))])
    f = Quadratic(frame.circuit())
    inverse = f.scale(f.conjugate(point_at(f, total)[2]), ("block", norm))
    frame.add("affine_2", "X and Y of SUM_2 divided by Z, where NORM is the inverse of its norm.", f.c,
              results_at(f, total, (f.multiply(xs, inverse), f.multiply(ys, inverse))))

    # x times a point of order r of the twist is its image under the Frobenius map
    f = Quadratic(frame.circuit())
    factors = [fp2_inverse(fp2_power((1, 1), k * (p - 1) // 6, p), p) for k in (2, 3)]
    xs, ys, zs = point_at(f, frame.at("SUM_2"))
    at = frame.at("ADDEND_2")
    xq, yq = f.block(at), f.block(at + 2)
    xq, yq = (f.multiply(f.conjugate(v), f.constant(k)) for v, k in zip((xq, yq), factors))
    frame.add("in_group_2", "SUM_2 plus the Frobenius map's image of the point in ADDEND_2, likewise.", f.c,
              results_at(f, at, (f.subtract(xs, f.multiply(xq, zs)), f.multiply_add(yq, zs, ys))))
    frame.name_constants("TWIST_CONSTANTS")

    generator_2 = (
        (0x024AA2B2F08F0A91260805272DC51051C6E47AD4FA403B02B4510B647AE3D1770BAC0326A805BBEFD48056C8C121BDB8,
         0x13E02B6052719F607DACD3A088274F65596BD0D09920B61AB5DA61BBDC7F5049334CF11213945D57E5AC7D055D042B7E),
        (0x0CE5D527727D6E118CC9CDC6DA2E351AADFD9BAA8CBDD3A76D429A695160D12C923AC9CC3BACA289E193548608B82801,
         0x0606C4A02EA734CC32ACD2B02BC28B99CB3E287E85A763AF267492AB572E99AB3F370D275CEC1DA1AAA9075FF05F79BE))
    cube = fp2_power(generator_2[0], 3, p)
    assert fp2_power(generator_2[1], 2, p) == ((cube[0] + 4) % p, (cube[1] + 4) % p)
    frame.numbers.append(("generator_1", "x and y of G1's generator.", generator))
    frame.numbers.append(("generator_2", "And of G2's.", generator_2[0] + generator_2[1]))
    frame.numbers.append(("field_prime", "p.", (p,)))

    miller_lists(frame, 1, twist_b, False)
    tower_lists(frame, 1, (1, 2))
    at_list(frame)
    frame.write()


if __name__ == "__main__":
    {"bn254": bn254, "secp256r1": secp256r1, "bls12_381": bls12_381}[sys.argv[1]]()
