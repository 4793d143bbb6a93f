/* The guest program `join` for proofs with the parameters of tests: the same node, another machine id, so another program.
 * Compiled once for each of them: JOIN_ID, JOIN_PARAMETERS. */
#include "abi/io.h"
#include "guest/heap.h"
#include "verify/join.h"
#include "vm/parameters_test.h"

#include "join_few_id.h"

int guest_main(void)
{
    static verifier few;
    arena memory;
    guest_heap(&memory);
    bytes input;
    read_input(&input.data, &input.size);

    few.machine = verifier_full.machine;
    few.parameters = JOIN_PARAMETERS;
    few.machine_id = (digest){{JOIN_ID}};
    join_statement said;
    status outcome = join_node(&said, &few, input, &memory);
    if (outcome != OK)
        return (int)outcome;
    uint8_t statement[STATEMENT_BYTES_MAX];
    size_t size_bytes = statement_write(statement, &said);
    write_output(statement, size_bytes);
    return 0;
}
