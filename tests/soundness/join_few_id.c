/* Prints the ids of the machines with the parameters of tests, for join_few.c. */
#include "verify/run.h"
#include "vm/parameters_test.h"

#include <stdio.h>

static void print_id(arena *memory, const char *name, const proof_parameters *parameters)
{
    verifier v;
    verifier_open(&v, memory, parameters);
    printf("#define %s ", name);
    for (int i = 0; i < DIGEST_LENGTH; i++)
        printf("%u, ", v.machine_id.c[i]);
    printf("\n");
}

int main(void)
{
    arena memory;
    arena_open(&memory, (size_t)1 << 32);
    print_id(&memory, "JOIN_FEW_ID", &test_parameters);
    print_id(&memory, "JOIN_TREE_ID", &test_tree_parameters);
    arena_close(&memory);
    return 0;
}
