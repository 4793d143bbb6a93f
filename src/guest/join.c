/* One node of a tree of joined proofs: verifies its children and makes public what they say together (verify/join.h). It
 * ends with 0 only where everything held; otherwise with the number of the status, and then there is no proof. */
#include "abi/io.h"
#include "guest/heap.h"
#include "verify/join.h"

int guest_main(void)
{
    arena memory;
    guest_heap(&memory);
    bytes input;
    read_input(&input.data, &input.size);

    join_statement said;
    status outcome = join_node(&said, &verifier_full, input, &memory);
    if (outcome != OK)
        return (int)outcome;
    uint8_t statement[STATEMENT_BYTES_MAX];
    size_t size_bytes = statement_write(statement, &said);
    write_output(statement, size_bytes);
    return 0;
}
