/* The guest program that is proven: executes one block and makes public what it did. It ends with 0 only for
 * a valid block; otherwise with the number of the status, and then there is no proof. */
#include "abi/block_output.h"
#include "abi/io.h"
#include "chain/chain.h"
#include "chain/config.h"
#include "chain/input.h"
#include "chain/output.h"
#include "guest/heap.h"

static status execute(block_output *output)
{
    arena memory;
    guest_heap(&memory);
    bytes data;
    read_input(&data.data, &data.size);

    chain_config config;
    chain_input input;
    chain_result result;
    chain_fault fault;
    TRY(chain_input_parse(&config, &input, &memory, data));
    TRY(chain_execute(&result, &fault, &memory, &config, &input));

    chain_output(output, &config, &result);
    return OK;
}

int guest_main(void)
{
    block_output output;
    status outcome = execute(&output);
    if (outcome != OK)
        return (int)outcome;
    uint8_t encoding[BLOCK_OUTPUT_BYTES];
    block_output_write(encoding, &output);
    write_output(encoding, sizeof encoding);
    return 0;
}
