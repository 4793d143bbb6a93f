/* Balances and allowances of tokens, set by hand: in whatever slot the token reads them from. */
#include "rpc/internal.h"

#include <string.h>

enum { OP_SLOAD = 0x54, MOST_SLOTS = 256 };

typedef struct {
    struct {
        address where;
        u256 key;
    } slots[MOST_SLOTS];
    size_t count;
} reads;

static void note_read(void *context, const evm_step *step)
{
    reads *r = context;
    if (step->opcode != OP_SLOAD || step->stack_size == 0 || r->count == MOST_SLOTS)
        return;
    for (size_t i = 0; i < r->count; i++)
        if (memcmp(&r->slots[i].where, step->self, sizeof *step->self) == 0 &&
            u256_equal(r->slots[i].key, step->stack[0]))
            return;
    r->slots[r->count].where = *step->self;
    r->slots[r->count++].key = step->stack[0];
}

/* What the token answers, maybe with one slot changed. */
static status ask(rpc_call *c, store_call_result *result, const store_block *head, const store_call *question,
                  const store_state_override *change, const evm_tracer *tracer)
{
    store_session session;
    TRY(store_session_open(&session, c->view, head, NULL));
    if (change != NULL)
        TRY(store_session_override(&session, change, 1));
    evm_set_tracer(session.run->vm, tracer);
    status s = store_session_call(&session, result, question);
    evm_set_tracer(session.run->vm, NULL);
    return s;
}

/* Finds the slot by trying those that are read; sets it for good. */
static bool deal(rpc_call *c, const address *token, bytes question_data, u256 amount, const char *what)
{
    rpc_block head;
    store_call_result result;
    reads *r = ARENA_NEW(c->memory, reads, 1);
    const store_call question = {.to = *token, .data = question_data};
    const evm_tracer tracer = {.step = note_read, .context = r};
    if (!rpc_parse_known_block(c, &head, NULL, 0))
        return false;
    r->count = 0;
    status s = ask(c, &result, &head.block, &question, NULL, &tracer);
    for (size_t i = 0; i < r->count && s == OK; i++) {
        const store_slot_override slot = {r->slots[i].key, amount};
        const store_state_override change = {.where = r->slots[i].where, .slots = &slot, .slot_count = 1};
        size_t mark = c->memory->used_bytes;
        s = ask(c, &result, &head.block, &question, &change, NULL);
        bool is_it = s == OK && result.halt == EVM_SUCCESS && result.output.size == 32 &&
                     u256_equal(u256_from_be(result.output.data, 32), amount);
        arena_rewind(c->memory, mark);
        if (!is_it)
            continue;
        rpc_lock(c->r);
        s = node_force_states(c->chain, &change, 1);
        rpc_unlock(c->r);
        return s == OK || rpc_refuse(c, s);
    }
    if (s != OK)
        return rpc_refuse(c, s);
    return rpc_error(c, RPC_INTERNAL, "Unable to set ERC20 %s, no slot found", what);
}

static void answer(rpc_call *c, bool fine)
{
    if (fine)
        rpc_null(c->out);
}

/* balanceOf(address) */
void rpc_hardhat_dealERC20(rpc_call *c)
{
    address who, token;
    u256 amount;
    uint8_t data[36] = {0x70, 0xa0, 0x82, 0x31};
    if (!rpc_parse_address(c, &who, rpc_parameter(c, 0), 0) ||
        !rpc_parse_address(c, &token, rpc_parameter(c, 1), 1) ||
        !rpc_parse_amount(c, &amount, rpc_parameter(c, 2), 2))
        return;
    memcpy(data + 16, who.bytes, sizeof who.bytes);
    answer(c, deal(c, &token, (bytes){data, sizeof data}, amount, "balance"));
}

/* allowance(address,address) */
void rpc_anvil_setERC20Allowance(rpc_call *c)
{
    address owner, spender, token;
    u256 amount;
    uint8_t data[68] = {0xdd, 0x62, 0xed, 0x3e};
    if (!rpc_parse_address(c, &owner, rpc_parameter(c, 0), 0) ||
        !rpc_parse_address(c, &spender, rpc_parameter(c, 1), 1) ||
        !rpc_parse_address(c, &token, rpc_parameter(c, 2), 2) ||
        !rpc_parse_amount(c, &amount, rpc_parameter(c, 3), 3))
        return;
    memcpy(data + 16, owner.bytes, sizeof owner.bytes);
    memcpy(data + 48, spender.bytes, sizeof spender.bytes);
    answer(c, deal(c, &token, (bytes){data, sizeof data}, amount, "allowance"));
}
