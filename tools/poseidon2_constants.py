#!/usr/bin/env python3
"""Writes src/stark/poseidon2_constants.c from the definition of Poseidon2's constants.

Round constants come from the Grain LFSR in self-shrinking mode (Poseidon, eprint 2019/458, appendix E; Poseidon2's
reference script orders them: first full rounds, partial rounds, last full rounds). The internal diagonal for KoalaBear
is a choice, not derived: small numbers and inverse powers of two, for which the matrix is invertible and has no
invariant subspaces.

usage: tools/poseidon2_constants.py > src/stark/poseidon2_constants.c
"""

P = 2**31 - 2**24 + 1
BITS = 31
WIDTH = 24
FULL_ROUNDS = 8
PARTIAL_ROUNDS = 23


def grain_bits():
    """80 bits of state: field type 1 (prime), S-box 0 (a power), n, t, R_F, R_P, then ones; 160 clocks are thrown away."""
    state = []
    for value, length in ((1, 2), (0, 4), (BITS, 12), (WIDTH, 12), (FULL_ROUNDS, 10), (PARTIAL_ROUNDS, 10)):
        state += [value >> (length - 1 - i) & 1 for i in range(length)]
    state += [1] * 30

    def clock():
        bit = state[62] ^ state[51] ^ state[38] ^ state[23] ^ state[13] ^ state[0]
        state.pop(0)
        state.append(bit)
        return bit

    for _ in range(160):
        clock()
    while True:
        choose = clock()
        bit = clock()
        if choose:
            yield bit


def elements(bits):
    """n bits each, most significant first; what is not below p is skipped."""
    while True:
        x = 0
        for _ in range(BITS):
            x = 2 * x + next(bits)
        if x < P:
            yield x


def rows(values, per_row):
    lines = []
    for i in range(0, len(values), per_row):
        lines.append("    " + " ".join("C(%d)," % v for v in values[i:i + per_row]))
    return lines


def diagonal():
    def inverse_of_two_to(k):
        return pow(2, -k, P)
    positive = [inverse_of_two_to(k) for k in (8, 2, 3, 4, 5, 6, 24)]
    negative = [P - inverse_of_two_to(k) for k in (8, 3, 4, 5, 6, 7, 9, 24)]
    return [P - 2, 1, 2, inverse_of_two_to(1), 3, 4, P - inverse_of_two_to(1), P - 3, P - 4] + positive + negative


def main():
    source = elements(grain_bits())
    first = [[next(source) for _ in range(WIDTH)] for _ in range(FULL_ROUNDS // 2)]
    partial = [next(source) for _ in range(PARTIAL_ROUNDS)]
    last = [[next(source) for _ in range(WIDTH)] for _ in range(FULL_ROUNDS // 2)]
    out = ["/* Made by tools/poseidon2_constants.py; do not edit. */",
           '#include "stark/poseidon2.h"',
           "",
           "#define C(x) FP_CONSTANT(x)",
           "",
           "const fp poseidon2_full_constants[POSEIDON2_FULL_ROUNDS][POSEIDON2_WIDTH] = {"]
    for constants in first + last:
        lines = rows(constants, 6)
        lines[0] = "    {" + lines[0][4:]
        lines[1:] = ["     " + line[4:] for line in lines[1:]]
        lines[-1] = lines[-1][:-1] + "},"
        out += lines
    out += ["};", "", "const fp poseidon2_partial_constants[POSEIDON2_PARTIAL_ROUNDS] = {"] + rows(partial, 6)
    out += ["};", "", "const fp poseidon2_diagonal[POSEIDON2_WIDTH] = {"] + rows(diagonal(), 6) + ["};"]
    print("\n".join(out))


if __name__ == "__main__":
    main()
