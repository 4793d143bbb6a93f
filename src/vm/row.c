#include "vm/row.h"

#include "abi/memory_map.h"

air_expr row_sum(air_tape *t, const air_expr *terms, uint32_t count)
{
    air_expr sum = terms[0];
    for (uint32_t i = 1; i < count; i++)
        sum = air_add(t, sum, terms[i]);
    return sum;
}

air_expr row_join(air_tape *t, air_expr low, uint32_t bits, air_expr high)
{
    return air_add(t, low, air_scale(t, UINT32_C(1) << bits, high));
}

air_expr row_select(air_tape *t, air_expr condition, air_expr then, air_expr otherwise)
{
    return air_add(t, otherwise, air_mul(t, condition, air_sub(t, then, otherwise)));
}

air_expr row_weigh(air_tape *t, const air_expr *flags, const uint32_t *weights, uint32_t count)
{
    air_expr sum = air_scale(t, weights[0], flags[0]);
    for (uint32_t i = 1; i < count; i++)
        sum = air_add(t, sum, air_scale(t, weights[i], flags[i]));
    return sum;
}

air_expr row_weigh_by(air_tape *t, const air_expr *flags, const air_expr *values, uint32_t count)
{
    air_expr sum = air_mul(t, flags[0], values[0]);
    for (uint32_t i = 1; i < count; i++)
        sum = air_add(t, sum, air_mul(t, flags[i], values[i]));
    return sum;
}

air_expr row_one_of(air_tape *t, const air_expr *flags, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        air_bool(t, "a flag is a bit", flags[i]);
    air_expr sum = row_sum(t, flags, count);
    if (count > 1)
        air_bool(t, "at most one flag is set", sum);
    return sum;
}

void row_limbs_of_bytes(air_tape *t, air_expr limbs[4], const air_expr bytes[8])
{
    for (int i = 0; i < 4; i++)
        limbs[i] = row_join(t, bytes[2 * i], 8, bytes[2 * i + 1]);
}

void row_immediate(air_tape *t, air_expr limbs[4], air_expr low, air_expr sign)
{
    limbs[0] = low;
    for (int i = 1; i < 4; i++)
        limbs[i] = air_scale(t, 0xFFFF, sign);
}

row_instruction row_instruction_at(air_tape *t, air_expr pc4)
{
    air_expr zero = air_constant(t, 0);
    return (row_instruction){
        .kind = zero,
        .rd = zero,
        .rs1 = zero,
        .rs2 = zero,
        .constants = {zero, zero, zero, zero},
        .target4 = air_add(t, pc4, air_constant(t, 1)),
    };
}

void row_step(air_tape *t, air_expr real, air_expr pc4, air_expr clk, air_expr next, const row_instruction *i)
{
    row_step_to(t, real, pc4, clk, next, air_add(t, clk, air_constant(t, 1)), i);
}

void row_step_to(air_tape *t, air_expr real, air_expr pc4, air_expr clk, air_expr next, air_expr next_clk,
                 const row_instruction *i)
{
    bus_receive(t, BUS_EXEC, real, (air_expr[]){pc4, clk}, 2);
    bus_send(t, BUS_EXEC, real, (air_expr[]){next, next_clk}, 2);
    const air_expr *c = i->constants;
    bus_look_up(t, BUS_PROGRAM, real,
                (air_expr[]){pc4, i->kind, i->rd, i->rs1, i->rs2, c[0], c[1], c[2], c[3], i->target4}, 10);
}

/* Takes the message of the access before, sends that of this one; returns tick − previous − 1. */
static air_expr access(air_tape *t, air_expr selector, uint32_t space, air_expr w, const air_expr old[4],
                       const air_expr new[4], air_expr clk, uint32_t k, air_expr previous)
{
    air_expr s = air_constant(t, space);
    air_expr tick_before = air_add(t, air_scale(t, 8, clk), air_constant(t, k));
    air_expr tick = air_add(t, tick_before, air_constant(t, 1));
    bus_receive(t, BUS_MEMORY, selector, (air_expr[]){s, w, old[0], old[1], old[2], old[3], previous}, 7);
    bus_send(t, BUS_MEMORY, selector, (air_expr[]){s, w, new[0], new[1], new[2], new[3], tick}, 7);
    return air_sub(t, tick_before, previous);
}

