/* keccak_air PERMUTATIONS: proves that many Keccak-f with our prover in the columns of Plonky3's Keccak AIR, one round a row,
 * and verifies. Prints what bench/peers/plonky3 does; the trace is there before time counts, as there.
 *
 * As there: step flags and export, preimage and state as limbs of 16 bits, C, C' and A' as bits, A'' as limbs, the bits of
 * A''[0, 0] and what ι makes of it. Since rows here know nothing of each other, preimage and state go from a round to the
 * next over a bus, which takes one column more: which permutation a row is of. It stands in the boundary, of which every proof
 * has a matrix. */
#include "base/arena.h"
#include "base/check.h"
#include "crypto/keccak_internal.h"
#include "crypto/keccak.h"
#include "measure.h"
#include "stark/proof_prover.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 24, LANES = 25, LIMBS = 4, LIMB_BITS = 16, LANE_BITS = 64 };

enum {
    FLAG = 0,
    EXPORT = FLAG + ROUNDS,
    PREIMAGE = EXPORT + 1,
    A = PREIMAGE + LANES * LIMBS,
    C = A + LANES * LIMBS,
    C_PRIME = C + 5 * LANE_BITS,
    A_PRIME = C_PRIME + 5 * LANE_BITS,
    A_PRIME_PRIME = A_PRIME + LANES * LANE_BITS,
    FIRST_BITS = A_PRIME_PRIME + LANES * LIMBS,
    FIRST_LIMBS = FIRST_BITS + LANE_BITS,
    COLUMNS = FIRST_LIMBS + LIMBS,
};

/* Offsets of ρ for lane x + 5y. */
static const unsigned rotation[LANES] = {0,  1,  62, 28, 27, 36, 44, 6,  55, 20, 3,  10, 43,
                                         25, 39, 41, 45, 15, 21, 8,  18, 2,  61, 56, 14};

/* Which bit of A' is bit z of B at lane x + 5y, after ρ and π. */
static unsigned moved_bit(unsigned x, unsigned y, unsigned z)
{
    unsigned from = (x + 3 * y) % 5 + 5 * x;
    return LANE_BITS * from + (z + LANE_BITS - rotation[from]) % LANE_BITS;
}

static air_expr at(air_tape *t, unsigned column) { return air_column(t, AIR_MAIN, column); }

static air_expr xor2(air_tape *t, air_expr a, air_expr b)
{
    return air_sub(t, air_add(t, a, b), air_scale(t, 2, air_mul(t, a, b)));
}

static air_expr and_not(air_tape *t, air_expr b, air_expr a) { return air_mul(t, air_not(t, a), b); }

typedef air_expr bit_of_lane(air_tape *t, unsigned lane, unsigned z);

/* Σ 2^i · bit of a limb's bits. */
static air_expr limb_of(air_tape *t, bit_of_lane *bit, unsigned lane, unsigned limb)
{
    air_expr sum = air_constant(t, 0);
    for (unsigned i = LIMB_BITS; i-- > 0;)
        sum = air_add(t, air_scale(t, 2, sum), bit(t, lane, limb * LIMB_BITS + i));
    return sum;
}

/* A as A', C and C' have it. */
static air_expr bit_of_a(air_tape *t, unsigned lane, unsigned z)
{
    unsigned x = lane % 5;
    return xor2(t, xor2(t, at(t, C + LANE_BITS * x + z), at(t, C_PRIME + LANE_BITS * x + z)),
                at(t, A_PRIME + LANE_BITS * lane + z));
}

/* χ */
static air_expr bit_of_a_prime_prime(air_tape *t, unsigned lane, unsigned z)
{
    unsigned x = lane % 5, y = lane / 5;
    air_expr b0 = at(t, A_PRIME + moved_bit(x, y, z));
    air_expr b1 = at(t, A_PRIME + moved_bit((x + 1) % 5, y, z));
    air_expr b2 = at(t, A_PRIME + moved_bit((x + 2) % 5, y, z));
    return xor2(t, b0, and_not(t, b2, b1));
}

