/* Random batches: transactions of all kinds, items, and bytes that are no good. */
#ifndef ASHLAR_TESTS_ROLLUP_RANDOM_H
#define ASHLAR_TESTS_ROLLUP_RANDOM_H

#include "tests/rollup/rollup.h"

static bytes random_bytes(size_t most)
{
    size_t size_bytes = next_random(most + 1);
    uint8_t *out = arena_allocate(&memory, size_bytes, 1);
    for (size_t i = 0; i < size_bytes; i++)
        out[i] = (uint8_t)next_random(256);
    return (bytes){out, size_bytes};
}

static bytes withdrawal_call(void)
{
    uint8_t *call = ARENA_NEW(&memory, uint8_t, 100);
    hash256 selector;
    static const char name[] = "initiateWithdrawal(address,bytes)";
    keccak256(&selector, (const uint8_t *)name, sizeof name - 1);
    memcpy(call, selector.bytes, 4);
    memset(call + 4 + 12, (int)next_random(256), 20);
    call[4 + 63] = 0x40;
    return (bytes){call, 100};
}

/* Transfers, creations, withdrawals, and now and then what is invalid. */
static bytes random_transaction(void)
{
    /* Deploys a contract that counts in a slot of its caller's choice; and one that destroys itself. */
    static const uint8_t counter[] = {0x6b, 0x60, 0x01, 0x60, 0x00, 0x35, 0x54, 0x01, 0x60, 0x00, 0x35, 0x55,
                                      0x00, 0x60, 0x00, 0x52, 0x60, 0x0c, 0x60, 0x14, 0xf3};
    static const uint8_t dies[] = {0x33, 0xff};
    static address contract;
    person *from = &people[next_random(PEOPLE)];
    order o = {.to = &people[next_random(PEOPLE)].where, .tip = u256_from_u64(next_random(1000)),
               .value = u256_from_u64(next_random(1 << 20))};
    switch (next_random(12)) {
    case 0:
        transaction_created_address(&contract, &from->where, from->nonce);
        o = (order){.data = {counter, sizeof counter}};
        break;
    case 1: o = (order){.data = {dies, sizeof dies}, .value = u256_from_u64(5)}; break;
    case 2: case 3:
        o = (order){.to = &contract, .data = {people[next_random(PEOPLE)].where.bytes, 20}};
        break;
    case 4: case 5:
        o.to = &ROLLUP_MESSAGE_PASSER;
        o.data = withdrawal_call();
        o.gas_limit = 400000;
        break;
    case 6: o.data = random_bytes(300); break;
    case 7: o.type = LEGACY; break;
    case 8:
        if (next_random(4) == 0) {
            o.has_nonce = true;
            o.nonce = next_random(100);
        }
        break;
    case 9:
        if (next_random(4) == 0)
            o.max_fee = u256_from_u64(next_random(2 * GWEI) + 1);
        break;
    default: break;
    }
    return sign(from, o);
}

static inline rollup_item random_item(const rig *r)
{
    rollup_item item = deposit_of(&people[next_random(PEOPLE)].where, u256_from_u64(next_random(GWEI)));
    item.value = u256_from_u64(next_random(2) * next_random(GWEI));
    item.time = r->position.outcome.last_time;
    switch (next_random(5)) {
    case 4: item.value = u256_mul(ETHER, u256_from_u64(5000)); break; /* more than anybody has: it fails */
    case 0:
        item.to = ROLLUP_MESSAGE_PASSER;
        item.data = withdrawal_call();
        set_gas(&item, 400000);
        break;
    case 1:
        item.kind = ROLLUP_ITEM_CREATE;
        item.to = (address){{0}};
        item.data = random_bytes(60);
        break;
    default: item.data = random_bytes(40); break;
    }
    /* The queue takes nothing that costs more than its limit. */
    for (unsigned i = 0; i < PEOPLE; i++)
        if (memcmp(item.from.bytes, people[i].where.bytes, 20) == 0)
            people[i].nonce++;
    return item;
}

static inline bytes random_batch(const rig *r, uint64_t *seconds, size_t item_count)
{
    enum { MOST_BLOCKS = 5, MOST_TRANSACTIONS = 6 };
    uint64_t time = r->position.outcome.last_time;
    size_t count = next_random(MOST_BLOCKS + 1);
    rollup_block *blocks = ARENA_NEW(&memory, rollup_block, MOST_BLOCKS);
    uint64_t left = item_count;
    for (size_t i = 0; i < count; i++) {
        bytes *transactions = ARENA_NEW(&memory, bytes, MOST_TRANSACTIONS);
        uint64_t takes = next_random(left + 1);
        time += 1 + next_random(20);
        blocks[i] = (rollup_block){time, takes, transactions, next_random(MOST_TRANSACTIONS + 1)};
        left -= takes;
        for (size_t k = 0; k < blocks[i].transaction_count; k++)
            transactions[k] = random_transaction();
    }
    bool is_open = left > 0 || count == 0;
    *seconds = time - r->position.outcome.last_time + (is_open ? 1 + next_random(5) : next_random(2));
    bytes text = rollup_write_blocks(&memory, r->position.outcome.last_time, blocks, count);
    bytes data = rollup_compress(&memory, text);
    uint8_t *copy = arena_allocate(&memory, data.size + text.size, 1);
    switch (next_random(6)) {
    case 0: /* the stream is changed */
        memcpy(copy, data.data, data.size);
        copy[next_random(data.size)] ^= (uint8_t)(1u << next_random(8));
        return (bytes){copy, data.size};
    case 1: /* the text is */
        if (text.size == 0)
            return data;
        memcpy(copy, text.data, text.size);
        copy[next_random(text.size)] = (uint8_t)next_random(256);
        return rollup_compress(&memory, (bytes){copy, text.size});
    case 2: return rollup_compress(&memory, (bytes){text.data, next_random(text.size + 1)});
    default: return data;
    }
}

/* As many as items are, with nonces as the chain has them now: a batch that was cut has used fewer. */
static inline void read_nonces(rig *r)
{
    for (unsigned i = 0; i < PEOPLE; i++) {
        u256 balance;
        account_now(r, &people[i].where, &balance, &people[i].nonce);
    }
}

#endif
