#include "vm/sha256_rounds/sha256_rounds.h"

#include "vm/sha256.h"

enum { BITS = 32, LIMB_BITS = 16, ROUNDS = SHA256_ROW_ROUNDS };

/* A word of bits. */
typedef struct {
    const air_expr *bits;
    air_expr sign[BITS]; /* 1 − 2·bit */
    air_expr limb[2];
} bit_word;

/* Σ 2^i·terms_i over a limb. */
static air_expr weigh_bits(air_tape *t, const air_expr *terms)
{
    air_expr sum = terms[LIMB_BITS - 1];
    for (uint32_t i = LIMB_BITS - 1; i-- > 0;)
        sum = air_add(t, air_add(t, sum, sum), terms[i]);
    return sum;
}

static void open_word(air_tape *t, bit_word *w, const air_expr bits[BITS])
{
    w->bits = bits;
    for (uint32_t i = 0; i < BITS; i++) {
        air_bool(t, "a bit", bits[i]);
        w->sign[i] = air_sub(t, air_constant(t, 1), air_add(t, bits[i], bits[i]));
    }
    for (uint32_t l = 0; l < 2; l++)
        w->limb[l] = weigh_bits(t, bits + LIMB_BITS * l);
}

/* Limb `l` of what has these products of signs. */
static air_expr limb_of_signs(air_tape *t, const air_expr *products)
{
    return row_divide(t, air_sub(t, air_constant(t, 0xFFFF), weigh_bits(t, products)), 1);
}

/* The word rotated to the right by each of three, or by two and shifted by the last, added without carry. */
static void turn(air_tape *t, air_expr limbs[2], const bit_word *w, const uint32_t by[3], bool shifts)
{
    air_expr products[BITS];
    for (uint32_t i = 0; i < BITS; i++) {
        products[i] = air_mul(t, w->sign[(i + by[0]) % BITS], w->sign[(i + by[1]) % BITS]);
        if (!shifts || i + by[2] < BITS)
            products[i] = air_mul(t, products[i], w->sign[(i + by[2]) % BITS]);
    }
    for (uint32_t l = 0; l < 2; l++)
        limbs[l] = limb_of_signs(t, products + LIMB_BITS * l);
}

static void majority(air_tape *t, air_expr limbs[2], const bit_word *a, const bit_word *b, const bit_word *c)
{
    air_expr products[BITS];
    for (uint32_t i = 0; i < BITS; i++)
        products[i] = air_mul(t, a->sign[i], air_mul(t, b->sign[i], c->sign[i]));
    for (uint32_t l = 0; l < 2; l++) {
        air_expr sum = air_add(t, a->limb[l], air_add(t, b->limb[l], c->limb[l]));
        limbs[l] = row_divide(t, air_sub(t, sum, limb_of_signs(t, products + LIMB_BITS * l)), 1);
    }
}

/* e ? f : g */
static void choose(air_tape *t, air_expr limbs[2], const bit_word *e, const bit_word *f, const bit_word *g)
{
    air_expr differences[BITS];
    for (uint32_t i = 0; i < BITS; i++)
        differences[i] = air_mul(t, e->bits[i], air_sub(t, f->bits[i], g->bits[i]));
    for (uint32_t l = 0; l < 2; l++)
        limbs[l] = air_add(t, g->limb[l], weigh_bits(t, differences + LIMB_BITS * l));
}

/* sum = word modulo 2^32; the carries are bytes. */
static void carry_sum(air_tape *t, air_expr real, const char *name, const air_expr sum[2],
                      const bit_word *word, const air_expr carry[2])
{
    air_expr low = air_sub(t, sum[0], word->limb[0]);
    air_expr high = air_sub(t, air_add(t, sum[1], carry[0]), word->limb[1]);
    air_equal(t, name, low, air_scale(t, 1 << LIMB_BITS, carry[0]));
    air_equal(t, name, high, air_scale(t, 1 << LIMB_BITS, carry[1]));
    bus_byte_pair(t, real, carry[0], carry[1]);
}