/* tick − previous − 1 lies in [0, 2^26), or [0, 2^16) of a register: ticks are below 2^26 + 8, so the previous one is the
 * smaller as an integer. */
void row_access(air_tape *t, air_expr selector, air_expr w, const air_expr old[4], const air_expr new[4], air_expr clk,
                uint32_t k, const air_expr age[AGE_COLUMNS])
{
    air_expr gap = access(t, selector, SPACE_MEMORY, w, old, new, clk, k, age[AGE_PREVIOUS_TICK]);
    bus_range_wide(t, selector, 10, gap, age[AGE_GAP_LOW]);
}

void row_read_register(air_tape *t, air_expr selector, air_expr r, const air_expr value[4], air_expr clk,
                       uint32_t k, air_expr previous)
{
    bus_range(t, selector, 16, access(t, selector, SPACE_REGISTERS, r, value, value, clk, k, previous));
}

void row_write_rd(air_tape *t, air_expr selector, air_expr rd, const air_expr old[4], const air_expr new[4],
                  air_expr clk, air_expr previous)
{
    bus_range(t, selector, 16, access(t, selector, SPACE_REGISTERS, rd, old, new, clk, K_RD, previous));
}

void row_range_limbs(air_tape *t, air_expr selector, const air_expr limbs[4])
{
    for (int i = 0; i < 4; i++)
        bus_range(t, selector, 16, limbs[i]);
}

void row_add(air_tape *t, air_expr selector, const air_expr a[4], const air_expr b[4], const air_expr sum[4])
{
    row_add_limbs(t, selector, a, b, sum, 4);
}

void row_add_limbs(air_tape *t, air_expr selector, const air_expr *a, const air_expr *b, const air_expr *sum,
                   uint32_t count)
{
    static const char *const names[4] = {
        "the carry out of limb 0 is a bit",
        "the carry out of limb 1 is a bit",
        "the carry out of limb 2 is a bit",
        "the carry out of limb 3 is a bit",
    };
    air_expr carry = air_constant(t, 0);
    for (uint32_t i = 0; i < count; i++) {
        air_expr total = air_add(t, air_add(t, a[i], b[i]), carry);
        carry = row_divide(t, air_sub(t, total, sum[i]), 16);
        air_zero_when(t, names[i], selector, air_mul(t, carry, air_not(t, carry)));
    }
}

/* What the limbs leave open of `high` is a multiple of 2^16 between −2^16 and 2^16, as its carry is a bit: then w lies in
 * [−2^29, 2^30), where p leaves no other word than those of the ledger, [0, 2^29). */
air_expr row_address(air_tape *t, air_expr selector, const air_expr base[4], const air_expr immediate[4],
                     air_expr quotient, air_expr offset, air_expr high)
{
    air_expr zero = air_constant(t, 0);
    air_expr low = row_join(t, offset, 3, quotient);
    row_add(t, selector, base, immediate, (air_expr[]){low, high, zero, zero});
    bus_range(t, selector, 13, quotient);
    return row_join(t, quotient, 13, high);
}

/* high − border has 16 bits: of what the ledger lists, that leaves what lies from the border on. */
air_expr row_store_address(air_tape *t, air_expr selector, const air_expr base[4],
                           const air_expr immediate[4], air_expr quotient, air_expr offset, air_expr high)
{
    row_writable(t, selector, high);
    return row_address(t, selector, base, immediate, quotient, offset, high);
}

_Static_assert(MAP_WRITABLE_BASE % 0x10000 == 0, "limb 1 alone tells what can be written");

void row_writable(air_tape *t, air_expr selector, air_expr high)
{
    bus_range(t, selector, 16, air_sub(t, high, air_constant(t, MAP_WRITABLE_BASE >> 16)));
}

void row_crosses(air_tape *t, air_expr real, const air_expr is[3], air_expr offset, air_expr crosses)
{
    air_expr zero = air_constant(t, 0);
    air_expr key = air_add(t, row_weigh(t, is, (uint32_t[]){8, 16, 24}, 3), offset);
    bus_look_up(t, BUS_SMALL, real, (air_expr[]){air_constant(t, SMALL_CROSSES), key, crosses, zero, zero},
                5);
    air_bool(t, "crosses is a bit", crosses);
    air_zero_when(t, "only an access crosses", crosses, air_not(t, real));
}

