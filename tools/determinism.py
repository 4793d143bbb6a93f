#!/usr/bin/env python3
"""A search for second witnesses: determinism.py MACHINE.json ROWS.json [CHIP …]

For rows of honest runs (VM_ROWS_WRITE=ROWS.json build/programs/vm/mutation_test) it takes the recorded
constraints and messages of a chip, and holds fixed what the row receives: all of EXEC, CALL, STEP and the
like, the values and times of what it accesses, and which of its messages are there. Every other column is
unknown. It enumerates all that they can be, by propagation of domains and branching, and fails where a
row can send anything else, or access another place, or where many rows are not decided in time. Chips
whose look-ups it cannot follow are left out, and named.
"""

import json
import math
import random
import sys
import time

P = 2**31 - 2**24 + 1
MEMORY, RANGE, BYTE, SMALL, PROGRAM = 3, 4, 5, 6, 2
SHA256, SHA256_ROUNDS, SHA256_WORDS = 27, 28, 29
PAIR = 4
NODES_MAX = 20000  # of a row
FREE = 1 << 62  # a domain that is all of the field
SCALES = [1 << i for i in (0, 3, 5, 8, 13, 16)]  # of equations, which may have been divided by them


class Contradiction(Exception):
    pass


def centred(x):
    return x - P if x > P // 2 else x


# ---- polynomials: {sorted variables: coefficient} ----


def plus(a, b, sign):
    out = dict(a)
    for k, v in b.items():
        value = (out.get(k, 0) + sign * v) % P
        if value:
            out[k] = value
        else:
            out.pop(k, None)
    return out


def times(a, b):
    out = {}
    for k, v in a.items():
        for m, w in b.items():
            key = tuple(sorted(k + m))
            value = (out.get(key, 0) + v * w) % P
            if value:
                out[key] = value
            else:
                out.pop(key, None)
    return out


def record(chip):
    """All operations as polynomials of the main columns."""
    values = []
    for operation in chip["operations"]:
        kind = operation[0]
        if kind == "column":
            if operation[1] != "main":
                return None
            value = {(operation[2],): 1}
        elif kind == "constant":
            value = {(): operation[1] % P} if operation[1] % P else {}
        elif kind == "public":
            return None
        else:
            a, b = values[operation[1]], values[operation[2]]
            value = times(a, b) if kind == "mul" else plus(a, b, 1 if kind == "add" else -1)
        values.append(value)
    return values


def evaluate(poly, row):
    total = 0
    for k, v in poly.items():
        for x in k:
            v = v * row[x] % P
        total += v
    return total % P