static void small_0(air_tape *t, air_expr limbs[2], const bit_word *w)
{
    turn(t, limbs, w, (uint32_t[]){7, 18, 3}, true);
}

static void small_1(air_tape *t, air_expr limbs[2], const bit_word *w)
{
    turn(t, limbs, w, (uint32_t[]){17, 19, 10}, true);
}

static void add_limbs(air_tape *t, air_expr sum[2], const air_expr limbs[2])
{
    for (uint32_t l = 0; l < 2; l++)
        sum[l] = air_add(t, sum[l], limbs[l]);
}

/* The row's words from what they are given, and what they give. */
static void schedule(air_tape *t, const sha256_rounds_columns *row, air_expr real, bit_word words[ROUNDS],
                     air_expr next[SHA256_GIVEN])
{
    air_expr half[2];
    for (uint32_t i = 0; i < ROUNDS; i++) {
        air_expr sum[2] = {row->given[2 * i], row->given[2 * i + 1]};
        open_word(t, &words[i], row->word + BITS * i);
        if (i >= 2) {
            small_1(t, half, &words[i - 2]);
            add_limbs(t, sum, half);
        }
        if (i == 7)
            add_limbs(t, sum, words[0].limb);
        carry_sum(t, real, "a word of the schedule", sum, &words[i], row->carry_word + 2 * i);
    }
    const air_expr *given = row->next_given, *ahead = row->next_ahead;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        air_expr sum[2] = {row->ahead[2 * i], row->ahead[2 * i + 1]};
        bool is_column = i < 2 || i == 7;
        if (i < 7) {
            add_limbs(t, sum, words[i + 1].limb);
        } else {
            small_0(t, half, &words[0]);
            add_limbs(t, sum, half);
        }
        if (i < 2) {
            small_1(t, half, &words[6 + i]);
            add_limbs(t, sum, half);
        }
        for (uint32_t l = 0; l < 2; l++) {
            next[2 * i + l] = is_column ? *given++ : sum[l];
            if (is_column)
                air_equal(t, "what the next row is given", next[2 * i + l], sum[l]);
        }
    }
    for (uint32_t i = 0; i < ROUNDS; i++) {
        air_expr sum[2] = {words[i].limb[0], words[i].limb[1]};
        if (i < 7) {
            small_0(t, half, &words[i + 1]);
            add_limbs(t, sum, half);
        }
        for (uint32_t l = 0; l < 2; l++) {
            air_expr *at = &next[SHA256_ROW_LIMBS + 2 * i + l];
            *at = i < 7 ? *ahead++ : sum[l];
            if (i < 7)
                air_equal(t, "what the row after the next is given", *at, sum[l]);
        }
    }
}

/* The constant of a row's round `i`. */
static void round_constant(air_tape *t, air_expr limbs[2], const air_expr row[SHA256_ROWS], uint32_t i)
{
    uint32_t weights[2][SHA256_ROWS];
    for (uint32_t r = 0; r < SHA256_ROWS; r++) {
        uint32_t constant = sha256_constants[ROUNDS * r + i];
        weights[0][r] = constant & 0xFFFF;
        weights[1][r] = constant >> LIMB_BITS;
    }
    for (uint32_t l = 0; l < 2; l++)
        limbs[l] = row_weigh(t, row, weights[l], SHA256_ROWS);
}