static air_expr first_bit(air_tape *t, unsigned lane, unsigned z)
{
    (void)lane;
    return at(t, FIRST_BITS + z);
}

/* ι; the round's constant from the flags. */
static air_expr first_bit_out(air_tape *t, unsigned lane, unsigned z)
{
    (void)lane;
    air_expr constant = air_constant(t, 0);
    for (unsigned round = 0; round < ROUNDS; round++)
        if (keccak_round_constants[round] >> z & 1)
            constant = air_add(t, constant, at(t, FLAG + round));
    return xor2(t, at(t, FIRST_BITS + z), constant);
}

static void bits(air_tape *t, const char *name, unsigned first, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        air_bool(t, name, at(t, first + i));
}

enum { TAG_STATE = 1, TAG_PREIMAGE = 3, HALF = LANES * LIMBS / 2 };

/* A hundred limbs as two messages, each with permutation and round. */
static void pass(air_tape *t, uint32_t tag, bool receive, air_expr multiplicity, air_expr round, const air_expr *limbs)
{
    for (unsigned half = 0; half < 2; half++) {
        air_expr message[2 + HALF] = {air_column(t, AIR_BOUNDARY, 0), round};
        memcpy(message + 2, limbs + half * HALF, HALF * sizeof *limbs);
        air_interact(t, tag + half, false, receive, multiplicity, message, 2 + HALF);
    }
}

static void record(air_tape *t)
{
    bits(t, "a step flag is a bit", FLAG, ROUNDS);
    air_expr real = air_constant(t, 0), round = real;
    for (unsigned i = 0; i < ROUNDS; i++) {
        real = air_add(t, real, at(t, FLAG + i));
        round = air_add(t, round, air_scale(t, i, at(t, FLAG + i)));
    }
    air_bool(t, "a row is of one round", real);
    air_bool(t, "export is a bit", at(t, EXPORT));
    air_zero(t, "export is of a last round", air_mul(t, at(t, EXPORT), air_not(t, at(t, FLAG + ROUNDS - 1))));
    for (unsigned i = 0; i < LANES * LIMBS; i++)
        air_zero_when(t, "it begins with the preimage", at(t, FLAG), air_sub(t, at(t, PREIMAGE + i), at(t, A + i)));

    bits(t, "C is bits", C, 5 * LANE_BITS);
    for (unsigned x = 0; x < 5; x++)
        for (unsigned z = 0; z < LANE_BITS; z++)
            air_equal(t, "θ: C'", at(t, C_PRIME + LANE_BITS * x + z),
                      xor2(t, xor2(t, at(t, C + LANE_BITS * x + z), at(t, C + LANE_BITS * ((x + 4) % 5) + z)),
                           at(t, C + LANE_BITS * ((x + 1) % 5) + (z + LANE_BITS - 1) % LANE_BITS)));
    bits(t, "A' is bits", A_PRIME, LANES * LANE_BITS);
    for (unsigned lane = 0; lane < LANES; lane++)
        for (unsigned limb = 0; limb < LIMBS; limb++)
            air_equal(t, "θ: A", at(t, A + LIMBS * lane + limb), limb_of(t, bit_of_a, lane, limb));
    for (unsigned x = 0; x < 5; x++)
        for (unsigned z = 0; z < LANE_BITS; z++) {
            air_expr sum = air_sub(t, air_constant(t, 0), at(t, C_PRIME + LANE_BITS * x + z));
            for (unsigned y = 0; y < 5; y++)
                sum = air_add(t, sum, at(t, A_PRIME + LANE_BITS * (x + 5 * y) + z));
            air_expr two = air_sub(t, sum, air_constant(t, 2)), four = air_sub(t, sum, air_constant(t, 4));
            air_zero(t, "θ: C' is the parity of A'", air_mul(t, air_mul(t, sum, two), four));
        }
    for (unsigned lane = 0; lane < LANES; lane++)
        for (unsigned limb = 0; limb < LIMBS; limb++)
            air_equal(t, "χ", at(t, A_PRIME_PRIME + LIMBS * lane + limb), limb_of(t, bit_of_a_prime_prime, lane, limb));
    bits(t, "the first lane is bits", FIRST_BITS, LANE_BITS);
    for (unsigned limb = 0; limb < LIMBS; limb++) {
        air_equal(t, "bits of the first lane", at(t, A_PRIME_PRIME + limb), limb_of(t, first_bit, 0, limb));
        air_equal(t, "ι", at(t, FIRST_LIMBS + limb), limb_of(t, first_bit_out, 0, limb));
    }

    air_expr preimage[LANES * LIMBS], in[LANES * LIMBS], out[LANES * LIMBS];
    for (unsigned i = 0; i < LANES * LIMBS; i++) {
        preimage[i] = at(t, PREIMAGE + i);
        in[i] = at(t, A + i);
        out[i] = at(t, i < LIMBS ? FIRST_LIMBS + i : A_PRIME_PRIME + i);
    }
    air_expr not_first = air_sub(t, real, at(t, FLAG)), not_last = air_sub(t, real, at(t, FLAG + ROUNDS - 1));
    air_expr next = air_add(t, round, air_constant(t, 1));
    pass(t, TAG_STATE, true, not_first, round, in);
    pass(t, TAG_STATE, false, not_last, next, out);
    pass(t, TAG_PREIMAGE, true, not_first, round, preimage);
    pass(t, TAG_PREIMAGE, false, not_last, next, preimage);
}

