"""One proof (docs/protocol.md, sections 2 to 9)."""

from collections import namedtuple

from field import (
    ONE,
    P,
    ZERO,
    add,
    eq_index,
    eq_points,
    eq_table,
    evaluate,
    from_word,
    inverse,
    lift,
    mul,
    one_minus,
    root_of_unity,
    scale,
    sub,
)
from poseidon2 import CAP, DIGEST, LEAF, Transcript, compress, hash_elements

LOG2_ROWS_MAX = 23
LOG2_ROWS_MIN = 6
LOG2_GRAIN_PARTS = 6
LOG2_SLOTS_MAX = 9


class Refused(Exception):
    """The name of a status, and what is wrong."""

    def __init__(self, status, why):
        super().__init__("%s: %s" % (status, why))
        self.status = status


def demand(condition, status, why):
    if not condition:
        raise Refused(status, why)


Round = namedtuple("Round", "log2_height log2_inverse_rate queries")


class Profile:
    """What soundness depends on: the verifier's own, never the proof's."""

    def __init__(self, rounds, log2_cap, query_bits, shared_bits, bus_bits):
        self.rounds = [Round(*r) for r in rounds]
        self.log2_cap = log2_cap
        self.query_bits = query_bits
        self.shared_bits = shared_bits
        self.bus_bits = bus_bits

    def numbers(self):
        numbers = [2, self.shared_bits, self.bus_bits, self.query_bits, self.log2_cap]
        numbers += [LOG2_SLOTS_MAX, LOG2_ROWS_MAX, LOG2_GRAIN_PARTS, len(self.rounds)]
        for r in self.rounds:
            numbers += list(r)
        return numbers


FULL = Profile([(20, 1, 268), (15, 2, 164), (10, 3, 134)], 9, 20, 16, 16)

Challenge = namedtuple("Challenge", "alpha gamma")


def log2_ceil(n):
    return (n - 1).bit_length() if n > 0 else 0


def grain(rows):
    return 1 << max(0, log2_ceil(rows) - LOG2_GRAIN_PARTS)


def rows_are_allowed(rows):
    return rows <= 1 << LOG2_ROWS_MAX and rows % grain(rows) == 0


def even(words):
    return words + words % 2