/* a[i], e[i]: after round i − 4; limbs alone of d and h before the first. */
static void rounds(air_tape *t, const sha256_rounds_columns *row, air_expr real, const bit_word words[ROUNDS],
                   bit_word a[4 + ROUNDS], bit_word e[4 + ROUNDS])
{
    for (uint32_t i = 0; i < ROUNDS; i++) {
        bit_word *new_a = &a[4 + i], *new_e = &e[4 + i];
        air_expr sum[2], half[2];
        open_word(t, new_a, row->new_a + BITS * i);
        open_word(t, new_e, row->new_e + BITS * i);
        round_constant(t, sum, row->row, i);
        add_limbs(t, sum, words[i].limb);
        add_limbs(t, sum, e[i].limb);
        turn(t, half, &e[i + 3], (uint32_t[]){6, 11, 25}, false);
        add_limbs(t, sum, half);
        choose(t, half, &e[i + 3], &e[i + 2], &e[i + 1]);
        add_limbs(t, sum, half);
        air_expr sum_e[2] = {sum[0], sum[1]};
        add_limbs(t, sum_e, a[i].limb);
        carry_sum(t, real, "the new e", sum_e, new_e, row->carry_e + 2 * i);
        turn(t, half, &a[i + 3], (uint32_t[]){2, 13, 22}, false);
        add_limbs(t, sum, half);
        majority(t, half, &a[i + 3], &a[i + 2], &a[i + 1]);
        add_limbs(t, sum, half);
        carry_sum(t, real, "the new a", sum, new_a, row->carry_a + 2 * i);
    }
}

/* The eight variables after round `round` − 4. */
static void limbs_after(air_expr state[SHA256_LIMBS], const bit_word a[4 + ROUNDS],
                        const bit_word e[4 + ROUNDS], uint32_t round)
{
    for (uint32_t i = 0; i < 4; i++)
        for (uint32_t l = 0; l < 2; l++) {
            state[2 * i + l] = a[round - i].limb[l];
            state[8 + 2 * i + l] = e[round - i].limb[l];
        }
}

/* As they lie in memory, highest first. */
static air_expr byte_of(air_tape *t, const bit_word *w, uint32_t byte)
{
    const air_expr *bits = w->bits + 8 * (3 - byte);
    air_expr sum = bits[7];
    for (uint32_t i = 7; i-- > 0;)
        sum = air_add(t, air_add(t, sum, sum), bits[i]);
    return sum;
}

static void sha256_rounds_record(air_tape *t)
{
    sha256_rounds_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, row.row, SHA256_ROWS), number = air_constant(t, 0);
    for (uint32_t i = 1; i < SHA256_ROWS; i++)
        number = air_add(t, number, air_scale(t, i, row.row[i]));
    air_expr next_number = air_add(t, number, air_constant(t, 1));

    bit_word words[ROUNDS], a[4 + ROUNDS], e[4 + ROUNDS];
    air_expr state[SHA256_LIMBS], given[SHA256_GIVEN];
    for (uint32_t i = 0; i < 3; i++) {
        open_word(t, &a[3 - i], row.a + BITS * i);
        open_word(t, &e[3 - i], row.e + BITS * i);
    }
    for (uint32_t l = 0; l < 2; l++) {
        a[0].limb[l] = row.d[l];
        e[0].limb[l] = row.h[l];
    }
    limbs_after(state, a, e, 3);
    sha256_receive_rounds(t, real, row.time, number, state);

    for (uint32_t i = 0; i < SHA256_ROW_LIMBS; i++) {
        given[i] = row.given[i];
        given[SHA256_ROW_LIMBS + i] = row.ahead[i];
    }
    sha256_receive_words(t, air_sub(t, real, row.row[0]), SHA256_OF_SCHEDULE, row.time, number, given);
    schedule(t, &row, real, words, given);
    sha256_send_words(t, air_sub(t, real, row.row[SHA256_ROWS - 1]), SHA256_OF_SCHEDULE, row.time, next_number,
                      given);
    for (uint32_t i = 0; i < SHA256_ROW_BYTES; i++)
        given[i] = byte_of(t, &words[i / 4], i % 4);
    sha256_receive_words(t, air_add(t, row.row[0], row.row[1]), SHA256_OF_DATA, row.time, number, given);

    rounds(t, &row, real, words, a, e);
    limbs_after(state, a, e, 3 + ROUNDS);
    sha256_send_rounds(t, real, row.time, next_number, state);
}

CHIP_AIR(sha256_rounds, SHA256_ROUNDS_COLUMNS);
