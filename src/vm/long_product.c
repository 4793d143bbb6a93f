#include "vm/long_product.h"

void long_byte_pairs(air_tape *t, air_expr selector, const air_expr *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i += 2)
        bus_byte_pair(t, selector, bytes[i], bytes[i + 1]);
}

void long_power_is_zero(air_tape *t, air_expr is_power, const air_expr m[LONG_BYTES])
{
    /* At most 32·255. */
    air_zero_when(t, "what stands for 2^256 is 0", is_power, row_sum(t, m, LONG_BYTES));
}

void long_limbs_of_bytes(air_tape *t, air_expr *limbs, const air_expr *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count / 2; i++)
        limbs[i] = row_join(t, bytes[2 * i], 8, bytes[2 * i + 1]);
}

void long_access(air_tape *t, air_expr selector, air_expr w, uint32_t words, const air_expr *old,
                 const air_expr *new, air_expr clk, uint32_t k, const air_expr *age)
{
    for (uint32_t i = 0; i < words; i++)
        row_access(t, selector, air_add(t, w, air_constant(t, i)), old + 4 * i, new + 4 * i, clk, k,
                   age + AGE_COLUMNS * i);
}

void long_read(air_tape *t, air_expr selector, air_expr w, uint32_t words, const air_expr *limbs,
               air_expr clk, uint32_t k, const air_expr *age)
{
    long_access(t, selector, w, words, limbs, limbs, clk, k, age);
}

void long_read_bytes(air_tape *t, air_expr selector, air_expr w, uint32_t words, const air_expr *bytes,
                     air_expr clk, uint32_t k, const air_expr *age)
{
    air_expr limbs[WIDE_LIMBS];
    long_limbs_of_bytes(t, limbs, bytes, 8 * words);
    long_read(t, selector, w, words, limbs, clk, k, age);
}

/* Σ (a_i·b_j − q_i·m_j) with i + j = place. */
static air_expr difference_at(air_tape *t, const long_product *p, uint32_t place)
{
    air_expr sum = air_constant(t, 0);
    for (uint32_t i = 0; i < p->bytes; i++)
        if (place >= i && place - i < p->bytes) {
            air_expr product = air_mul(t, p->a[i], p->b[place - i]);
            sum = air_add(t, sum, air_sub(t, product, air_mul(t, p->q[i], p->m[place - i])));
        }
    return sum;
}

static void equation_holds(air_tape *t, air_expr real, const long_product *p)
{
    air_expr q[WIDE_LIMBS], before = air_constant(t, 0), half = air_constant(t, 1 << 14);
    const uint32_t limbs = p->bytes / 2;
    long_limbs_of_bytes(t, q, p->q, p->bytes);
    for (uint32_t k = 0; k < 2 * limbs; k++) {
        air_expr e = row_join(t, difference_at(t, p, 2 * k), 8, difference_at(t, p, 2 * k + 1));
        if (k < limbs)
            e = air_add(t, e, air_sub(t, p->c[k], p->r[k]));
        else
            e = air_sub(t, e, air_mul(t, p->is_power, q[k - limbs]));
        e = air_add(t, e, before);
        if (k == 2 * limbs - 1) {
            air_zero(t, "the last position has no carry", e);
            break;
        }
        air_equal(t, "a position of a·b + c = q·m + r", e, air_scale(t, 1 << 16, p->carry[k]));
        bus_range(t, real, 15, air_add(t, p->carry[k], half));
        before = p->carry[k];
    }
}

/* Limbs above the marked one are equal, and there r is the smaller; nothing is where m is 2^256. */
static void remainder_is_less(air_tape *t, air_expr real, const long_product *p)
{
    air_expr m[WIDE_LIMBS], compared = air_sub(t, real, p->is_power);
    long_limbs_of_bytes(t, m, p->m, p->bytes);
    air_expr marks = air_constant(t, 0), difference = marks;
    for (uint32_t i = p->bytes / 2; i-- > 0;) {
        air_expr more = air_sub(t, m[i], p->r[i]);
        air_bool(t, "a mark is a bit", p->mark[i]);
        marks = air_add(t, marks, p->mark[i]);
        air_zero_when(t, "limbs are equal above the mark", air_sub(t, compared, marks), more);
        difference = air_add(t, difference, air_mul(t, p->mark[i], more));
    }
    air_equal(t, "one limb is marked", marks, compared);
    air_equal(t, "the gap of the marked limb", difference, air_add(t, marks, p->gap));
    bus_range(t, real, 16, p->gap);
}

void long_product_holds(air_tape *t, air_expr real, const long_product *p)
{
    for (uint32_t i = 0; i < p->bytes / 2; i++)
        bus_range(t, real, 16, p->r[i]);
    equation_holds(t, real, p);
    remainder_is_less(t, real, p);
}