/* ---- the trace ---- */

static fp small[1 << LIMB_BITS]; /* Montgomery words of limbs */

typedef struct {
    fp *cells, *permutations;
    size_t rows, row;
} writer;

static void put(const writer *w, unsigned column, uint32_t value) { w->cells[column * w->rows + w->row] = small[value]; }

static void put_limbs(const writer *w, unsigned column, uint64_t lane)
{
    for (unsigned i = 0; i < LIMBS; i++)
        put(w, column + i, lane >> LIMB_BITS * i & 0xffff);
}

static void put_bits(const writer *w, unsigned column, uint64_t lane)
{
    for (unsigned i = 0; i < LANE_BITS; i++)
        put(w, column + i, lane >> i & 1);
}

static uint64_t rotate(uint64_t a, unsigned n) { return n == 0 ? a : a << n | a >> (LANE_BITS - n); }

static void write_round(const writer *w, uint32_t permutation, unsigned round, const uint64_t preimage[LANES],
                        uint64_t state[LANES])
{
    put(w, FLAG + round, 1);
    w->permutations[w->row] = small[permutation];
    uint64_t c[5] = {0}, c_prime[5], a_prime[LANES], b[LANES];
    for (unsigned lane = 0; lane < LANES; lane++) {
        put_limbs(w, PREIMAGE + LIMBS * lane, preimage[lane]);
        put_limbs(w, A + LIMBS * lane, state[lane]);
        c[lane % 5] ^= state[lane];
    }
    for (unsigned x = 0; x < 5; x++) {
        c_prime[x] = c[x] ^ c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1);
        put_bits(w, C + LANE_BITS * x, c[x]);
        put_bits(w, C_PRIME + LANE_BITS * x, c_prime[x]);
    }
    for (unsigned lane = 0; lane < LANES; lane++) {
        a_prime[lane] = state[lane] ^ c[lane % 5] ^ c_prime[lane % 5];
        put_bits(w, A_PRIME + LANE_BITS * lane, a_prime[lane]);
    }
    for (unsigned lane = 0; lane < LANES; lane++) {
        unsigned from = (lane % 5 + 3 * (lane / 5)) % 5 + 5 * (lane % 5);
        b[lane] = rotate(a_prime[from], rotation[from]);
    }
    for (unsigned lane = 0; lane < LANES; lane++) {
        unsigned y5 = lane / 5 * 5;
        state[lane] = b[lane] ^ (~b[(lane + 1) % 5 + y5] & b[(lane + 2) % 5 + y5]);
        put_limbs(w, A_PRIME_PRIME + LIMBS * lane, state[lane]);
    }
    put_bits(w, FIRST_BITS, state[0]);
    state[0] ^= keccak_round_constants[round];
    put_limbs(w, FIRST_LIMBS, state[0]);
}

