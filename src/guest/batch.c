/* The guest program of rollups: derives one batch, or several that follow each other, from their bytes on L1,
 * and makes public what L1 holds against its own. It ends with 0 whatever the batches' bytes are; otherwise
 * with the number of the status, for what the prover brings, and then there is no proof. */
#include "abi/batch_output.h"
#include "abi/io.h"
#include "guest/heap.h"
#include "rollup/run.h"

int guest_main(void)
{
    arena memory;
    guest_heap(&memory);
    bytes input;
    read_input(&input.data, &input.size);

    batch_output output;
    status outcome = rollup_execute(&output, &memory, input);
    if (outcome != OK)
        return (int)outcome;
    uint8_t encoding[BATCH_OUTPUT_BYTES];
    batch_output_write(encoding, &output);
    write_output(encoding, sizeof encoding);
    return 0;
}
