/* That the list of constraints says what the tapes of all chips say: at random values of the columns it gives the sum of
 * protocol.md, section 6, as it is defined. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stark/constraint_list.h"
#include "stark/constraints.h"
#include "stark/multilinear.h"
#include "vm/machine.h"

static uint64_t random_state = 1;

static fp draw(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (fp)((random_state >> 33) % FP_MODULUS);
}

static fp5 draw5(void)
{
    fp5 x;
    for (int i = 0; i < FP5_DEGREE; i++)
        x.c[i] = draw();
    return x;
}

/* Operation by operation. */
static const fp5 *evaluate(arena *memory, const air_tape *tape, const fp5 *const columns[AIR_PHASES], const fp *public_values)
{
    fp5 *values = ARENA_NEW(memory, fp5, tape->operation_count + 1);
    for (uint32_t i = 0; i < tape->operation_count; i++) {
        const air_operation *o = &tape->operations[i];
        switch ((air_operation_kind)o->kind) {
        case AIR_CONSTANT: values[i] = fp5_from_fp(fp_from_u32(o->a)); break;
        case AIR_COLUMN: values[i] = columns[o->phase] != NULL ? columns[o->phase][o->a] : FP5_ZERO; break;
        case AIR_PUBLIC: values[i] = fp5_from_fp(public_values[o->a]); break;
        case AIR_ADD: values[i] = fp5_add(values[o->a], values[o->b]); break;
        case AIR_SUB: values[i] = fp5_sub(values[o->a], values[o->b]); break;
        case AIR_MUL: values[i] = fp5_mul(values[o->a], values[o->b]); break;
        default: fail();
        }
    }
    return values;
}

static fp5 sum_by_definition(arena *memory, const constraint_sum *c, const fp5 *const columns[STARK_MAX_CHIPS][AIR_PHASES])
{
    const stark_machine *m = c->machine;
    fp5 sum = FP5_ZERO, power = FP5_ONE;
    bus_slots slots;
    bus_slots_make(&slots, m);
    for (uint32_t chip = 0; chip < m->count; chip++) {
        const air_tape *tape = m->tape[chip];
        const fp5 *values = evaluate(memory, tape, columns[chip], c->public_values[chip]);
        for (uint32_t i = 0; i < tape->constraint_count; i++) {
            sum = fp5_add(sum, fp5_mul(power, values[tape->constraints[i].expression]));
            power = fp5_mul(power, c->lambda);
        }
        uint32_t slot[BUS_GROUPS] = {slots.first[chip][BUS_LOCAL], slots.first[chip][BUS_SHARED]};
        for (uint32_t i = 0; i < tape->interaction_count; i++) {
            const air_interaction *x = &tape->interactions[i];
            const bus_challenge *challenge = &c->challenges[x->shared ? BUS_SHARED : BUS_LOCAL];
            fp5 f = fp5_add_fp(challenge->gamma, fp_from_u32(x->tag)), alpha = challenge->alpha;
            for (uint32_t k = 0; k < x->length; k++, alpha = fp5_mul(alpha, challenge->alpha))
                f = fp5_add(f, fp5_mul(alpha, values[x->message[k]]));
            fp5 p = values[x->multiplicity];
            p = x->receive ? fp5_neg(p) : p;
            fp5 weight = multilinear_eq_index(c->slot_point, c->log2_slots, slot[x->shared ? BUS_SHARED : BUS_LOCAL]++);
            fp5 both = fp5_add(fp5_mul(c->lambda_p, p), fp5_mul(c->lambda_q, f));
            sum = fp5_add(sum, fp5_mul(weight, both));
        }
    }
    return sum;
}

static void list_is_the_sum(void **state)
{
    (void)state;
    arena memory;
    arena_open(&memory, 256 << 20);
    stark_machine m;
    vm_machine_open(&m, &memory);
    bus_slots slots;
    bus_slots_make(&slots, &m);
    const fp5 *columns[STARK_MAX_CHIPS][AIR_PHASES] = {{NULL}};
    const fp *public_values[STARK_MAX_CHIPS];
    bus_challenge challenges[BUS_GROUPS] = {{draw5(), draw5()}, {draw5(), draw5()}};
    fp5 point[GKR_LOG2_SLOTS_MAX];
    for (int round = 0; round < 4; round++) {
        for (unsigned i = 0; i < slots.log2_slots; i++)
            point[i] = draw5();
        /* All chips, then some. */
        for (uint32_t chip = 0; chip < m.count; chip++) {
            fp *publics = ARENA_NEW(&memory, fp, STARK_MAX_PUBLIC_VALUES);
            for (uint32_t i = 0; i < m.chip[chip]->public_count; i++)
                publics[i] = draw();
            public_values[chip] = publics;
            bool present = round == 0 || draw() % 2 == 0;
            for (unsigned phase = 0; phase < AIR_PHASES; phase++) {
                uint32_t width = m.chip[chip]->width[phase];
                fp5 *values = ARENA_NEW(&memory, fp5, width + 1);
                for (uint32_t i = 0; i < width; i++)
                    values[i] = draw5();
                columns[chip][phase] = present ? values : NULL;
            }
        }
        constraint_sum sum = {.machine = &m,
                              .challenges = challenges,
                              .public_values = public_values,
                              .lambda = draw5(),
                              .lambda_p = draw5(),
                              .lambda_q = draw5(),
                              .slot_point = point,
                              .log2_slots = slots.log2_slots};
        fp5 made = constraints_at(&sum, columns, &memory), expected = sum_by_definition(&memory, &sum, columns);
        assert_true(fp5_equal(made, expected));
    }
    print_message("# %u items, %u blocks, %u constants\n", m.constraints.item_count, m.constraints.block_count,
                  m.constraints.constant_count);
    arena_close(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(list_is_the_sum)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
