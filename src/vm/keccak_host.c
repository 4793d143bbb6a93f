/* Fills the Keccak chips, a block at a time from what the blocks before left. */
#include "vm/keccak.h"

#include <string.h>

#include "base/check.h"
#include "vm/fill.h"
#include "vm/keccak_absorb/keccak_absorb.h"
#include "vm/keccak_digest/keccak_digest.h"
#include "vm/keccak_rounds/keccak_rounds.h"
#include "vm/sparse/sparse.h"

vm_fill_row vm_fill_keccak_absorb, vm_fill_keccak_rounds, vm_fill_keccak_digest;

enum { WORDS = KECCAK_RATE_LANES + 1, LIMBS = KECCAK_LANE_LIMBS };

/* What a round computes, as keccak_rounds.h calls it. */
typedef struct {
    uint64_t parity[5], theta[5], out[KECCAK_LANES], moved[KECCAK_LANES];
} round_values;

static uint64_t rotate_left(uint64_t x, unsigned bits)
{
    return bits == 0 ? x : x << bits | x >> (64 - bits);
}

/* Round `round` of the lanes, in place. */
static void compute_round(round_values *v, uint64_t lanes[KECCAK_LANES], uint32_t round)
{
    for (uint32_t x = 0; x < 5; x++)
        v->parity[x] = lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20];
    for (uint32_t x = 0; x < 5; x++)
        v->theta[x] = v->parity[(x + 4) % 5] ^ rotate_left(v->parity[(x + 1) % 5], 1);
    for (uint32_t lane = 0; lane < KECCAK_LANES; lane++) {
        uint32_t x = lane % 5, y = lane / 5;
        v->out[lane] = lanes[lane] ^ v->theta[x];
        v->moved[y + 5 * ((2 * x + 3 * y) % 5)] = rotate_left(v->out[lane], keccak_rotations[lane]);
    }
    for (uint32_t lane = 0; lane < KECCAK_LANES; lane++) {
        uint32_t row = lane / 5 * 5;
        lanes[lane] = v->moved[lane] ^ (~v->moved[row + (lane + 1) % 5] & v->moved[row + (lane + 2) % 5]);
    }
    lanes[0] ^= keccak_constants[round];
}

/* ---- blocks ---- */

/* The words that are read for a block; the bytes of the block begin at the offset. */
static const riscv_access *block_words(uint32_t *offset, uint32_t *count, const riscv_trace_data *trace,
                                       vm_call_item at)
{
    const riscv_call *call = &trace->calls[at.call];
    bool last = at.item + 1 == call->n;
    *offset = last ? 0 : call->registers[1] % 8;
    *count = *offset != 0 ? WORDS : WORDS - 1;
    return &trace->call_accesses[last ? call->first_read[2] : call->first_read[1] + at.item * *count];
}

static void block_lanes(uint64_t lanes[KECCAK_RATE_LANES], const riscv_trace_data *trace, vm_call_item at)
{
    uint32_t offset, count;
    const riscv_access *words = block_words(&offset, &count, trace, at);
    for (uint32_t i = 0; i < KECCAK_RATE_LANES; i++)
        lanes[i] = offset == 0 ? words[i].old
                               : words[i].old >> 8 * offset | words[i + 1].old << (64 - 8 * offset);
}

static void absorb(uint64_t lanes[KECCAK_LANES], const riscv_trace_data *trace, vm_call_item at)
{
    uint64_t block[KECCAK_RATE_LANES];
    block_lanes(block, trace, at);
    for (uint32_t i = 0; i < KECCAK_RATE_LANES; i++)
        lanes[i] ^= block[i];
}

