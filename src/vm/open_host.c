/* Fills the chips of the call open. */
#include <string.h>

#include "stark/hash.h"
#include "stark/poseidon2.h"
#include "vm/element.h"
#include "vm/fill.h"
#include "vm/open/open.h"
#include "vm/open_leaf/open_leaf.h"
#include "vm/open_path/open_path.h"
#include "vm/open_weight/open_weight.h"

vm_fill_row vm_fill_open, vm_fill_open_leaf, vm_fill_open_path, vm_fill_open_weight;

enum { WIDTH = POSEIDON2_WIDTH, RATE = 16, CAPACITY = 8, SUM = 5, LEAF_WORDS = 8, DIGEST_WORDS = 4, SUM_WORDS = 3 };
enum { OPERAND_WEIGHTS = 2, OPERAND_LIST = 4, WEIGHT_WORDS = 6 };

/* A call's accesses: the word before its list; weights; leaf by leaf the data, the cap's entry, the list's word, the
 * sum. */
typedef struct {
    const riscv_call *call;
    const riscv_access *header, *weights, *data, *entry, *list, *sum;
    uint32_t words, stride, levels;
} opened_leaf;

static opened_leaf leaf_at(const riscv_trace_data *trace, vm_call_item at)
{
    opened_leaf o = {.call = &trace->calls[at.call]};
    o.header = &trace->call_accesses[o.call->first_read[OPERAND_LIST]];
    o.weights = &trace->call_accesses[o.call->first_read[OPERAND_WEIGHTS]];
    o.words = o.header->old & 0xFFFF;
    o.stride = o.header->old >> 16 & 0xFFFF;
    o.levels = o.header->old >> 32 & 0xFFFF;
    o.data = &trace->call_accesses[o.call->first_item + o.call->item_words * at.item];
    o.entry = o.data + o.words + DIGEST_WORDS * o.levels;
    o.list = o.entry + DIGEST_WORDS;
    o.sum = o.list + 1;
    return o;
}

static uint32_t data_word(const opened_leaf *o, uint32_t item)
{
    return (uint32_t)(o->call->registers[1] / 8) + o->stride * item;
}

static fp element_at(const riscv_access *words, uint32_t i) { return (fp)(words[i / 2].old >> 32 * (i % 2)); }

static fp5 weight_at(const opened_leaf *o, uint32_t element)
{
    fp5 x;
    for (uint32_t i = 0; i < SUM; i++)
        x.c[i] = element_at(o->weights + SUM_WORDS * element, i);
    return x;
}

/* ---- what rows begin with ---- */

static void prepare_leaf(vm_rows *rows, const opened_leaf *o, vm_call_item at, fp state[WIDTH], vm_open_leaf **next)
{
    memset(state, 0, sizeof(fp[WIDTH]));
    state[RATE] = fp_from_u32(HASH_LEAF);
    state[RATE + 1] = fp_from_u32(2 * o->words);
    fp5 sum = FP5_ZERO;
    for (uint32_t done = 0; done < o->words; done += LEAF_WORDS) {
        uint32_t count = 2 * (o->words - done < LEAF_WORDS ? o->words - done : LEAF_WORDS);
        *(*next)++ = (vm_open_leaf){at, done, sum, rows->next_permutation};
        for (uint32_t i = 0; i < RATE; i++)
            state[i] = i < count ? element_at(o->data + done, i) : i == count ? FP_ONE : FP_ZERO;
        for (uint32_t i = 0; i < count; i++)
            sum = fp5_add(sum, fp5_mul_fp(weight_at(o, 2 * done + i), state[i]));
        memcpy(rows->next_permutation++->before, state, sizeof(fp[WIDTH]));
        poseidon2_permute(state);
    }
}

static void prepare_path(vm_rows *rows, const opened_leaf *o, vm_call_item at, const fp digest[DIGEST_LENGTH],
                         vm_open_path **next)
{
    fp node[DIGEST_LENGTH], state[WIDTH];
    memcpy(node, digest, sizeof node);
    uint32_t index = (uint32_t)o->list->old;
    for (uint32_t level = 0; level < o->levels; level++, index >>= 1) {
        *(*next)++ = (vm_open_path){at, level, index, rows->next_permutation};
        memset(state, 0, sizeof state);
        for (uint32_t i = 0; i < DIGEST_LENGTH; i++) {
            state[(index & 1) * DIGEST_LENGTH + i] = node[i];
            state[(~index & 1) * DIGEST_LENGTH + i] = element_at(o->data + o->words + DIGEST_WORDS * level, i);
        }
        state[RATE] = fp_from_u32(HASH_NODE);
        memcpy(rows->next_permutation++->before, state, sizeof state);
        poseidon2_permute(state);
        memcpy(node, state, sizeof node);
    }
}

