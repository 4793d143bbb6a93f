/* Prints what a verifier needs of the recorded machine, and its id at full parameters, as C, for src/verify/constant.c: one
 * that is itself proven has them in its image, as recording takes longer than verifying.
 *     machine_constants > machine.inc  */
#include "vm/machine.h"

#include <stdio.h>

/* The names of columns and constraints are for people, and what records is not there. */
static void print_chip(const air *a, uint32_t chip)
{
    printf("static const air chip_%u = {.name = \"%s\", .width = {%u, %u, %u}, .public_count = %u", chip, a->name,
           a->width[0], a->width[1], a->width[2], a->public_count);
    if (a->formula != NULL)
        printf(", .formula = vm_%s_formula, .formula_log2_rows = %u", a->name, a->formula_log2_rows);
    printf("};\n");
}

/* What follows from the tapes. */
static void print_derived(const stark_machine *m)
{
    printf("static const stark_bus_use bus_uses[] = {\n");
    for (uint32_t i = 0; i < m->bus_use_count; i++)
        printf("{%u, %u, %u},\n", m->bus_uses[i].chip, m->bus_uses[i].bus, m->bus_uses[i].count);
    const constraint_list *l = &m->constraints;
    printf("};\nstatic const fp list_constants[] = {\n");
    for (uint32_t i = 0; i < l->constant_count; i++)
        printf("%u,\n", l->constants[i]);
    printf("};\nstatic const uint64_t list_items[] = {\n");
    for (uint32_t i = 0; i < l->item_count; i++)
        printf("%lluu,\n", (unsigned long long)l->items[i]);
    printf("};\n#define MACHINE_DERIVED \\\n    .bus_uses = bus_uses, .bus_use_count = %u, .bus_count = %u, .interactions = {",
           m->bus_use_count, m->bus_count);
    for (uint32_t chip = 0; chip < m->count; chip++)
        printf("{%u, %u}, ", m->interactions[chip][0], m->interactions[chip][1]);
    printf("}, \\\n    .constraints = {.items = list_items, .item_count = %u, .block_count = %u, .constants = list_constants, "
           ".constant_count = %u},\n", l->item_count, l->block_count, l->constant_count);
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
    for (uint32_t chip = 0; chip < m.count; chip++)
        print_chip(m.chip[chip], chip);
    print_derived(&m);
    printf("#define MACHINE_COUNT %u\n#define MACHINE_CHIPS ", m.count);
    for (uint32_t chip = 0; chip < m.count; chip++)
        printf("&chip_%u, ", chip);
    printf("\n#define MACHINE_TREES ");
    for (uint32_t chip = 0; chip < m.count; chip++)
        printf("%u, ", m.preprocessed_tree[chip]);
    printf("\n#define MACHINE_CONSTRAINT_COUNTS ");
    for (uint32_t chip = 0; chip < m.count; chip++)
        printf("%u, ", m.constraint_count[chip]);
    printf("\n#define MACHINE_ID ");
    for (int i = 0; i < DIGEST_LENGTH; i++)
        printf("%u, ", id.c[i]);
    printf("\n");
    arena_close(&memory);
    return 0;
}
