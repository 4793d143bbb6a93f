/* Prints the recorded machine and its id at full parameters as C, for src/verify/constant.c: a verifier
 * that is itself proven has them in its image, as recording takes longer than verifying.
 *     machine_constants > machine.inc  */
#include "vm/machine.h"

#include <stdio.h>

static void print_tape(const air_tape *t, uint32_t chip)
{
    printf("static const air_operation operations_%u[] = {\n", chip);
    for (uint32_t i = 0; i < t->operation_count; i++) {
        const air_operation *o = &t->operations[i];
        printf("{%u, %u, %u, %u, %u},%s", o->a, o->b, o->kind, o->phase, o->degree, i % 8 == 7 ? "\n" : " ");
    }
    printf("};\nstatic const air_constraint constraints_%u[] = {\n", chip);
    for (uint32_t i = 0; i < t->constraint_count; i++)
        printf("{%u, NULL},%s", t->constraints[i].expression, i % 8 == 7 ? "\n" : " ");
    printf("{0, NULL}};\nstatic const uint32_t messages_%u[] = {\n", chip);
    for (uint32_t i = 0; i < t->interaction_count; i++) {
        for (uint32_t k = 0; k < t->interactions[i].length; k++)
            printf("%u, ", t->interactions[i].message[k]);
        printf("\n");
    }
    printf("0};\nstatic const air_interaction interactions_%u[] = {\n", chip);
    for (uint32_t i = 0, first = 0; i < t->interaction_count; i++) {
        const air_interaction *x = &t->interactions[i];
        printf("{%u, %d, %d, %u, %u, messages_%u + %u},\n", x->tag, x->shared, x->receive, x->multiplicity,
               x->length, chip, first);
        first += x->length;
    }
    printf("{0}};\n");
}

/* The names of columns and constraints are for people, and what records is not there. */
static void print_chip(const air *a, uint32_t chip)
{
    printf("static const air chip_%u = {.name = \"%s\", .width = {%u, %u, %u}, .public_count = %u", chip, a->name,
           a->width[0], a->width[1], a->width[2], a->public_count);
    if (a->formula != NULL)
        printf(", .formula = vm_%s_formula, .formula_log2_rows = %u", a->name, a->formula_log2_rows);
    printf("};\n");
}

int main(void)
{
    arena memory;
    arena_open(&memory, (size_t)1 << 32);
    stark_machine m;
    vm_machine_open(&m, &memory);
    digest id;
    proof_machine_id(&id, &m, &PROOF_FULL);
    printf("/* Made by tools/machine_constants.c. */\n");
    for (uint32_t chip = 0; chip < m.count; chip++) {
        print_chip(m.chip[chip], chip);
        print_tape(m.tape[chip], chip);
        const air_tape *t = m.tape[chip];
        printf("static const air_tape tape_%u = {.operations = (air_operation *)operations_%u, .operation_count = %u,\n"
               "    .constraints = (air_constraint *)constraints_%u, .constraint_count = %u,\n"
               "    .interactions = (air_interaction *)interactions_%u, .interaction_count = %u};\n",
               chip, chip, t->operation_count, chip, t->constraint_count, chip, t->interaction_count);
    }
    printf("#define MACHINE_COUNT %u\n#define MACHINE_CHIPS ", m.count);
    for (uint32_t chip = 0; chip < m.count; chip++)
        printf("&chip_%u, ", chip);
    printf("\n#define MACHINE_TREES ");
    for (uint32_t chip = 0; chip < m.count; chip++)
        printf("%u, ", m.preprocessed_tree[chip]);
    printf("\n#define MACHINE_TAPES ");
    for (uint32_t chip = 0; chip < m.count; chip++)
        printf("&tape_%u, ", chip);
    printf("\n#define MACHINE_ID ");
    for (int i = 0; i < DIGEST_LENGTH; i++)
        printf("%u, ", id.c[i]);
    printf("\n");
    arena_close(&memory);
    return 0;
}
