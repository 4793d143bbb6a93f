/* Fills the SHA-256 chips, a block at a time from the chaining value before it. */
#include "crypto/sha256.h"

#include "base/check.h"
#include "base/memory.h"
#include "vm/fill.h"
#include "vm/sha256.h"
#include "vm/sha256_block/sha256_block.h"
#include "vm/sha256_rounds/sha256_rounds.h"
#include "vm/sha256_state/sha256_state.h"

vm_fill_row vm_fill_sha256_state, vm_fill_sha256_block, vm_fill_sha256_rounds;

enum { ROUNDS = SHA256_ROW_ROUNDS, ROWS_BACK = 2, K_START = K_READ + 1 };

/* The words that are read for a block; its bytes begin at the offset. */
static const riscv_access *block_words(uint32_t *offset, uint32_t *count, const riscv_trace_data *trace,
                                       vm_call_item at)
{
    const riscv_call *call = &trace->calls[at.call];
    bool last = at.item + 1 == call->n;
    *offset = last ? 0 : call->registers[1] % 8;
    *count = SHA256_BLOCK_WORDS + (*offset != 0);
    return &trace->call_accesses[last ? call->first_read[2] : call->first_read[1] + at.item * *count];
}

/* With the bytes around the block. */
typedef struct {
    uint8_t bytes[8 * (SHA256_BLOCK_WORDS + 1)];
    uint32_t offset;
} read_bytes;

static void read_block(read_bytes *r, const riscv_trace_data *trace, vm_call_item at)
{
    uint32_t count;
    const riscv_access *words = block_words(&r->offset, &count, trace, at);
    memset(r->bytes, 0, sizeof r->bytes);
    for (uint32_t i = 0; i < count; i++)
        memcpy(r->bytes + 8 * i, &words[i].old, 8);
}

void vm_sha256_prepare(vm_rows *rows, arena *a)
{
    const vm_call_item *items = rows->items[CALL_INDEX_SHA256];
    const riscv_trace_data *trace = rows->source->trace;
    uint64_t count = rows->counts[VM_CHIP_SHA256_BLOCK];
    vm_sha256_block *blocks = arena_allocate(a, count * sizeof *blocks, alignof(vm_sha256_block));
    uint32_t state[8];
    for (uint64_t i = 0; i < count; i++) {
        const riscv_call *call = &trace->calls[items[i].call];
        read_bytes read;
        blocks[i].at = items[i];
        if (items[i].item == 0) {
            hash256 first;
            for (uint32_t k = 0; k < SHA256_STATE_WORDS; k++)
                memcpy(first.bytes + 8 * k, &trace->call_accesses[call->first_read[3] + k].old, 8);
            sha256_state_read(state, &first);
        }
        memcpy(blocks[i].before, state, sizeof state);
        read_block(&read, trace, items[i]);
        sha256_compress(state, read.bytes + read.offset);
        memcpy(blocks[i].after, state, sizeof state);
    }
    rows->sha256_blocks = blocks;
}

/* ---- rows ---- */

static void fill_state(uint32_t limbs[SHA256_LIMBS], const uint32_t state[8])
{
    for (int i = 0; i < 8; i++) {
        limbs[2 * i] = state[i] & 0xFFFF;
        limbs[2 * i + 1] = state[i] >> 16;
    }
}

static void fill_bits(uint32_t bits[32], uint32_t word)
{
    for (int i = 0; i < 32; i++)
        bits[i] = word >> i & 1;
}

void vm_fill_sha256_state(void *columns, const vm_rows *rows, uint64_t index)
{
    sha256_state_trace *row = columns;
    const riscv_trace_data *trace = rows->source->trace;
    const riscv_call *call = &trace->calls[rows->calls[CALL_INDEX_SHA256][index]];
    uint32_t last = call->clk + call->n - 1;
    row->clk = call->clk;
    row->real = 1;
    row->result = (uint32_t)(call->registers[0] / 8);
    row->data = (uint32_t)(call->registers[1] / 8);
    row->data_offset = call->registers[1] % 8;
    row->tail = (uint32_t)(call->registers[2] / 8);
    row->start = (uint32_t)(call->registers[3] / 8);
    row->n = call->n;
    for (uint32_t i = 0; i < SHA256_STATE_WORDS; i++) {
        const riscv_access *read = &trace->call_accesses[call->first_read[3] + i];
        const riscv_access *write = &trace->call_accesses[call->first_write[0] + i];
        fill_bytes(row->first + 8 * i, read->old);
        fill_age(row->first_age + AGE_COLUMNS * i, read->previous_tick, last, K_START);
        fill_bytes(row->last + 8 * i, write->new);
        fill_limbs(row->old + 4 * i, write->old);
        fill_age(row->last_age + AGE_COLUMNS * i, write->previous_tick, last, K_WRITE);
    }
}

