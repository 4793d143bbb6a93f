/* The last program over a tree of joined proofs: verifies one proof of `join`, whose id is a constant of its image, and makes its
 * statement public again (verify/join.h). */
#include "abi/io.h"
#include "base/check.h"
#include "guest/heap.h"
#include "verify/join.h"

#include "join_program_id.h"

static const uint8_t join_program_id[PROGRAM_ID_BYTES] = JOIN_PROGRAM_ID;

int guest_main(void)
{
    arena memory;
    digest join;
    guest_heap(&memory);
    CHECK(program_id_read(&join, join_program_id) == OK);
    bytes input;
    read_input(&input.data, &input.size);

    join_statement said;
    status outcome = last_node(&said, &verifier_full, &join, input, &memory);
    if (outcome != OK)
        return (int)outcome;
    uint8_t statement[STATEMENT_BYTES_MAX];
    size_t size_bytes = statement_write(statement, &said);
    write_output(statement, size_bytes);
    return 0;
}
