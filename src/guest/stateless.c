/* The guest program of EIP-8025: validates an execution payload from its witness alone and makes public what
 * a consensus client asks for (chain/stateless.h). It ends with 0 whatever the input is: that a payload is
 * invalid, or its witness incomplete, stands in the result. */
#include "abi/io.h"
#include "chain/stateless.h"
#include "guest/heap.h"

int guest_main(void)
{
    arena memory;
    guest_heap(&memory);
    bytes input;
    read_input(&input.data, &input.size);

    stateless_result result;
    stateless_validate(&result, &memory, input);
    uint8_t encoding[STATELESS_RESULT_BYTES];
    write_output(encoding, stateless_result_write(encoding, &result));
    return 0;
}