def root(n):
    """Square roots in the field."""
    if n == 0:
        return [0]
    if pow(n, (P - 1) // 2, P) != 1:
        return []
    q, s = P - 1, 0
    while q % 2 == 0:
        q, s = q // 2, s + 1
    z = next(z for z in range(2, P) if pow(z, (P - 1) // 2, P) == P - 1)
    m, c, t, r = s, pow(z, q, P), pow(n, q, P), pow(n, (q + 1) // 2, P)
    while t != 1:
        i, power = 0, t
        while power != 1:
            power, i = power * power % P, i + 1
        b = pow(c, 1 << (m - i - 1), P)
        m, c, t, r = i, b * b % P, t * b * b % P, r * b % P
    return [r, P - r]


# ---- a problem: what a row has to satisfy ----


class Problem:
    """Constraints that are 0, domains of variables, tables; what may not be otherwise."""

    def __init__(self, chip, row):
        self.zero, self.domains, self.tables, self.outputs = [], {}, [], []
        self.count = len(row)
        self.honest = list(row)
        values = chip["values"]
        self.zero += [values[c] for c in chip["constraints"]]
        for x in chip["interactions"]:
            multiplicity, entries = values[x["multiplicity"]], [values[e] for e in x["message"]]
            there = evaluate(multiplicity, row)
            self.fix(multiplicity, there)
            if there == 0:
                continue
            tag, receive = x["tag"], x["receive"]
            if tag == RANGE:
                bits = evaluate(entries[0], row)
                self.fix(entries[0], bits)
                self.bound(entries[1], 0, (1 << bits) - 1)
            elif tag == BYTE:
                for e in entries[1:]:
                    self.bound(e, 0, 255)
                if entries[0] == {(): PAIR}:
                    self.fix(entries[3], 0)
                else:
                    self.tables.append((byte_table, entries))
            elif tag == SMALL:
                self.bound(entries[1], 0, 31)
                for e in entries[2:]:
                    self.bound(e, 0, 1 << 16)
                self.tables.append((small_table, entries))
            elif tag == PROGRAM:
                for e in entries:
                    self.fix(e, evaluate(e, row))
            elif receive:
                for i, e in enumerate(entries):
                    if tag == MEMORY and i < 2:
                        self.outputs.append(e)
                    else:
                        self.fix(e, evaluate(e, row))
            else:
                self.outputs += entries
                if tag == SHA256_WORDS and entries[0] == {}:  # of data: bytes, as who receives them has bits
                    for e in entries[3:]:
                        self.bound(e, 0, 255)
        self.zero = [c for c in self.zero if c]
        self.expected = [evaluate(e, row) for e in self.outputs]

    def fix(self, poly, value):
        difference = plus(poly, {(): value % P} if value % P else {}, -1)
        if difference:
            self.zero.append(difference)

    def bound(self, poly, low, high):
        offset = centred(poly.get((), 0))
        terms = [k for k in poly if k]
        if len(terms) == 1 and len(terms[0]) == 1 and poly[terms[0]] == 1 and abs(offset) < 1 << 20:
            variable, low, high = terms[0][0], low - offset, high - offset
        else:
            variable = self.count
            self.count += 1
            self.honest.append(evaluate(poly, self.honest))
            self.zero.append(plus(poly, {(variable,): 1}, -1))
        old = self.domains.get(variable, (low, high))
        self.domains[variable] = (max(low, old[0]), min(high, old[1]))


def byte_table(known):
    operation, a, b, _ = known
    if None in (operation, a, b):
        return None
    return [operation, a, b, {1: a & b, 2: a | b, 3: a ^ b, PAIR: 0}[operation]]


def small_table(known):
    table, key = known[:2]
    if table is None or key is None:
        return None
    if table == 1 and key < 16:
        return [table, key, 16 - key, 1 << (16 - key), 1 << key]
    if table == 2 and key < 16:
        return [table, key, key, 1 << key, 1 << (16 - key)]
    if table == 3 and 8 <= key < 32:
        return [table, key, int(key % 8 + (1 << key // 8) > 8), 0, 0]
    raise Contradiction


# ---- propagation ----


def reduced(poly, known):
    """The polynomial with what is known put in."""
    if not any(x in known for k in poly for x in k):
        return poly
    out = {}
    for k, v in poly.items():
        rest = []
        for x in k:
            if x in known:
                v = v * known[x] % P
            else:
                rest.append(x)
        key = tuple(rest)
        value = (out.get(key, 0) + v) % P
        if value:
            out[key] = value
        else:
            out.pop(key, None)
    return out


class State:
    def __init__(self, problem):
        self.problem, self.known, self.domains = problem, {}, dict(problem.domains)
        self.zero, self.tables = [(z, 0) for z in problem.zero], list(problem.tables)
        self.clock, self.changed = 1, {}  # when a variable was last narrowed; polynomials were looked at

    def copy(self):
        other = object.__new__(State)
        other.problem, other.known, other.domains = self.problem, dict(self.known), dict(self.domains)
        other.zero, other.tables = list(self.zero), list(self.tables)
        other.clock, other.changed = self.clock, dict(self.changed)
        return other

    def note(self, x):
        self.clock += 1
        self.changed[x] = self.clock

    def domain(self, x):
        return self.domains.get(x, (0, FREE))

    def size(self, x):
        low, high = self.domain(x)
        return high - low + 1

    def placed(self, x, value):
        """The number from the domain's beginning on that is the value modulo p: it may begin below 0."""
        low, high = self.domain(x)
        return value if high == FREE else low + (value - low) % P

    def allows(self, x, value):
        return self.domain(x)[1] == FREE or self.placed(x, value) <= self.domain(x)[1]

    def learn(self, x, value):
        value %= P
        if not self.allows(x, value):
            raise Contradiction
        if x not in self.known:
            self.known[x] = value
            self.note(x)
        elif self.known[x] != value:
            raise Contradiction

    def narrow(self, x, low, high):
        old = self.domain(x)
        new = (max(low, old[0]), min(high, old[1]))
        if new[0] > new[1]:
            raise Contradiction
        if x in self.known:
            if not new[0] <= self.placed(x, self.known[x]) <= new[1]:
                raise Contradiction
            return False
        if new == old:
            return False
        self.domains[x] = new
        self.note(x)
        if new[0] == new[1]:
            self.learn(x, new[0])
        return True

    def one_variable(self, poly, x):
        degree = max(len(k) for k in poly)
        c = [poly.get((x,) * i, 0) for i in range(degree + 1)]
        if degree == 1:
            self.learn(x, -c[0] * pow(c[1], -1, P))
            return True
        if degree == 2:
            half = pow(2 * c[2], -1, P)
            roots = {(-c[1] + r) * half % P for r in root((c[1] * c[1] - 4 * c[0] * c[2]) % P)}
        elif self.size(x) <= 1 << 16:
            low, high = self.domain(x)
            zero_at = lambda v: sum(y * pow(v, i, P) for i, y in enumerate(c)) % P == 0
            roots = {v for v in range(low, high + 1) if zero_at(v)}
        else:
            return False
        low, high = self.domain(x)
        roots = sorted(self.placed(x, v) for v in roots if self.allows(x, v))
        if not roots:
            raise Contradiction
        if len(roots) == 1:
            self.learn(x, roots[0])
            return True
        return self.narrow(x, roots[0], roots[-1])

    def linear(self, poly):
        """Bounds of integers, where the domains leave only one multiple of p, and residues."""
        terms = {k[0]: v for k, v in poly.items() if k}
        if any(self.size(x) > P for x in terms):
            return False
        constant, best = poly.get((), 0), None
        for scale in SCALES:
            c = {x: centred(v * scale % P) for x, v in terms.items()}
            width = sum(abs(v) * (self.size(x) - 1) for x, v in c.items())
            if best is None or width < best[0]:
                best = (width, c, constant * scale % P)
        width, c, constant = best
        low = sum(min(v * d for d in self.domain(x)) for x, v in c.items())
        first = -((low + constant) // -P)  # the least multiple of p that can be reached
        last = (low + width + constant) // P
        if first > last:
            raise Contradiction
        if first < last:
            return False
        target = first * P - constant  # Σ c·x, as integers
        changed = False
        # The greatest first: of a number's bits each is then decided by those above it.
        for x, v in sorted(c.items(), key=lambda term: -abs(term[1])):
            a, b = sorted(v * d for d in self.domain(x))
            rest_low, rest_high = low - a, low + width - b
            smallest, largest = target - rest_high, target - rest_low
            if v < 0:
                smallest, largest, v = -largest, -smallest, -v
            changed |= self.narrow(x, -(smallest // -v), largest // v)
            a2, b2 = sorted(c[x] * d for d in self.domain(x))
            low, width = low - a + a2, width - (b - a) + (b2 - a2)
        for x, v in c.items():
            others = [abs(w) for y, w in c.items() if y != x]
            if abs(v) == 1 and others and x not in self.known:
                modulus = others[0]
                for w in others[1:]:
                    modulus = math.gcd(modulus, w)
                least, greatest = self.domain(x)
                if modulus > 1:
                    residue = target * v % modulus
                    least += (residue - least) % modulus
                    greatest -= (greatest - residue) % modulus
                    changed |= self.narrow(x, least, greatest)
        return changed

    def two_variables(self, poly, variables):
        x, y = sorted(variables, key=self.size)
        if self.size(x) > 256:
            return False
        low, high = self.domain(x)
        found = []
        for value in range(low, high + 1):
            rest = reduced(poly, {x: value})
            degree = max((len(k) for k in rest), default=0)
            if degree == 0:
                if not rest:
                    return False  # any y
                continue
            if degree > 1:
                return False
            other = -rest.get((), 0) * pow(rest[(y,)], -1, P) % P
            if self.allows(y, other):
                found.append((value, self.placed(y, other)))
        if not found:
            raise Contradiction
        changed = self.narrow(x, min(f[0] for f in found), max(f[0] for f in found))
        if self.domain(y)[1] != FREE or len(found) == 1:
            changed |= self.narrow(y, min(f[1] for f in found), max(f[1] for f in found))
        return changed

    def propagate(self):
        changed = True
        while changed:
            changed = False
            zero = []
            for poly, seen in self.zero:
                if seen and all(self.changed.get(x, 0) <= seen for k in poly for x in k):
                    zero.append((poly, seen))
                    continue
                now = self.clock
                rest = reduced(poly, self.known)
                if not rest:
                    continue
                variables = {x for k in rest for x in k}
                if not variables:
                    raise Contradiction
                degree = max(len(k) for k in rest)
                if len(variables) == 1:
                    changed |= self.one_variable(rest, next(iter(variables)))
                elif degree == 1 and self.linear(rest):
                    changed = True
                elif len(variables) == 2:
                    changed |= self.two_variables(rest, variables)
                zero.append((rest, now))
            self.zero = zero
            tables = []
            for table, entries in self.tables:
                entries = [reduced(e, self.known) for e in entries]
                values = [e.get((), 0) if all(k == () for k in e) else None for e in entries]
                filled = table(values)
                if filled is None:
                    tables.append((table, entries))
                    continue
                for e, v in zip(entries, filled):
                    self.zero.append((plus(e, {(): v} if v else {}, -1), 0))
                changed = True
            self.tables = tables

    def outputs(self):
        return [reduced(e, self.known) for e in self.problem.outputs]

    def differs(self):
        """None if nothing can differ any more, True if something does whatever the rest is, else False."""
        open_ones = False
        for e, expected in zip(self.outputs(), self.problem.expected):
            if any(k != () for k in e):
                open_ones = True
            elif e.get((), 0) != expected:
                return True
        return False if open_ones else None


class Undecided(Exception):
    pass


def search(problem, seconds, first=frozenset()):
    """A witness that sends something else, or None. Nodes that were visited. It branches at `first` at first."""
    nodes, start = 0, time.time()
    stack = [State(problem)]
    while stack:
        state = stack.pop()
        nodes += 1
        if nodes > NODES_MAX or time.time() - start > seconds:
            raise Undecided("too many branches")
        try:
            state.propagate()
        except Contradiction:
            continue
        differs = state.differs()
        if differs is None:
            continue  # what else is open goes nowhere
        free = [x for x in {x for z, _ in state.zero for k in z for x in k} if x not in state.known]
        if not free:
            if state.tables:
                raise Undecided("a look-up of unknowns")
            if differs:
                return state.known, nodes
            raise Undecided("an output that nothing binds")
        # The variable with the fewest values, and of those the one with the highest number.
        x = min(free, key=lambda v: (v not in first, state.size(v), -v))
        if state.size(x) > 1 << 16:
            raise Undecided("unknowns of any size")
        low, high = state.domain(x)
        middle = (low + high) // 2
        halves = [(low, middle), (middle + 1, high)] if high - low > 1 else [(low, low), (high, high)]
        for half in halves:
            other = state.copy()
            try:
                other.narrow(x, *half)
            except Contradiction:
                continue
            stack.append(other)
    return None, nodes


# ---- rows ----

# Columns that are taken as they are, in all rows or where one of their columns is not 0.
EXCUSED = {
    ("muladd_head", "is_power"): ("", "m = 0 that does not stand for 2^256 has no item: nothing is less than it"),
    ("sha256_block", "is_last"): ("", "a row that has one block left and is not last has none that ends behind it"),
    ("sha256_rounds", "given"): ("row[0]", "row 0 receives none: what row 1 has of it says nothing of its words"),
    ("sha256_rounds", "ahead"): ("row[0]", "as given"),
}


FIRST = {("sha256_rounds", "row")}


def long_products(names, row, size):
    """Rows of muladd, muladd_384 and divide_long like this one, of other numbers of `size` bytes."""
    place = {name: i for i, name in enumerate(names)}
    bits, limbs = 8 * size, size // 2
    top = 2**bits - 1
    edges = [0, 1, 2, top, top - 1, 2 ** (bits - 1), 2**128, int("ff00" * limbs, 16), int("00ff" * limbs, 16)]
    numbers = random.Random(4)
    cases = [[numbers.choice(edges) for _ in range(4)] for _ in range(30)]
    cases += [[numbers.randrange(2 ** numbers.randrange(1, bits + 1)) for _ in range(4)] for _ in range(8)]
    for a, b, c, m in cases:
        if m == 0 and "is_power" not in place:
            continue
        q, r = divmod(a * b + c, m or top + 1)
        if q > top:
            continue
        out = list(row)

        def put(name, value, count):
            for i in range(count):
                out[place[f"{name}[{i}]"]] = value >> (bits // count) * i & (1 << bits // count) - 1

        for name, value in (("a", a), ("b", b), ("m", m), ("q", q)):
            put(name, value, size)
        put("c", c, limbs)
        put("r", r, limbs)
        put("mark", 0, limbs)
        out[place["gap"]] = 0
        if "is_power" in place:
            out[place["is_power"]] = int(m == 0)
        digit = lambda x, i, bits: x >> bits * i & (1 << bits) - 1
        if m:
            i = max(i for i in range(limbs) if digit(m, i, 16) != digit(r, i, 16))
            out[place[f"mark[{i}]"]] = 1
            out[place["gap"]] = digit(m, i, 16) - digit(r, i, 16) - 1
        carry = 0
        for k in range(size - 1):
            for n, weight in ((2 * k, 1), (2 * k + 1, 256)):
                for i in range(max(0, n - size + 1), min(size, n + 1)):
                    ab = digit(a, i, 8) * digit(b, n - i, 8)
                    carry += weight * (ab - digit(q, i, 8) * digit(m, n - i, 8))
            if k < limbs:
                carry += digit(c, k, 16) - digit(r, k, 16)
            elif m == 0:
                carry -= digit(q, k - limbs, 16)
            carry >>= 16
            out[place[f"carry[{k}]"]] = carry % P
        yield out


def is_honest(chip, row):
    return all(evaluate(chip["values"][c], row) == 0 for c in chip["constraints"])


def search_rows(name, chip, columns, rows, seconds):
    """Of each row: a second witness, or why it is not decided."""
    where = {i: EXCUSED.get((name, column.split("[")[0])) for i, column in enumerate(columns)}
    excused = {i: columns.index(w[0]) if w[0] else None for i, w in where.items() if w is not None}
    first = {i for i, column in enumerate(columns) if (name, column.split("[")[0]) in FIRST}
    for row in rows:
        if not is_honest(chip, row):
            raise SystemExit(f"determinism: a row of {name} is no honest one")
        problem = Problem(chip, row)
        for i, condition in excused.items():
            if condition is None or row[condition] != 0:
                problem.fix({(i,): 1}, row[i])
        try:
            second, nodes = search(problem, seconds, first)
            changed = None
            if second is not None:
                changed = {columns[k]: (row[k], v) for k, v in second.items() if k < len(row) and row[k] != v}
            yield changed, nodes, None
        except Undecided as why:
            yield None, 0, str(why)


def weakened(chip):
    """The chip without one of its constraints or look-ups, each in turn."""
    for i in range(len(chip["constraints"])):
        yield {**chip, "constraints": chip["constraints"][:i] + chip["constraints"][i + 1 :]}
    for i, x in enumerate(chip["interactions"]):
        if x["tag"] in (RANGE, BYTE, SMALL):
            yield {**chip, "interactions": chip["interactions"][:i] + chip["interactions"][i + 1 :]}


def main(machine_path, rows_path, wanted):
    with open(machine_path) as f:
        chips = {chip["name"]: chip for chip in json.load(f)["chips"]}
    with open(rows_path) as f:
        tables = json.load(f)
    failed = False
    for name, table in tables.items():
        chip, columns, rows = chips[name], table["columns"], table["rows"]
        if wanted and name not in wanted:
            continue
        if name in LEFT_OUT:
            print(f"{name}: left out, {LEFT_OUT[name]}")
            continue
        if any(x["tag"] not in FOLLOWED for x in chip["interactions"]):
            print(f"{name}: left out, for messages that are not followed")
            continue
        chip["values"] = record(chip)
        if chip["values"] is None:
            print(f"{name}: left out, as not all of its columns are of the main phase")
            continue
        if name in ("muladd", "muladd_384", "divide_long"):
            rows = rows + list(long_products(columns, rows[0], 48 if name == "muladd_384" else 32))
        start, most, undecided = time.time(), 0, []
        for number, (second, nodes, why) in enumerate(search_rows(name, chip, columns, rows, 120)):
            most = max(most, nodes)
            if why is not None:
                undecided.append(f"{number} ({why})")
            if second is not None:
                failed = True
                print(f"{name}: row {number} has a second witness: {second}")
        failed |= 10 * len(undecided) > len(rows)
        text = f", not decided: {', '.join(undecided)}" if undecided else ""
        seconds = time.time() - start
        print(f"{name}: {len(rows)} rows, at most {most} branches{text} ({seconds:.1f} s)", flush=True)
        if name in WEAKENED:
            found = all_ways = 0
            for less in weakened(chip):
                all_ways += 1
                tried = search_rows(name, less, columns, rows[: WEAKENED[name]], 2)
                found += any(second is not None or why is not None for second, _, why in tried)
            print(f"{name}: without one of {all_ways} constraints, look-ups: {found} times more", flush=True)
            failed |= found == 0
    return int(failed)


FOLLOWED = {1, MEMORY, PROGRAM, RANGE, BYTE, SMALL, 7, 8, 18, 20, SHA256, SHA256_ROUNDS, SHA256_WORDS}
LEFT_OUT = {"refresh": "any register may be refreshed, at any time between its accesses"}
WEAKENED = {"add": 2, "compare": 2}  # the search itself, on so many rows

if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
