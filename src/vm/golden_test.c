/* What each chip costs, as a file: a change in cost is seen in review. VM_GOLDEN_WRITE=1 writes it anew. And
 * the lint over the tapes finds nothing. */
#include <stdlib.h>

#include "vm/run_test.h"

#define GOLDEN "src/vm/golden/chips.txt"

static void write_chips(char *out, size_t size)
{
    arena memory;
    arena_open(&memory, (size_t)1 << 30);
    stark_machine m;
    vm_machine_open(&m, &memory);
    size_t n = (size_t)snprintf(out, size, "%-24s %5s %5s %5s %6s %6s %6s %6s %6s %6s %6s %9s\n", "chip",
                                "fixed", "bound", "main", "local", "shared", "constr", "degree", "opers", "cells",
                                "inter", "committed");
    for (int chip = 0; chip < VM_CHIPS; chip++) {
        const air *a = vm_airs[chip];
        const air_tape *t = m.tape[chip];
        uint32_t shared = 0, degree = 0;
        for (uint32_t i = 0; i < t->interaction_count; i++)
            shared += t->interactions[i].shared;
        uint32_t local = t->interaction_count - shared;
        for (uint32_t i = 0; i < t->constraint_count; i++)
            if (t->operations[t->constraints[i].expression].degree > degree)
                degree = t->operations[t->constraints[i].expression].degree;
        /* A row's two costs, cells and interactions; and what is committed of it with each proof: interactions in pairs
         * have columns of their own. */
        uint32_t cells = a->width[AIR_BOUNDARY] + a->width[AIR_MAIN];
        uint32_t committed = cells + 5 * ((local + 1) / 2 + (shared + 1) / 2);
        n += (size_t)snprintf(out + n, size - n, "%-24s %5u %5u %5u %6u %6u %6u %6u %6u %6u %6u %9u\n", a->name,
                              a->width[AIR_PREPROCESSED], a->width[AIR_BOUNDARY], a->width[AIR_MAIN], local, shared,
                              t->constraint_count, degree, t->operation_count, cells, local + shared, committed);
        assert_true(n < size);
    }
    arena_close(&memory);
}

static void costs_are_as_recorded(void **state)
{
    (void)state;
    static char now[1 << 16], recorded[1 << 16];
    write_chips(now, sizeof now);
    if (getenv("VM_GOLDEN_WRITE") != NULL) {
        FILE *file = fopen(GOLDEN, "w");
        assert_non_null(file);
        fputs(now, file);
        fclose(file);
    }
    FILE *file = fopen(GOLDEN, "r");
    if (file == NULL)
        print_error("run from the root of the repository; VM_GOLDEN_WRITE=1 writes " GOLDEN "\n");
    assert_non_null(file);
    recorded[fread(recorded, 1, sizeof recorded - 1, file)] = 0;
    fclose(file);
    assert_string_equal(now, recorded);
}

static void report_lint(void *context, const char *message)
{
    (void)context;
    print_error("%s\n", message);
}

static void tapes_are_clean(void **state)
{
    (void)state;
    arena memory;
    arena_open(&memory, (size_t)1 << 30);
    stark_machine m;
    vm_machine_open(&m, &memory);
    for (int chip = 0; chip < VM_CHIPS; chip++)
        assert_int_equal(air_lint(m.tape[chip], vm_airs[chip], report_lint, NULL), 0);
    arena_close(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tapes_are_clean),
        cmocka_unit_test(costs_are_as_recorded),
    };
    return cmocka_run_group_tests_name("golden", tests, NULL, NULL);
}
