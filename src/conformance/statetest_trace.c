#include "conformance/statetest_trace.h"

#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint16_t base_gas[256] = {
#define OPCODE(value, name, in, out, gas, fork) [value] = gas,
#include "evm/opcodes.def"
#undef OPCODE
};

enum { CREATE = 0xf0, CREATE2 = 0xf5, WORD_CHARACTERS = 2 + 64 + 3 };

static void print_waiting(statetest_trace *t, uint64_t cost)
{
    if (t->waits)
        fprintf(stderr, "%s\"gasCost\":\"0x%llx\"%s}\n", t->line, (unsigned long long)cost, t->rest);
    t->waits = false;
}

/* "0x1f" without leading zeros. */
static char *put_word(char *at, const u256 *word)
{
    static const char digits[] = "0123456789abcdef";
    unsigned count = (u256_bit_length(*word) + 3) / 4;
    *at++ = '"', *at++ = '0', *at++ = 'x';
    if (count == 0)
        *at++ = '0';
    while (count-- > 0)
        *at++ = digits[word->limb[count / 16] >> 4 * (count % 16) & 15];
    *at++ = '"';
    return at;
}

static void on_step(void *context, const evm_step *step)
{
    statetest_trace *t = context;
    if (t->waits)
        print_waiting(t, t->gas_before - step->gas_left);
    size_t needed = 512 + step->stack_size * WORD_CHARACTERS;
    if (needed > t->rest_capacity) {
        t->rest = realloc(t->rest, needed);
        CHECK(t->rest != NULL);
        t->rest_capacity = needed;
    }
    snprintf(t->line, sizeof t->line, "{\"pc\":%zu,\"op\":%u,\"gas\":\"0x%llx\",", step->program_counter,
             step->opcode,
             (unsigned long long)step->gas_left);
    char *at = t->rest + sprintf(t->rest, ",\"memSize\":%zu,\"stack\":[", step->memory.size);
    for (size_t i = step->stack_size; i-- > 0;) {
        at = put_word(at, &step->stack[i]);
        if (i > 0)
            *at++ = ',';
    }
    const char *name = evm_opcode_name(step->opcode);
    at += sprintf(at, "],\"depth\":%u,\"refund\":%llu,\"opName\":", step->depth,
                  (unsigned long long)step->refund);
    if (name != NULL)
        sprintf(at, "\"%s\"", name);
    else
        sprintf(at, "\"opcode 0x%x not defined\"", step->opcode);
    t->waits = true;
    t->opcode = step->opcode;
    t->depth = step->depth;
    t->gas_before = step->gas_left;
}

static void on_enter(void *context, const evm_frame_start *start)
{
    statetest_trace *t = context;
    bool creates = start->opcode == CREATE || start->opcode == CREATE2;
    /* A call's price holds the gas that it hands on, a creation's does not. */
    print_waiting(t, t->gas_before - start->caller_gas_left - (creates ? start->gas : 0));
    CHECK(t->frames < sizeof t->is_create / sizeof t->is_create[0]);
    t->is_create[t->frames++] = creates;
}

static void on_leave(void *context, const evm_result *result)
{
    statetest_trace *t = context;
    bool creates = t->is_create[--t->frames];
    uint64_t cost = base_gas[t->opcode];
    if (t->waits && (result->halt == EVM_SUCCESS || result->halt == EVM_REVERT)) {
        cost = t->gas_before - result->gas_left;
        /* Laying down the code is not the instruction's. */
        if (creates && result->halt == EVM_SUCCESS)
            cost -= 200 * (uint64_t)result->output.size;
    }
    print_waiting(t, cost);
    if (t->frames > 0)
        return;
    t->halt = result->halt;
    free(t->output);
    t->output = malloc(result->output.size + 1);
    CHECK(t->output != NULL);
    t->output_size = result->output.size;
    if (t->output_size > 0)
        memcpy(t->output, result->output.data, t->output_size);
}

void statetest_trace_open(statetest_trace *t)
{
    memset(t, 0, sizeof *t);
    t->tracer = (evm_tracer){.step = on_step, .enter = on_enter, .leave = on_leave, .context = t};
}

void statetest_trace_close(statetest_trace *t, uint64_t gas_used)
{
    fputs("{\"output\":\"", stderr);
    for (size_t i = 0; i < t->output_size; i++)
        fprintf(stderr, "%02x", t->output[i]);
    fprintf(stderr, "\",\"gasUsed\":\"0x%llx\"", (unsigned long long)gas_used);
    if (t->halt != EVM_SUCCESS)
        fprintf(stderr, ",\"error\":\"%s\"", evm_halt_message(t->halt));
    fputs("}\n", stderr);
    free(t->output);
    free(t->rest);
}
