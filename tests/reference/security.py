#!/usr/bin/env python3
"""The accounting of docs/protocol.md, section 8, computed anew in exact fractions from the document's rules
and the machine, and held against what the product says of itself.

    security.py MACHINE.json ORACLE

Prints TAP. Each round is the probability that a false statement of before it becomes a true one, over that
round's challenge alone."""

import math
import subprocess
import sys
from fractions import Fraction

from field import P
from machine import Machine
from proof import FULL, LOG2_ROWS_MAX, LOG2_SLOTS_MAX

F = P**5


def of_field(count):
    """A polynomial that is not zero has at most `count` roots."""
    return Fraction(count, F)


def accounting(profile, constraints, columns, local_length, shared_length, log2_slots):
    """Rounds: name, error, bits of grinding, how often. `log2_slots`: of all slots of interactions, L."""
    height = LOG2_ROWS_MAX
    rounds = [
        # Σ m/f over all messages, with one denominator: of degree at most `length` in the challenges for each
        # message.
        ("χ", of_field(P * shared_length), profile.shared_bits, 1),
        ("local buses", of_field(2**33 * local_length), profile.bus_bits, 1),
    ]
    variables = log2_slots + height
    rounds += [
        # Layer j = 1 … L + H − 1 has j rounds; u is of degree 2. λ_j and μ_j, and μ_0, are of degree 1.
        ("layers, rounds", of_field(2), 0, sum(range(1, variables))),
        ("layers, λ and μ", of_field(1), 0, 2 * (variables - 1) + 1),
        ("λ", of_field(constraints + 1), 0, 1),
        ("ξ_row", of_field(1), 0, height),
        ("constraints, rounds", of_field(3), 0, height),
        ("θ", of_field(columns - 1), 0, 1),
    ]
    folded = [LOG2_SLOTS_MAX, LOG2_SLOTS_MAX, profile.rounds[1].log2_height - profile.rounds[2].log2_height]
    for i, r in enumerate(profile.rounds):
        domain = 2 ** (r.log2_height + r.log2_inverse_rate)
        rate = Fraction(1, 2**r.log2_inverse_rate)
        # A line of words: BCIKS20, theorem 4.1, domain / |F|; and the round of the sumcheck over it, of
        # degree 2.
        rounds.append(("fold %d" % i, of_field(domain + 2), 0, folded[i]))
        rounds.append(("queries %d" % i, (1 - (1 - rate) / 2) ** r.queries, profile.query_bits, 1))
        # The claims of the queries and the one of before; in round 0 also the join's.
        rounds.append(("γ_%d" % i, of_field(r.queries + 1), 0, 1))
    rounds.append(("tail", of_field(2), 0, profile.rounds[2].log2_height))
    return rounds


def bits(fraction):
    """−log2, exact to 2^−50 of itself."""
    shift = fraction.denominator.bit_length() - fraction.numerator.bit_length() + 60
    return shift - math.log2((fraction.numerator << shift) // fraction.denominator)


def summary(rounds):
    errors = [error / 2**grinding for _, error, grinding, _ in rounds]
    return (
        bits(max(errors)),
        bits(sum(error * times for error, (_, _, _, times) in zip(errors, rounds))),
        8 * math.log2(P) / 2,
    )


def tree(rounds, parts, is_joined):
    """Section 12, Layers: how many proofs there are at most, and the bits of all their rounds. A node is a run of
    its own, so it has its χ; those of the parts have one."""
    waiting, nodes = parts, 0
    while is_joined and (waiting > 1 or nodes == 0):
        waiting = max(waiting - 1, 1)  # two go, their node comes
        nodes += 1
    times = {"χ": nodes + (1 if parts > 0 else 0)}
    total = Fraction(0)
    for name, error, grinding, often in rounds:
        total += times.get(name, (parts + nodes) * often) * error / 2**grinding
    return parts + nodes, bits(total)


def of_machine(machine):
    lengths = [0, 0]
    columns = 0
    for chip in machine.chips:
        columns += sum(chip.widths[phase] for phase in chip.phases())
        for interaction in chip.interactions:
            shared = int(interaction["shared"])
            lengths[shared] = max(lengths[shared], len(interaction["message"]))
    return accounting(FULL, machine.constraint_count, columns, lengths[0], lengths[1], machine.log2_group + 1)


def compare(rounds, lines):
    """What differs. The product may count a few roots more than there are (columns of formulas), never
    fewer."""
    faults = []
    for (name, error, grinding, times), line in zip(rounds, lines):
        theirs, error_bits, their_grinding, their_times = line
        if not -1e-6 < bits(error) - float(error_bits) < 0.05 or (grinding, times) != (
            int(their_grinding),
            int(their_times),
        ):
            faults.append(
                "%s: %.6f + %d bits, %d times; the product: %s" % (name, bits(error), grinding, times, line)
            )
    for name, value, line in zip(("worst", "sum", "hash"), summary(rounds), lines[len(rounds) :]):
        if line[0] != name or abs(value - float(line[1])) > 1e-6:
            faults.append("%s: %.6f; the product: %s" % (name, value, line))
    layers = lines[len(rounds) + 3 :]
    joined = [(1, False), (0, True), (1, True), (16, True), (256, True), (4096, True), (2 * (2**16 - 1), True)]
    for (parts, is_joined), line in zip(joined, layers):
        proofs, sum_bits = tree(rounds, parts, is_joined)
        if line[:3] != ["layer", str(parts), str(proofs)] or abs(sum_bits - float(line[3])) > 1e-6:
            faults.append("%d parts: %d proofs, %.6f bits; the product: %s" % (parts, proofs, sum_bits, line))
    if len(layers) != len(joined):
        faults.append("%d rounds, 3 lines and %d layers, not %d" % (len(rounds), len(joined), len(lines)))
    return faults


def main(machine_path, oracle):
    machine = Machine(machine_path)
    lines = [
        line.split("\t")
        for line in subprocess.run(
            [oracle, "security"], check=True, capture_output=True, text=True
        ).stdout.splitlines()
    ]
    half = len(lines) // 2
    any_machine = accounting(FULL, 2**12, 2**13 + 1, 100, 8, 13)
    cases = [
        ("the machine's proofs", of_machine(machine), lines[:half]),
        ("the proofs of any machine", any_machine, lines[half:]),
    ]
    failed = False
    for number, (name, rounds, theirs) in enumerate(cases, 1):
        faults = compare(rounds, theirs)
        worst, total, collisions = summary(rounds)
        if worst < 131 or total < 128.7 or collisions < 123.9:
            faults.append("too little")
        print(
            "%sok %d - %s: worst round %.2f bits, sum %.2f, hash %.2f, as the product says"
            % ("not " if faults else "", number, name, worst, total, collisions)
        )
        for fault in faults:
            print("# " + fault)
        failed |= bool(faults)
    print("1..%d" % len(cases))
    return int(failed)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2]))
