/* Prints the recorded machine as JSON, for verifiers that are written in other languages (tests/reference):
 * the chips in key order with their widths, where their preprocessed columns are, and their tapes; the rows
 * of `small`. Operations are ["constant", value], ["column", phase, column], ["public", index], ["add" |
 * "sub" | "mul", a, b], where a and b are numbers of earlier operations. */
#include "vm/machine.h"
#include "vm/small/small.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const phases[AIR_PHASES] = {"preprocessed", "boundary", "main"};
static const char *const presences[] = {
    [VM_FORBIDDEN] = "forbidden", [VM_OPTIONAL] = "optional", [VM_MANDATORY] = "mandatory"};

static void print_operation(const air_operation *operation)
{
    static const char *const names[] = {[AIR_ADD] = "add", [AIR_SUB] = "sub", [AIR_MUL] = "mul"};
    switch (operation->kind) {
    case AIR_CONSTANT: printf("[\"constant\", %u]", operation->a); break;
    case AIR_COLUMN: printf("[\"column\", \"%s\", %u]", phases[operation->phase], operation->a); break;
    case AIR_PUBLIC: printf("[\"public\", %u]", operation->a); break;
    default: printf("[\"%s\", %u, %u]", names[operation->kind], operation->a, operation->b);
    }
}

static void print_tape(const air_tape *tape)
{
    printf("   \"operations\": [");
    for (uint32_t i = 0; i < tape->operation_count; i++) {
        printf("%s", i == 0 ? "\n    " : ",\n    ");
        print_operation(&tape->operations[i]);
    }
    printf("],\n   \"constraints\": [");
    for (uint32_t i = 0; i < tape->constraint_count; i++)
        printf("%s%u", i == 0 ? "" : ", ", tape->constraints[i].expression);
    printf("],\n   \"interactions\": [");
    for (uint32_t i = 0; i < tape->interaction_count; i++) {
        const air_interaction *x = &tape->interactions[i];
        printf("%s{\"tag\": %u, \"shared\": %s, \"receive\": %s, \"multiplicity\": %u, \"message\": [",
               i == 0 ? "\n    " : ",\n    ", x->tag, x->shared ? "true" : "false",
               x->receive ? "true" : "false", x->multiplicity);
        for (uint32_t k = 0; k < x->length; k++)
            printf("%s%u", k == 0 ? "" : ", ", x->message[k]);
        printf("]}");
    }
    printf("]");
}

/* The key's matrices are numbered as its trees are, without those of the formula tables. */
static void print_chip(const stark_machine *m, uint32_t chip)
{
    const air *a = m->chip[chip];
    printf("  {\"name\": \"%s\", \"widths\": {", a->name);
    for (unsigned phase = 0; phase < AIR_PHASES; phase++)
        printf("%s\"%s\": %u", phase == 0 ? "" : ", ", phases[phase], a->width[phase]);
    printf("}, \"public\": %u, \"tree\": ", a->public_count);
    a->width[AIR_PREPROCESSED] > 0 ? printf("%u", m->preprocessed_tree[chip]) : printf("null");
    printf(", \"formula_rows\": ");
    a->formula != NULL ? printf("%u", 1u << a->formula_log2_rows) : printf("null");
    static const struct {
        const char *name;
        vm_kind kind;
    } kinds[] = {{"segment", VM_SEGMENT}, {"ledger", VM_LEDGER}, {"both", VM_BOTH}};
    for (int k = 0; k < 3; k++)
        printf(", \"%s\": \"%s\"", kinds[k].name, presences[vm_chip_presence(kinds[k].kind, (vm_chip)chip)]);
    printf(",\n");
    print_tape(m->tape[chip]);
    printf("}");
}

int main(void)
{
    arena memory;
    arena_open(&memory, (size_t)1 << 30);
    stark_machine *m = ARENA_NEW(&memory, stark_machine, 1);
    vm_machine_open(m, &memory);
    printf("{\"chips\": [\n");
    for (uint32_t chip = 0; chip < m->count; chip++) {
        print_chip(m, chip);
        printf("%s", chip + 1 < m->count ? ",\n" : "],\n");
    }
    printf(" \"small\": [");
    for (uint32_t i = 0; i < VM_SMALL_ROWS; i++) {
        small_preprocessed_trace row = {0};
        small_row(&row, i);
        printf("%s[%u, %u, %u, %u, %u]", i == 0 ? "" : ", ", row.table, row.key, row.result[0], row.result[1],
               row.result[2]);
    }
    printf("]}\n");
    arena_close(&memory);
    return 0;
}
