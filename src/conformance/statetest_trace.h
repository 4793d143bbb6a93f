/* EIP-3155: one line of JSON on stderr for each instruction, as other EVMs' state-test commands print
 * them. */
#ifndef ASHLAR_CONFORMANCE_STATETEST_TRACE_H
#define ASHLAR_CONFORMANCE_STATETEST_TRACE_H

#include "evm/evm.h"

typedef struct {
    evm_tracer tracer; /* for evm_set_tracer */
    /* The last instruction, whose line waits until its price is known. */
    bool waits;
    char line[256]; /* up to "gasCost" */
    uint8_t opcode;
    unsigned depth;
    uint64_t gas_before;
    char *rest; /* after it; grows */
    size_t rest_capacity;
    bool is_create[1026]; /* by depth of the frames that run */
    unsigned frames;
    /* Of the outermost message. */
    evm_halt halt;
    uint8_t *output;
    size_t output_size;
} statetest_trace;

void statetest_trace_open(statetest_trace *trace);
/* The summary: what the outermost message returned, and the transaction's gas. */
void statetest_trace_close(statetest_trace *trace, uint64_t gas_used);

#endif