void vm_fill_sha256_block(void *columns, const vm_rows *rows, uint64_t index)
{
    sha256_block_trace *row = columns;
    const vm_sha256_block *block = &rows->sha256_blocks[index];
    const riscv_trace_data *trace = rows->source->trace;
    const riscv_call *call = &trace->calls[block->at.call];
    uint32_t offset, count, item = block->at.item;
    const riscv_access *words = block_words(&offset, &count, trace, block->at);
    row->time = call->clk + item;
    row->is_last = item + 1 == call->n;
    row->left = call->n - item;
    row->data = (uint32_t)(call->registers[1] / 8) + SHA256_BLOCK_WORDS * item;
    row->data_offset = call->registers[1] % 8;
    row->tail = (uint32_t)(call->registers[2] / 8);
    row->at = row->is_last ? row->tail : row->data;
    row->offset[offset] = 1;
    for (uint32_t i = 0; i < count; i++) {
        fill_limbs(row->word + 4 * i, words[i].old);
        fill_age(row->age + AGE_COLUMNS * i, words[i].previous_tick, row->time, K_READ);
    }
    read_bytes read;
    read_block(&read, trace, block->at);
    for (uint32_t i = 0; i < sizeof read.bytes; i++) {
        bool inside = i >= offset && i < offset + SHA256_BLOCK_BYTES;
        *(inside ? &row->byte[i - offset] : &row->rest[i % 8]) = read.bytes[i];
    }
    uint32_t rounds[8];
    for (int i = 0; i < 8; i++)
        rounds[i] = block->after[i] - block->before[i];
    fill_state(row->before, block->before);
    fill_state(row->rounds, rounds);
    fill_state(row->after, block->after);
}

static uint32_t rotate(uint32_t x, unsigned bits) { return x >> bits | x << (32 - bits); }
static uint32_t small_0(uint32_t x) { return rotate(x, 7) ^ rotate(x, 18) ^ x >> 3; }
static uint32_t small_1(uint32_t x) { return rotate(x, 17) ^ rotate(x, 19) ^ x >> 10; }

/* The schedule, and as many words before it as two rows have: those that it would go on from. */
static void fill_schedule(uint32_t words[ROWS_BACK * ROUNDS + 64], const uint8_t block[SHA256_BLOCK_BYTES])
{
    uint32_t *w = words + ROWS_BACK * ROUNDS;
    for (int t = 0; t < 16; t++)
        w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
               (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    for (int t = 15; t >= 0; t--)
        w[t - 16] = w[t] - small_1(w[t - 2]) - w[t - 7] - small_0(w[t - 15]);
    for (int t = 16; t < 64; t++)
        w[t] = small_1(w[t - 2]) + w[t - 7] + small_0(w[t - 15]) + w[t - 16];
}

static void add_word(uint32_t limbs[2], uint32_t word)
{
    limbs[0] += word & 0xFFFF;
    limbs[1] += word >> 16;
}

/* What a row of words adds to word i of the row after the next. */
static void add_far(uint32_t limbs[2], const uint32_t w[ROUNDS], uint32_t i)
{
    add_word(limbs, w[i]);
    if (i < 7)
        add_word(limbs, small_0(w[i + 1]));
}

/* And to that of the next row. */
static void add_near(uint32_t limbs[2], const uint32_t w[ROUNDS], uint32_t i)
{
    add_word(limbs, i < 7 ? w[i + 1] : small_0(w[0]));
    if (i < 2)
        add_word(limbs, small_1(w[6 + i]));
}

/* The carries of limbs that add up to a word. */
static void fill_carry(uint32_t carry[2], const uint32_t sum[2])
{
    carry[0] = sum[0] >> 16;
    carry[1] = (sum[1] + carry[0]) >> 16;
}

static void fill_words(sha256_rounds_trace *row, const uint32_t *w)
{
    uint32_t *given = row->next_given, *ahead = row->next_ahead;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        fill_bits(row->word + 32 * i, w[i]);
        add_far(row->given + 2 * i, w - 2 * ROUNDS, i);
        add_near(row->given + 2 * i, w - ROUNDS, i);
        add_far(row->ahead + 2 * i, w - ROUNDS, i);
        uint32_t sum[2] = {row->given[2 * i], row->given[2 * i + 1]};
        if (i >= 2)
            add_word(sum, small_1(w[i - 2]));
        if (i == 7)
            add_word(sum, w[0]);
        fill_carry(row->carry_word + 2 * i, sum);
        if (i < 2 || i == 7) {
            memcpy(given, row->ahead + 2 * i, 2 * sizeof *given);
            add_near(given, w, i);
            given += 2;
        }
        if (i < 7) {
            add_far(ahead, w, i);
            ahead += 2;
        }
    }
}