static void write_permutations(fp *cells, fp *permutations, size_t rows, uint32_t count)
{
    writer w = {cells, permutations, rows, 0};
    uint64_t random = 1;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t preimage[LANES], state[LANES], expected[LANES];
        for (unsigned lane = 0; lane < LANES; lane++)
            preimage[lane] = random = random * 6364136223846793005 + 1442695040888963407;
        memcpy(state, preimage, sizeof state);
        memcpy(expected, preimage, sizeof expected);
        keccak_f1600(expected);
        for (unsigned round = 0; round < ROUNDS; round++, w.row++)
            write_round(&w, i, round, preimage, state);
        CHECK(memcmp(state, expected, sizeof state) == 0);
    }
}

int main(int argument_count, char **arguments)
{
    uint32_t count = argument_count == 2 ? (uint32_t)strtoul(arguments[1], NULL, 10) : 0;
    if (count == 0 || count > 1 << LIMB_BITS) {
        fprintf(stderr, "usage: keccak_air PERMUTATIONS\n");
        return 2;
    }
    for (uint32_t i = 0; i < 1 << LIMB_BITS; i++)
        small[i] = fp_from_u32(i);
    arena memory;
    arena_open(&memory, (size_t)1 << 38);
    static const air keccak = {.name = "keccak", .width = {[AIR_BOUNDARY] = 1, [AIR_MAIN] = COLUMNS}, .record = record};
    const air *chips[] = {&keccak};
    const uint8_t trees[] = {0};
    stark_machine machine;
    stark_machine_open(&machine, &memory, chips, trees, 1);

    uint32_t rows = 1;
    while (rows < count * ROUNDS)
        rows *= 2;
    fp *cells = ARENA_NEW(&memory, fp, (size_t)rows * COLUMNS);
    fp *permutations = ARENA_NEW(&memory, fp, rows);
    write_permutations(cells, permutations, rows, count);
    stark_table table = {.rows = rows, .columns = {[AIR_BOUNDARY] = permutations, [AIR_MAIN] = cells}};
    fp statement[] = {FP_ONE};
    proof_claim claim = {.statement = statement, .statement_count = 1, .rows = {rows}};
    claim.shared.alpha.c[1] = claim.shared.gamma.c[1] = FP_ONE; /* nothing is shared */
    proof_key key;
    proof_proving_key *proving_key = proof_setup(&key, &memory, &machine, &PROOF_FULL, NULL, 0);
    size_t words = proof_words(&machine, &PROOF_FULL, &claim, &memory);
    CHECK(words > 0);
    uint32_t *proof = ARENA_NEW(&memory, uint32_t, words);

    proof_outcome outcome, verified;
    measure_times start = measure_now();
    proof_prove(proof, &outcome, &machine, &PROOF_FULL, proving_key, &claim, &table, 1, NULL, &memory);
    measure_times proving = measure_since(start);
    start = measure_now();
    status s = proof_verify_with(&verified, &machine, &PROOF_FULL, &key, &claim, proof, words, tree_check_fast, &memory);
    measure_times verifying = measure_since(start);
    if (s != OK || !fp5_is_zero(verified.local_sum)) {
        fprintf(stderr, "keccak_air: %s\n", s == OK ? "the bus does not balance" : status_name(s));
        return 1;
    }
    measure_print(0, (uint64_t)rows * (COLUMNS + 1), proving, verifying, words * sizeof *proof);
    return 0;
}