void vm_open_prepare(vm_rows *rows, arena *a)
{
    const riscv_trace_data *trace = rows->source->trace;
    const vm_call_item *items = rows->items[CALL_INDEX_OPEN];
    vm_open_digest *digests = ARENA_NEW(a, vm_open_digest, rows->counts[VM_CHIP_OPEN]);
    vm_open_leaf *leaf = ARENA_NEW(a, vm_open_leaf, rows->counts[VM_CHIP_OPEN_LEAF]);
    vm_open_path *path = ARENA_NEW(a, vm_open_path, rows->counts[VM_CHIP_OPEN_PATH]);
    vm_call_item *weight = ARENA_NEW(a, vm_call_item, rows->counts[VM_CHIP_OPEN_WEIGHT]);
    rows->open_digests = digests;
    rows->open_leaves = leaf;
    rows->open_paths = path;
    rows->open_weights = weight;
    for (uint64_t i = 0; i < rows->counts[VM_CHIP_OPEN]; i++) {
        opened_leaf o = leaf_at(trace, items[i]);
        fp state[WIDTH];
        for (uint32_t word = 0; items[i].item == 0 && word < o.words; word++)
            *weight++ = (vm_call_item){items[i].call, word};
        prepare_leaf(rows, &o, items[i], state, &leaf);
        memcpy(digests[i].element, state, sizeof digests[i].element);
        prepare_path(rows, &o, items[i], state, &path);
    }
}

/* ---- rows ---- */

static void fill_words(uint32_t *limbs, uint32_t *ages, const riscv_access *words, uint32_t count, uint32_t clk, uint32_t k)
{
    for (uint32_t i = 0; i < count; i++) {
        fill_limbs(limbs + 4 * i, words[i].old);
        fill_age(ages + AGE_COLUMNS * i, words[i].previous_tick, clk, k);
    }
}

static void fill_tops(uint32_t *tops, const riscv_access *words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        tops[i] = element_is_top(element_at(words, i));
}

void vm_fill_open(void *columns, const vm_rows *rows, uint64_t index)
{
    open_trace *row = columns;
    vm_call_item at = rows->items[CALL_INDEX_OPEN][index];
    opened_leaf o = leaf_at(rows->source->trace, at);
    const uint64_t *registers = o.call->registers;
    row->begin = o.call->clk;
    row->time = o.call->clk + at.item;
    row->real = 1;
    row->is_first = at.item == 0;
    row->is_last = at.item + 1 == o.call->n;
    row->left = o.call->n - at.item;
    row->results = (uint32_t)(registers[0] / 8) + SUM_WORDS * at.item;
    row->data = data_word(&o, at.item);
    row->weights = (uint32_t)(registers[2] / 8);
    row->cap = (uint32_t)(registers[3] / 8);
    row->list = (uint32_t)(registers[4] / 8) + 1 + at.item;
    row->words = o.words;
    row->stride = o.stride;
    row->levels = o.levels;
    if (row->is_first)
        fill_age(row->header_age, o.header->previous_tick, row->time, K_BEFORE_ITEMS);
    row->index[0] = o.list->old & 0xFFFF;
    row->index[1] = o.list->old >> 16 & 0xFFFF;
    fill_age(row->list_age, o.list->previous_tick, row->time, K_LIST);
    for (int i = 0; i < DIGEST_LENGTH; i++)
        row->digest[i] = fp_to_u32(rows->open_digests[index].element[i]);
    row->rest = (uint32_t)(o.list->old >> o.levels);
    fill_words(row->entry, row->entry_age, o.entry, DIGEST_WORDS, row->time, K_READ + 1);
    fill_tops(row->entry_top, o.entry, DIGEST_LENGTH);
    for (uint32_t i = 0; i < SUM; i++) {
        fp x = (fp)(o.sum[i / 2].new >> 32 * (i % 2));
        row->r[2 * i] = x & 0xFFFF;
        row->r[2 * i + 1] = x >> 16;
        row->r_top[i] = element_is_top(x);
    }
    fill_words(row->old, row->r_age, o.sum, SUM_WORDS, row->time, K_WRITE);
}