void vm_keccak_prepare(vm_rows *rows, arena *a)
{
    const vm_call_item *items = rows->items[CALL_INDEX_KECCAK256];
    const riscv_trace_data *trace = rows->source->trace;
    uint64_t count = rows->counts[VM_CHIP_KECCAK_ABSORB];
    vm_keccak_block *blocks = arena_allocate(a, count * sizeof *blocks, alignof(vm_keccak_block));
    uint32_t *ends = ARENA_NEW(a, uint32_t, rows->counts[VM_CHIP_KECCAK_DIGEST]), calls = 0;
    for (uint64_t i = 0; i < count; i++) {
        vm_keccak_block *b = &blocks[i];
        b->at = items[i];
        memset(b->lanes, 0, sizeof b->lanes);
        memset(b->moved, 0, sizeof b->moved);
        if (b->at.item > 0) {
            round_values v;
            memcpy(b->lanes, b[-1].lanes, sizeof b->lanes);
            absorb(b->lanes, trace, b[-1].at);
            for (uint32_t round = 0; round < 24; round++)
                compute_round(&v, b->lanes, round);
            memcpy(b->moved, v.moved, sizeof b->moved);
        }
        if (b->at.item + 1 == trace->calls[b->at.call].n)
            ends[calls++] = (uint32_t)i;
    }
    CHECK(calls == rows->counts[VM_CHIP_KECCAK_DIGEST]);
    rows->keccak_blocks = blocks;
    rows->keccak_ends = ends;
}

/* ---- rows ---- */

static void fill_sparse(uint32_t limbs[LIMBS], uint64_t lane)
{
    for (uint32_t i = 0; i < LIMBS; i++)
        limbs[i] = keccak_sparse_limb(lane, i);
}

/* X of what chi begins with. */
static void fill_x(uint32_t x[KECCAK_LIMBS], const uint64_t moved[KECCAK_LANES])
{
    for (uint32_t lane = 0; lane < KECCAK_LANES; lane++) {
        uint32_t row = lane / 5 * 5;
        uint64_t second = moved[row + (lane + 1) % 5], third = moved[row + (lane + 2) % 5];
        for (uint32_t i = 0; i < LIMBS; i++)
            x[LIMBS * lane + i] = 2 * keccak_sparse_limb(moved[lane], i) + keccak_sparse_limb(~second, i) +
                                  keccak_sparse_limb(third, i);
    }
}

/* X before a block is absorbed. */
static void fill_state(uint32_t x[KECCAK_LIMBS], const vm_keccak_block *block)
{
    if (block->at.item > 0)
        fill_x(x, block->moved);
}

void vm_fill_keccak_absorb(void *columns, const vm_rows *rows, uint64_t index)
{
    keccak_absorb_trace *row = columns;
    const vm_keccak_block *block = &rows->keccak_blocks[index];
    const riscv_call *call = &rows->source->trace->calls[block->at.call];
    uint32_t offset, count, item = block->at.item;
    const riscv_access *words = block_words(&offset, &count, rows->source->trace, block->at);
    row->time = call->clk + item;
    row->is_first = item == 0;
    row->is_last = item + 1 == call->n;
    row->left = call->n - item;
    row->data = (uint32_t)(call->registers[1] / 8) + KECCAK_RATE_LANES * item;
    row->data_offset = call->registers[1] % 8;
    row->tail = (uint32_t)(call->registers[2] / 8);
    row->digest = (uint32_t)(call->registers[0] / 8);
    row->at = row->is_last ? row->tail : row->data;
    row->offset[offset] = 1;
    fill_state(row->x, block);
    for (uint32_t i = 0; i < KECCAK_RATE_LANES; i++)
        fill_sparse(row->rate + LIMBS * i, block->lanes[i]);
    for (uint32_t i = 0; i < count; i++) {
        fill_limbs(row->word + 4 * i, words[i].old);
        fill_age(row->age + AGE_COLUMNS * i, words[i].previous_tick, row->time, K_READ);
        fill_sparse(row->byte + 8 * i, words[i].old);
    }
    for (uint32_t i = 0; i < KECCAK_RATE_LIMBS; i++)
        row->block[i] = row->byte[i + offset];
}

static void fill_pieces(uint32_t *piece, const uint64_t out[KECCAK_LANES])
{
    for (uint32_t lane = 0; lane < KECCAK_LANES; lane++) {
        uint32_t moved = keccak_rotations[lane] % 8, stays = 8 - moved;
        for (uint32_t i = 0; i < LIMBS; i++) {
            uint32_t byte = out[lane] >> 8 * i & 0xFF;
            *piece++ = sparse_digits(byte & ((1u << stays) - 1));
            if (moved != 0)
                *piece++ = sparse_digits(byte >> stays);
        }
    }
}

