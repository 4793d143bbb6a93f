"""The machine as tools/machine_dump.c prints it; tapes evaluated at a point; formulas of the fixed tables."""

import json

from field import ONE, ZERO, add, eq_index, lift, mul, one_minus, scale, sub, total
from poseidon2 import ID, hash_elements

PHASES = ("preprocessed", "boundary", "main")
KINDS = {"constant": 0, "column": 1, "public": 2, "add": 3, "sub": 4, "mul": 5}


class Chip:
    def __init__(self, entry):
        self.name = entry["name"]
        self.widths = entry["widths"]
        self.public = entry["public"]
        self.tree = entry["tree"]
        self.formula_rows = entry["formula_rows"]
        self.presence = {kind: entry[kind] for kind in ("segment", "ledger", "both")}
        self.operations = entry["operations"]
        self.constraints = entry["constraints"]
        self.interactions = entry["interactions"]

    def phases(self):
        """The phases of its committed columns, in the order in which values are absorbed."""
        return [
            phase
            for phase in PHASES
            if self.widths[phase] > 0 and (phase != "preprocessed" or self.formula_rows is None)
        ]

    def evaluate(self, columns, public):
        """All operations, given the columns' values by phase."""
        values = []
        for operation in self.operations:
            kind = operation[0]
            if kind == "column":
                value = columns[operation[1]][operation[2]]
            elif kind == "constant":
                value = lift(operation[1])
            elif kind == "public":
                value = lift(public[operation[1]])
            else:
                a, b = values[operation[1]], values[operation[2]]
                value = add(a, b) if kind == "add" else sub(a, b) if kind == "sub" else mul(a, b)
            values.append(value)
        return values


class Machine:
    def __init__(self, path):
        with open(path) as f:
            dump = json.load(f)
        self.chips = [Chip(entry) for entry in dump["chips"]]
        self.small = dump["small"]
        self.number = {chip.name: i for i, chip in enumerate(self.chips)}
        self.constraint_count = sum(len(chip.constraints) for chip in self.chips)
        counts = [0, 0]
        self.slots = []  # of each chip's interactions: group, number in the group
        for chip in self.chips:
            slots = []
            for interaction in chip.interactions:
                group = int(interaction["shared"])
                slots.append((group, counts[group]))
                counts[group] += 1
            self.slots.append(slots)
        self.log2_group = (max(counts) - 1).bit_length()

    def formula(self, chip, point):
        """The preprocessed columns of a fixed table at a point."""
        return {"byte": _byte, "range": _range, "small": self._small, "sparse": _sparse}[chip.name](point)

    def _small(self, point):
        rest, own = _own(point, 6)
        weights = [eq_index(own, i) for i in range(len(self.small))]
        return [mul(rest, total(scale(w, row[c]) for w, row in zip(weights, self.small))) for c in range(5)]


def _own(point, count):
    """The factor of the coordinates above a table's own `count`, and those."""
    rest = ONE
    for z in point[: len(point) - count]:
        rest = mul(rest, one_minus(z))
    return rest, point[len(point) - count :]


def _number(bits):
    """Σ 2^i·bit_i, the last being that of 2^0."""
    value = ZERO
    for bit in bits:
        value = add(add(value, value), bit)
    return value


def _byte(point):
    rest, own = _own(point, 16)
    high, low = own[:8], own[8:]
    a, b = _number(low), _number(high)
    conjunction = _number([mul(x, y) for x, y in zip(low, high)])
    union = sub(add(a, b), conjunction)
    return [mul(rest, x) for x in (a, b, conjunction, union, sub(union, conjunction))]


def _range(point):
    """Row 2^bits + x: the leading one is bit `bits`. Row 0 repeats row 1, which is (0, 0)."""
    rest, own = _own(point, 17)
    bits, x = ZERO, ZERO
    leading = rest
    for i, z in enumerate(own):
        here = mul(leading, z)
        bits = add(bits, scale(here, 16 - i))
        x = add(x, mul(here, _number(own[i + 1 :])))
        leading = mul(leading, one_minus(z))
    return [bits, x]


def _sparse(point):
    """Row 2^16·(kind − 1) + v: for each kind the fields are digits in base 8 made of the bits of v."""
    rest, own = _own(point, 19)
    kinds, bits = own[:3], own[3:][::-1]  # the lowest bit first
    low, high = bits[:8], bits[8:]

    def digits(values):
        value = ZERO
        for x in reversed(values):
            value = add(scale(value, 8), x)
        return value

    def pairs(first):
        return digits([add(scale(bits[2 * i], first), scale(bits[2 * i + 1], 4)) for i in range(8)])

    rows = [[digits(low[:s]), digits(low[s:]), digits(high[:s]), digits(high[s:])] for s in range(5)]
    rows += [[pairs(1)], [pairs(2)], [_number(bits[::-1]), digits(low), digits(high)]]
    columns = [ZERO] * 5
    for i, fields in enumerate(rows):
        weight = mul(rest, eq_index(kinds, i))
        for column, value in enumerate([lift(i + 1)] + fields):
            columns[column] = add(columns[column], mul(weight, value))
    return columns


def machine_id(machine, profile):
    """Section 10's digest."""
    numbers = profile.numbers()
    for chip in machine.chips:
        numbers.append(chip.formula_rows or 0)
    numbers.append(len(machine.chips))
    for chip in machine.chips:
        numbers += [chip.widths[phase] for phase in PHASES]
        numbers += [
            chip.tree or 0,
            chip.public,
            len(chip.operations),
            len(chip.constraints),
            len(chip.interactions),
        ]
        for operation in chip.operations:
            kind = KINDS[operation[0]] << 8
            if operation[0] == "column":
                numbers += [kind | PHASES.index(operation[1]), operation[2], 0]
            else:
                numbers += [kind, operation[1], operation[2] if len(operation) > 2 else 0]
        numbers += chip.constraints
        for x in chip.interactions:
            numbers += [x["tag"], 2 * x["shared"] + x["receive"], x["multiplicity"], len(x["message"])] + x[
                "message"
            ]
    return hash_elements(ID, numbers, 0)
