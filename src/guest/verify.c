/* The verifier as a guest program: reads a proof file and verifies the run that it is about. It is what recursion will
 * build on; so far it is there to be measured. Public output: the program id that the proof names, 32 bytes, then the output of the
 * run. Nothing says here which program was expected: that is for whoever reads the output. */
#include "abi/io.h"
#include "base/arena.h"
#include "verify/run.h"

enum { HEAP_BYTES = 0x20000000 };
static alignas(64) uint8_t heap[HEAP_BYTES];

int guest_main(void)
{
    arena memory;
    arena_init(&memory, heap, sizeof heap);
    bytes file;
    read_input(&file.data, &file.size);

    static run_proof proof;
    run_statement statement;
    digest id;
    const verifier *v = &verifier_full;
    status outcome = run_proof_read(&proof, &memory, v, file);
    if (outcome != OK)
        return (int)outcome;
    program_id(&id, v, &proof.key);
    outcome = run_verify(&statement, NULL, v, &id, &proof, &memory);
    if (outcome != OK)
        return (int)outcome;
    uint8_t id_bytes[PROGRAM_ID_BYTES];
    program_id_write(id_bytes, &id);
    write_output(id_bytes, sizeof id_bytes);
    write_output(statement.output.data, statement.output.size);
    return 0;
}
