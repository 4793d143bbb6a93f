#include "rollup/genesis.h"

#include "base/memory.h"
#include "crypto/keccak.h"

/* Whose address on L1 stands in slot 0. */
typedef enum { NOBODY, Queue, Bridge } predeploy_owner;

typedef struct {
    address where;
    hash256 code_hash;
    predeploy_owner owner;
    const uint8_t *code;
    size_t code_bytes;
} predeploy;

#include "predeploys.inc" /* by tools/predeploys.c from contracts/l2/predeploys.json */

enum { PREDEPLOYS = sizeof predeploys / sizeof predeploys[0] };

const address ROLLUP_MESSAGE_PASSER = {{0x42, [19] = 0x16}}, ROLLUP_L2_BRIDGE = {{0x42, [19] = 0x10}};

void rollup_genesis_accounts(const genesis_account **accounts, size_t *count, arena *memory,
                             const address *queue, const address *bridge)
{
    genesis_account *list = ARENA_NEW(memory, genesis_account, PREDEPLOYS);
    for (size_t i = 0; i < PREDEPLOYS; i++) {
        const predeploy *p = &predeploys[i];
        list[i] = (genesis_account){.where = p->where, .nonce = 1, .code = {p->code, p->code_bytes}};
        if (p->owner == NOBODY)
            continue;
        genesis_slot *slot = ARENA_NEW(memory, genesis_slot, 1);
        slot->value = u256_from_be((p->owner == Queue ? queue : bridge)->bytes, sizeof(address));
        list[i].slots = slot;
        list[i].slot_count = 1;
    }
    *accounts = list;
    *count = PREDEPLOYS;
}

void rollup_predeploys_hash(hash256 *out)
{
    keccak256_context all;
    keccak256_init(&all);
    for (size_t i = 0; i < PREDEPLOYS; i++) {
        keccak256_absorb(&all, predeploys[i].where.bytes, sizeof predeploys[i].where.bytes);
        keccak256_absorb(&all, predeploys[i].code_hash.bytes, sizeof predeploys[i].code_hash.bytes);
    }
    keccak256_finish(&all, out);
}