static void fill_round(uint32_t *parity_low, uint32_t *parity_top, uint32_t *theta, uint32_t *theta_iota,
                       uint32_t *piece, const round_values *v, uint64_t iota)
{
    for (uint32_t x = 0; x < 5; x++) {
        fill_sparse(theta + LIMBS * x, v->theta[x]);
        for (uint32_t i = 0; i < LIMBS; i++) {
            uint32_t byte = v->parity[x] >> 8 * i & 0xFF;
            parity_low[LIMBS * x + i] = sparse_digits(byte & 0x7F);
            parity_top[LIMBS * x + i] = byte >> 7;
        }
    }
    for (uint32_t i = 0; i < LIMBS; i++)
        if (keccak_iota_places[i] >= 0)
            theta_iota[keccak_iota_places[i]] = keccak_sparse_limb(v->theta[0] ^ iota, i);
    fill_pieces(piece, v->out);
}

void vm_fill_keccak_rounds(void *columns, const vm_rows *rows, uint64_t index)
{
    keccak_rounds_trace *row = columns;
    const vm_keccak_block *block = &rows->keccak_blocks[index / KECCAK_ROWS];
    const riscv_trace_data *trace = rows->source->trace;
    uint32_t number = (uint32_t)(index % KECCAK_ROWS), first = number * KECCAK_ROW_ROUNDS;
    round_values v = {0};
    uint64_t lanes[KECCAK_LANES];
    row->time = trace->calls[block->at.call].clk + block->at.item;
    row->row[number] = 1;
    memcpy(lanes, block->lanes, sizeof lanes);
    absorb(lanes, trace, block->at);
    if (number == 0) {
        fill_state(row->x, block);
        for (uint32_t lane = 0; lane < KECCAK_RATE_LANES; lane++)
            for (uint32_t i = 0; i < LIMBS; i++)
                row->x[LIMBS * lane + i] = 2 * (keccak_sparse_limb(block->lanes[lane], i) +
                                                keccak_sparse_limb(block->lanes[lane] ^ lanes[lane], i));
    } else {
        for (uint32_t round = 0; round < first; round++)
            compute_round(&v, lanes, round);
        fill_x(row->x, v.moved);
    }
    compute_round(&v, lanes, first);
    fill_round(row->parity_low_0, row->parity_top_0, row->theta_0, row->theta_iota_0, row->piece_0, &v,
               first == 0 ? 0 : keccak_constants[first - 1]);
    compute_round(&v, lanes, first + 1);
    fill_round(row->parity_low_1, row->parity_top_1, row->theta_1, row->theta_iota_1, row->piece_1, &v,
               keccak_constants[first]);
}

void vm_fill_keccak_digest(void *columns, const vm_rows *rows, uint64_t index)
{
    keccak_digest_trace *row = columns;
    const vm_keccak_block *block = &rows->keccak_blocks[rows->keccak_ends[index]];
    const riscv_trace_data *trace = rows->source->trace;
    const riscv_call *call = &trace->calls[block->at.call];
    row->time = call->clk + block->at.item;
    row->real = 1;
    row->digest = (uint32_t)(call->registers[0] / 8);
    round_values v;
    uint64_t lanes[KECCAK_LANES];
    memcpy(lanes, block->lanes, sizeof lanes);
    absorb(lanes, trace, block->at);
    for (uint32_t round = 0; round < 24; round++)
        compute_round(&v, lanes, round);
    fill_x(row->x, v.moved);
    for (uint32_t i = 0; i < 4; i++) {
        const riscv_access *write = &trace->call_accesses[call->first_write[0] + i];
        fill_sparse(row->lane + LIMBS * i, lanes[i]);
        fill_limbs(row->word + 4 * i, lanes[i]);
        fill_limbs(row->old + 4 * i, write->old);
        fill_age(row->age + AGE_COLUMNS * i, write->previous_tick, row->time, K_WRITE);
    }
}