/* A round of the variables, in place; the sums of limbs are of new a and e. */
static void compute_round(uint32_t v[8], uint32_t sum_a[2], uint32_t sum_e[2], uint32_t word,
                          uint32_t constant)
{
    uint32_t a = v[0], b = v[1], c = v[2], e = v[4], f = v[5], g = v[6];
    uint32_t half[2] = {0};
    add_word(half, v[7]);
    add_word(half, rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25));
    add_word(half, (e & f) ^ (~e & g));
    add_word(half, constant);
    add_word(half, word);
    memcpy(sum_a, half, sizeof half);
    memcpy(sum_e, half, sizeof half);
    add_word(sum_e, v[3]);
    add_word(sum_a, rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22));
    add_word(sum_a, (a & b) ^ (a & c) ^ (b & c));
    memmove(v + 1, v, 7 * sizeof *v);
    v[0] = sum_a[0] + (sum_a[1] << 16);
    v[4] = sum_e[0] + (sum_e[1] << 16);
}

void vm_fill_sha256_rounds(void *columns, const vm_rows *rows, uint64_t index)
{
    sha256_rounds_trace *row = columns;
    const vm_sha256_block *block = &rows->sha256_blocks[index / SHA256_ROWS];
    const riscv_trace_data *trace = rows->source->trace;
    uint32_t number = (uint32_t)(index % SHA256_ROWS), first = number * ROUNDS;
    uint32_t words[ROWS_BACK * ROUNDS + 64], v[8], sum_a[2], sum_e[2];
    const uint32_t *w = words + ROWS_BACK * ROUNDS;
    read_bytes read;
    row->time = trace->calls[block->at.call].clk + block->at.item;
    row->row[number] = 1;
    read_block(&read, trace, block->at);
    fill_schedule(words, read.bytes + read.offset);
    fill_words(row, w + first);
    memcpy(v, block->before, sizeof v);
    for (uint32_t t = 0; t < first; t++)
        compute_round(v, sum_a, sum_e, w[t], sha256_constants[t]);
    uint32_t state[SHA256_LIMBS];
    fill_state(state, v);
    for (uint32_t i = 0; i < 3; i++) {
        fill_bits(row->a + 32 * i, v[i]);
        fill_bits(row->e + 32 * i, v[4 + i]);
    }
    for (uint32_t l = 0; l < 2; l++) {
        row->d[l] = state[6 + l];
        row->h[l] = state[14 + l];
    }
    for (uint32_t i = 0; i < ROUNDS; i++) {
        compute_round(v, sum_a, sum_e, w[first + i], sha256_constants[first + i]);
        fill_bits(row->new_a + 32 * i, v[0]);
        fill_bits(row->new_e + 32 * i, v[4]);
        fill_carry(row->carry_a + 2 * i, sum_a);
        fill_carry(row->carry_e + 2 * i, sum_e);
    }
}