void vm_fill_open_leaf(void *columns, const vm_rows *rows, uint64_t index)
{
    open_leaf_trace *row = columns;
    const vm_open_leaf *leaf = &rows->open_leaves[index];
    opened_leaf o = leaf_at(rows->source->trace, leaf->at);
    uint32_t count = o.words - leaf->done < LEAF_WORDS ? o.words - leaf->done : LEAF_WORDS;
    fp state[WIDTH];
    memcpy(state, leaf->permutation->before, sizeof state);
    row->begin = o.call->clk;
    row->time = o.call->clk + leaf->at.item;
    row->real = 1;
    row->is_last = leaf->done + count == o.words;
    row->left = o.words - leaf->done;
    row->done = leaf->done;
    row->data = data_word(&o, leaf->at.item) + leaf->done;
    for (uint32_t i = 1; i < count; i++)
        row->in[i - 1] = 1;
    for (uint32_t i = 0; i < LEAF_WORDS; i++)
        fill_limbs(row->word + 4 * i, state[2 * i] | (uint64_t)state[2 * i + 1] << 32);
    fill_words(row->word, row->age, o.data + leaf->done, count, row->time, K_READ);
    fill_tops(row->top, o.data + leaf->done, 2 * count);
    fp5 sum = leaf->sum;
    for (uint32_t k = 0; k < SUM; k++)
        row->sum[k] = fp_to_u32(sum.c[k]);
    for (uint32_t i = 0; i < 2 * count; i++) {
        fp5 weight = weight_at(&o, 2 * leaf->done + i);
        sum = fp5_add(sum, fp5_mul_fp(weight, state[i]));
        for (uint32_t k = 0; k < SUM; k++)
            row->weight[SUM * i + k] = fp_to_u32(weight.c[k]);
    }
    for (uint32_t k = 0; k < SUM; k++)
        row->sum_after[k] = fp_to_u32(sum.c[k]);
    for (int i = 0; i < CAPACITY; i++)
        row->capacity[i] = fp_to_u32(state[RATE + i]);
    poseidon2_permute(state);
    for (int i = 0; i < WIDTH; i++)
        row->after[i] = fp_to_u32(state[i]);
}

void vm_fill_open_path(void *columns, const vm_rows *rows, uint64_t index)
{
    open_path_trace *row = columns;
    const vm_open_path *path = &rows->open_paths[index];
    opened_leaf o = leaf_at(rows->source->trace, path->at);
    uint32_t offset = o.words + DIGEST_WORDS * path->level;
    fp state[WIDTH];
    memcpy(state, path->permutation->before, sizeof state);
    row->time = o.call->clk + path->at.item;
    row->real = 1;
    row->left = o.levels - path->level;
    row->data = data_word(&o, path->at.item) + offset;
    row->index = path->index;
    row->next = path->index >> 1;
    fill_words(row->word, row->age, o.data + offset, DIGEST_WORDS, row->time, K_READ);
    fill_tops(row->top, o.data + offset, DIGEST_LENGTH);
    for (uint32_t i = 0; i < DIGEST_LENGTH; i++) {
        row->node[i] = fp_to_u32(state[(path->index & 1) * DIGEST_LENGTH + i]);
        row->first[i] = fp_to_u32(state[i]);
    }
    poseidon2_permute(state);
    for (int i = 0; i < WIDTH; i++)
        row->after[i] = fp_to_u32(state[i]);
}

void vm_fill_open_weight(void *columns, const vm_rows *rows, uint64_t index)
{
    open_weight_trace *row = columns;
    vm_call_item at = rows->open_weights[index];
    opened_leaf o = leaf_at(rows->source->trace, (vm_call_item){at.call, 0});
    const riscv_access *words = o.weights + WEIGHT_WORDS * at.item;
    row->begin = o.call->clk;
    row->real = 1;
    row->is_last = at.item + 1 == o.words;
    row->left = o.words - at.item;
    row->weights = (uint32_t)(o.call->registers[OPERAND_WEIGHTS] / 8) + WEIGHT_WORDS * at.item;
    row->number = at.item;
    row->uses = o.call->n;
    fill_words(row->word, row->age, words, WEIGHT_WORDS, row->begin, K_BEFORE_ITEMS);
    for (uint32_t i = 0; i < 2; i++)
        fill_tops(row->top + SUM * i, words + SUM_WORDS * i, SUM);
}