class Layout:
    """Where the columns of a matrix are (section 4)."""

    def __init__(self, columns, log2_height):
        """columns: (number of the column's value, key order of its chip, column in the chip, rows)"""
        self.log2_height = log2_height
        pieces = []
        for number, chip, column, rows in columns:
            at = 0
            for a in range(log2_height, -1, -1):
                while rows - at >= 1 << a:
                    pieces.append((-a, chip, at >> a, column, number))
                    at += 1 << a
        pieces.sort()
        self.pieces = []  # (value, log2 of the size, which of that size in the column, place in the matrix)
        cell = 0
        for a, chip, b, column, number in pieces:
            self.pieces.append((number, -a, b, cell >> -a))
            cell += 1 << -a
        self.slots = even(-(-cell // (1 << log2_height)))

    def weight(self, point, r, powers, first_slot):
        """W's extension at a point of the cells of a round in which the matrix begins at `first_slot`."""
        memo = {}

        def eq_place(count, g):
            if count == 0:
                return ONE
            if (count, g) not in memo:
                z = point[count - 1]
                memo[count, g] = mul(eq_place(count - 1, g >> 1), z if g & 1 else one_minus(z))
            return memo[count, g]

        rows = {}
        result = ZERO
        for number, a, b, g in self.pieces:
            if (a, b) not in rows:
                high, low = r[: len(r) - a], r[len(r) - a :]
                rows[a, b] = mul(eq_index(high, b), eq_points(low, point[len(point) - a :]))
            g += first_slot << (self.log2_height - a)
            result = add(result, mul(mul(powers[number], rows[a, b]), eq_place(len(point) - a, g)))
        return result


class Shape:
    """All that follows from the rows."""

    def __init__(self, machine, profile, rows, opens):
        self.check_rows(machine, rows, opens)
        self.log2_rows = max([LOG2_ROWS_MIN] + [log2_ceil(n) for n in rows])
        columns = {"main": [], "boundary": [], 0: [], 1: []}
        self.values = []  # (chip, phase, column)
        for c, chip in enumerate(machine.chips):
            if rows[c] == 0:
                continue
            for phase in chip.phases():
                matrix = chip.tree - 1 if phase == "preprocessed" else phase
                for column in range(chip.widths[phase]):
                    columns[matrix].append((len(self.values), c, column, rows[c]))
                    self.values.append((c, phase, column))
        self.rounds = [[], [], []]  # of trees: (matrix or None, leaf width, slots)
        self.matrices = []
        for round_number, name in [(0, "main"), (1, "boundary")] + [(1, k) for k in (0, 1) if opens[k]]:
            layout = Layout(columns[name], profile.rounds[round_number].log2_height)
            demand(layout.slots > 0, "PROOF_SHAPE", "a matrix without columns")
            self.matrices.append((round_number, layout, [number for number, _, _, _ in columns[name]]))
        self.folded_slots = [
            1 << (profile.rounds[i].log2_height - profile.rounds[i + 1].log2_height) for i in (0, 1)
        ]
        slots = [sum(layout.slots for number, layout, _ in self.matrices if number == i) for i in range(3)]
        slots[1] += self.folded_slots[0]
        slots[2] += self.folded_slots[1]
        for count in slots:
            demand(count <= 1 << LOG2_SLOTS_MAX, "PROOF_SHAPE", "too many slots")
        self.log2_slots = [log2_ceil(count) for count in slots]
        self.layers = machine.log2_group + 1 + self.log2_rows
        self.words = self.count_words(profile)

    def check_rows(self, machine, rows, opens):
        demand(any(rows), "PROOF_SHAPE", "no table")
        by_tag = {}
        self.shared_count = 0
        for chip, n in zip(machine.chips, rows):
            demand(rows_are_allowed(n), "PROOF_SHAPE", "rows of " + chip.name)
            if chip.formula_rows is not None:
                demand(n in (0, chip.formula_rows), "PROOF_SHAPE", "rows of a formula's table")
            elif chip.widths["preprocessed"] > 0:
                demand(
                    (n > 0) == opens[chip.tree - 1],
                    "PROOF_SHAPE",
                    "a table without its matrix, or a matrix without it",
                )
            for interaction in chip.interactions:
                by_tag[interaction["tag"]] = by_tag.get(interaction["tag"], 0) + n
                self.shared_count += n * interaction["shared"]
        demand(all(count < P for count in by_tag.values()), "PROOF_SHAPE", "too many interactions of a tag")
        demand(sum(by_tag.values()) < 2**33, "PROOF_SHAPE", "too many interactions")

    def leaf_widths(self, round_number):
        """Of the round's trees: elements of a leaf."""
        widths = [5 * self.folded_slots[round_number - 1]] if round_number > 0 else []
        return widths + [layout.slots for number, layout, _ in self.matrices if number == round_number]

    def count_words(self, profile):
        cap = DIGEST << profile.log2_cap
        words = (
            2 * cap
            + even(1)
            + 20
            + sum(10 * j + 20 for j in range(1, self.layers))
            + even(15 * self.log2_rows)
            + even(5 * len(self.values))
        )
        for i, r in enumerate(profile.rounds):
            words += 10 * self.log2_slots[i]
            words += cap if i < 2 else 5 << r.log2_height
            words += even(1)
            path = DIGEST * (r.log2_height + r.log2_inverse_rate - profile.log2_cap)
            words += r.queries * sum(width + path for width in self.leaf_widths(i))
        return words + 10 * profile.rounds[2].log2_height


class Reader:
    def __init__(self, words):
        self.elements = [from_word(word) for word in words]
        self.at = 0

    def take(self, count):
        self.at += count
        assert self.at <= len(self.elements)
        return self.elements[self.at - count : self.at]

    def skip_to_even(self):
        demand(self.at % 2 == 0 or self.take(1) == [0], "PROOF_MALFORMED", "no zero before an even word")

    def take_f(self, count):
        elements = self.take(5 * count)
        return [tuple(elements[i : i + 5]) for i in range(0, 5 * count, 5)]

    def cap(self, profile):
        elements = self.take(DIGEST << profile.log2_cap)
        return [elements[i : i + DIGEST] for i in range(0, len(elements), DIGEST)]


def cap_root(cap):
    return hash_elements(CAP, [x for digest in cap for x in digest])


class Key:
    """Of a program: rows by chip (0 without preprocessed columns), the two matrices' caps."""

    def __init__(self, rows, caps):
        self.rows = rows
        self.caps = caps
        self.roots = [cap_root(cap) for cap in caps]


Claim = namedtuple("Claim", "statement shared rows opens public")
Outcome = namedtuple("Outcome", "local local_sum shared_sum boundary_root shared_count")


def bound_rounds(transcript, reader, claim, point, degree):
    """Sumcheck rounds at a point whose factors of eq are left out, from the last variable to the first. Gives
    the challenges in order of their variables, and what is claimed at them."""
    challenges = []
    for t in reversed(point):
        coefficients = reader.take_f(degree)
        transcript.absorb_all(coefficients)
        x = transcript.challenge()
        at_one = ZERO
        for u in coefficients:
            at_one = add(at_one, u)
        value = ZERO
        for u in reversed(coefficients):
            value = mul(add(value, u), x)
        claim = add(sub(claim, mul(t, at_one)), value)
        challenges.append(x)
    return challenges[::-1], claim


def slot_rounds(transcript, reader, claim, count):
    """Sumcheck rounds of section 8, first variable first: s(0) and the coefficient of X²."""
    challenges = []
    for _ in range(count):
        s0, s2 = reader.take_f(2)
        transcript.absorb_all([s0, s2])
        x = transcript.challenge()
        s1 = sub(sub(claim, add(s0, s0)), s2)
        claim = add(s0, mul(x, add(s1, mul(x, s2))))
        challenges.append(x)
    return challenges, claim


def buses(transcript, reader, layers):
    """Section 5: the sums' fractions, and the point and claims in which the buses end."""
    p_local, q_local, p_shared, q_shared = layer = reader.take_f(4)
    transcript.absorb_all(layer)
    demand(q_local != ZERO and q_shared != ZERO, "PROOF_BUS", "a zero denominator")
    mu = transcript.challenge()
    z = [mu]
    p = add(p_local, mul(mu, sub(p_shared, p_local)))
    q = add(q_local, mul(mu, sub(q_shared, q_local)))
    for _ in range(1, layers):
        weight = transcript.challenge()
        z, claim = bound_rounds(transcript, reader, add(p, mul(weight, q)), z, 2)
        p0, p1, q0, q1 = values = reader.take_f(4)
        transcript.absorb_all(values)
        expected = add(add(mul(p0, q1), mul(p1, q0)), mul(weight, mul(q0, q1)))
        demand(claim == expected, "PROOF_BUS", "a layer")
        mu = transcript.challenge()
        z = z + [mu]
        p = add(p0, mul(mu, sub(p1, p0)))
        q = add(q0, mul(mu, sub(q1, q0)))
    return layer, z, p, q


def constraints_at(machine, r, values, shape, claim, challenges, slot_weights, weight):
    """G of section 6 at r, from the columns' values there."""
    columns = [{phase: [ZERO] * width for phase, width in chip.widths.items()} for chip in machine.chips]
    for (c, phase, column), value in zip(shape.values, values):
        columns[c][phase][column] = value
    result = ZERO
    power = ONE
    messages_p, messages_q = ZERO, ZERO
    for c, chip in enumerate(machine.chips):
        if chip.formula_rows is not None and claim.rows[c] > 0:
            columns[c]["preprocessed"] = machine.formula(chip, r)
        operations = chip.evaluate(columns[c], claim.public.get(chip.name, [0] * chip.public))
        for expression in chip.constraints:
            result = add(result, mul(power, operations[expression]))
            power = mul(power, weight)
        for interaction, slot in zip(chip.interactions, machine.slots[c]):
            challenge = challenges[slot[0]]
            f = add(challenge.gamma, lift(interaction["tag"]))
            alpha = ONE
            for entry in interaction["message"]:
                alpha = mul(alpha, challenge.alpha)
                f = add(f, mul(alpha, operations[entry]))
            m = mul(slot_weights[slot], operations[interaction["multiplicity"]])
            messages_p = sub(messages_p, m) if interaction["receive"] else add(messages_p, m)
            messages_q = add(messages_q, mul(slot_weights[slot], f))
    return add(result, mul(power, add(messages_p, mul(weight, messages_q))))


def monomial_weight(y, x):
    """The extension of k -> y^k."""
    result = ONE
    for coordinate in reversed(x):
        result = mul(result, add(ONE, scale(coordinate, y - 1)))
        y = y * y % P
    return result


def check_path(cap, leaf, index, path):
    node = hash_elements(LEAF, leaf)
    for other in path:
        node = compress(other, node) if index & 1 else compress(node, other)
        index >>= 1
    demand(node == cap[index], "PROOF_OPENING", "a path")


def opening(transcript, reader, profile, shape, caps, r, values):
    """Section 8, after the values are absorbed. `caps`: of the matrices, in order."""
    theta = transcript.challenge()
    powers = [ONE]
    for _ in values[1:]:
        powers.append(mul(powers[-1], theta))
    claims = []
    for _, _, numbers in shape.matrices:
        v = ZERO
        for number in numbers:
            v = add(v, mul(powers[number], values[number]))
        claims.append(v)

    claim = claims[0]
    folded_cap = None
    slot_points, gammas, queries = [], [], []
    join = None
    for i, parameters in enumerate(profile.rounds):
        if i == 1:
            join = gammas[0]
            for _ in range(profile.rounds[0].queries):
                join = mul(join, gammas[0])
            for v in claims[1:]:
                claim = add(claim, mul(join, v))
        point, claim = slot_rounds(transcript, reader, claim, shape.log2_slots[i])
        slot_points.append(point)
        trees = [] if i == 0 else [folded_cap]
        trees += [cap for cap, (number, _, _) in zip(caps, shape.matrices) if number == i]
        if i < 2:
            folded_cap = reader.cap(profile)
            transcript.absorb(cap_root(folded_cap))
        else:
            last = reader.take_f(1 << parameters.log2_height)
            transcript.absorb_all(last)
        demand(transcript.nonce(reader.take(1)[0], profile.query_bits), "PROOF_GRINDING", "queries")
        reader.skip_to_even()
        log2_domain = parameters.log2_height + parameters.log2_inverse_rate
        indices = [transcript.bits(log2_domain) for _ in range(parameters.queries)]
        gamma = transcript.challenge()
        gammas.append(gamma)
        slot_weights = eq_table(point)
        root = root_of_unity(log2_domain)
        power = ONE
        round_queries = []
        for index in indices:
            power = mul(power, gamma)
            slot = 0
            value = ZERO
            for k, (cap, width) in enumerate(zip(trees, shape.leaf_widths(i))):
                leaf = reader.take(width)
                path = [reader.take(DIGEST) for _ in range(log2_domain - profile.log2_cap)]
                check_path(cap, leaf, index, path)
                if i > 0 and k == 0:
                    for at in range(0, width, 5):
                        value = add(value, mul(slot_weights[slot], tuple(leaf[at : at + 5])))
                        slot += 1
                else:
                    for x in leaf:
                        value = add(value, scale(slot_weights[slot], x))
                        slot += 1
            claim = add(claim, mul(power, value))
            round_queries.append((power, pow(root, index, P)))
        queries.append(round_queries)

    tail, claim = slot_rounds(transcript, reader, claim, profile.rounds[2].log2_height)

    a_0, a_1, a_2 = slot_points
    log2_folded = profile.rounds[0].log2_height - profile.rounds[1].log2_height
    others, b = a_1[: len(a_1) - log2_folded], a_1[len(a_1) - log2_folded :]
    pi = ONE
    for a in others:
        pi = mul(pi, one_minus(a))
    e_0, e_1 = b + a_2 + tail, a_2 + tail

    def queried(number, at):
        result = ZERO
        for power, y in queries[number]:
            result = add(result, mul(power, monomial_weight(y, at)))
        return result

    main = add(shape.matrices[0][1].weight(a_0 + e_0, r, powers, 0), queried(0, e_0))
    rest = ZERO
    first_slot = shape.folded_slots[0]
    for _, layout, _ in shape.matrices[1:]:
        rest = add(rest, layout.weight(a_1 + e_1, r, powers, first_slot))
        first_slot += layout.slots
    whole = add(add(mul(pi, main), mul(join, rest)), add(queried(1, e_1), queried(2, tail)))
    demand(claim == mul(evaluate(last, tail), whole), "PROOF_FOLDING", "the last claim")


def verify_proof(machine, profile, key, claim, words):
    for chip, n, fixed in zip(machine.chips, claim.rows, key.rows):
        if chip.widths["preprocessed"] > 0 and n > 0:
            demand(n == fixed, "PROOF_SHAPE", "rows other than the key's")
    shape = Shape(machine, profile, claim.rows, claim.opens)
    demand(len(words) == shape.words, "PROOF_MALFORMED", "%d words instead of %d" % (len(words), shape.words))
    demand(all(word < P for word in words), "PROOF_MALFORMED", "a word is no element")
    reader = Reader(words)

    transcript = Transcript()
    transcript.absorb([len(claim.statement)])
    transcript.absorb(claim.statement)
    transcript.absorb(claim.rows)
    for k in (0, 1):
        if claim.opens[k]:
            transcript.absorb(key.roots[k])
    boundary, main = reader.cap(profile), reader.cap(profile)
    boundary_root = cap_root(boundary)
    transcript.absorb(boundary_root)
    transcript.absorb(cap_root(main))
    demand(transcript.nonce(reader.take(1)[0], profile.bus_bits), "PROOF_GRINDING", "buses")
    reader.skip_to_even()
    local = Challenge(transcript.challenge(), transcript.challenge())

    sums, xi, p, q = buses(transcript, reader, shape.layers)
    log2_slots = machine.log2_group + 1
    xi_slot, xi_row = xi[:log2_slots], xi[log2_slots:]
    slot_weights = {}
    used = ZERO
    for slots in machine.slots:
        for group, number in slots:
            slot_weights[group, number] = eq_index(xi_slot, group << machine.log2_group | number)
            used = add(used, slot_weights[group, number])

    weight = transcript.challenge()
    power = ONE
    for _ in range(machine.constraint_count):
        power = mul(power, weight)
    start = mul(power, add(p, mul(weight, add(sub(q, ONE), used))))
    r, at_r = bound_rounds(transcript, reader, start, xi_row, 3)
    reader.skip_to_even()
    values = reader.take_f(len(shape.values))
    reader.skip_to_even()
    transcript.absorb_all(values)
    g = constraints_at(machine, r, values, shape, claim, (local, claim.shared), slot_weights, weight)
    demand(at_r == g, "PROOF_CONSTRAINTS", "the claim at r")

    caps = [main, boundary] + [key.caps[k] for k in (0, 1) if claim.opens[k]]
    opening(transcript, reader, profile, shape, caps, r, values)
    assert reader.at == shape.words
    return Outcome(
        local,
        mul(sums[0], inverse(sums[1])),
        mul(sums[2], inverse(sums[3])),
        boundary_root,
        shape.shared_count,
    )
