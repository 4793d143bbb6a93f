/* The guest program that is proven: executes one block, or several that follow each other, and makes public
 * what they did. It ends with 0 only for valid blocks; otherwise with the number of the status, and then
 * there is no proof. */
#include "abi/block_output.h"
#include "abi/io.h"
#include "chain/output.h"
#include "guest/heap.h"

int guest_main(void)
{
    arena memory;
    guest_heap(&memory);
    bytes input;
    read_input(&input.data, &input.size);

    block_output output;
    status outcome = chain_execute_blocks(&output, &memory, input);
    if (outcome != OK)
        return (int)outcome;
    uint8_t encoding[BLOCK_OUTPUT_BYTES];
    block_output_write(encoding, &output);
    write_output(encoding, sizeof encoding);
    return 0;
}