/* Σ a_i·b_j with i + j = place; beyond byte 7 stand 255·sign. */
static air_expr product_place(air_tape *t, const air_expr a[8], air_expr a_sign, const air_expr b[8],
                              air_expr b_sign, uint32_t place)
{
    air_expr sum = air_constant(t, 0);
    for (uint32_t i = 0; i < 8; i++)
        if (place >= i && place - i < 8)
            sum = air_add(t, sum, air_mul(t, a[i], b[place - i]));
    if (place >= 8) {
        air_expr a_below = row_sum(t, a, place - 7), b_below = row_sum(t, b, place - 7);
        sum = air_add(t, sum, air_scale(t, 255, air_mul(t, a_sign, b_below)));
        sum = air_add(t, sum, air_scale(t, 255, air_mul(t, b_sign, a_below)));
    }
    return sum;
}

air_expr row_product_limb(air_tape *t, const air_expr a[8], air_expr a_sign, const air_expr b[8],
                          air_expr b_sign, uint32_t k)
{
    return row_join(t, product_place(t, a, a_sign, b, b_sign, 2 * k), 8,
                    product_place(t, a, a_sign, b, b_sign, 2 * k + 1));
}

void row_sign(air_tape *t, air_expr selector, air_expr limb, air_expr sign)
{
    air_bool(t, "a sign is a bit", sign);
    air_zero_when(t, "what has no sign has sign 0", sign, air_not(t, selector));
    bus_range(t, selector, 15, air_sub(t, limb, air_scale(t, 0x8000, sign)));
}

void row_less(air_tape *t, air_expr real, air_expr is_signed, const air_expr a[4], const air_expr b[4],
              const air_expr columns[LESS_COLUMNS])
{
    static const char *const bits[4] = {
        "the mark of limb 0 is a bit",
        "the mark of limb 1 is a bit",
        "the mark of limb 2 is a bit",
        "the mark of limb 3 is a bit",
    };
    static const char *const equal[4] = {
        "limbs 0 are equal above the mark",
        "limbs 1 are equal above the mark",
        "limbs 2 are equal above the mark",
        "limbs 3 are equal above the mark",
    };
    air_expr less = columns[LESS_RESULT];
    row_sign(t, is_signed, a[3], columns[LESS_A_SIGN]);
    row_sign(t, is_signed, b[3], columns[LESS_B_SIGN]);

    /* Signed order is the order after 2^63 is added: the sign goes, and its complement comes. */
    air_expr sign_change = air_sub(t, columns[LESS_B_SIGN], columns[LESS_A_SIGN]);
    air_expr difference = air_constant(t, 0); /* b − a in the marked limb */
    air_expr marks = air_constant(t, 0);
    for (int i = 3; i >= 0; i--) {
        air_expr mark = columns[LESS_FIRST + i];
        air_expr b_less_a = air_sub(t, b[i], a[i]);
        if (i == 3)
            b_less_a = air_sub(t, b_less_a, air_scale(t, 0x10000, sign_change));
        air_bool(t, bits[i], mark);
        marks = air_add(t, marks, mark);
        air_zero_when(t, equal[i], air_sub(t, real, marks), b_less_a);
        difference = air_add(t, difference, air_mul(t, mark, b_less_a));
    }
    air_bool(t, "one limb at most is marked", marks);
    air_bool(t, "less is a bit", less);
    air_zero_when(t, "equal is not less", air_sub(t, real, marks), less);

    /* In the marked limb |b − a| = gap + 1 ≥ 1, and less is the sign of b − a. */
    air_expr gap = air_add(t, columns[LESS_GAP], air_constant(t, 1));
    air_expr sign = air_sub(t, air_add(t, less, less), air_constant(t, 1));
    air_equal(t, "gap and order of the marked limb", difference, air_mul(t, marks, air_mul(t, sign, gap)));
    bus_range(t, real, 16, columns[LESS_GAP]);
}
