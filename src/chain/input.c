#include "chain/input.h"

#include "abi/block_input.h"
#include "base/memory.h"

/* ---- writing ---- */

static size_t padded(size_t size_bytes) { return (size_bytes + 7) & ~(size_t)7; }

enum { CODE_PADDING_BYTES = BLOCK_INPUT_CODE_PADDING_BYTES };
_Static_assert(CODE_PADDING_BYTES == (int)WITNESS_CODE_PADDING_BYTES, "as much as running in place needs");

/* `zeros`: at least so many behind each item. */
static size_t items_size(const bytes *items, size_t count, size_t zeros)
{
    size_t size_bytes = 0;
    for (size_t i = 0; i < count; i++)
        size_bytes += 8 + padded(items[i].size + zeros);
    return size_bytes;
}

static uint8_t *put_word(uint8_t *at, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> 8 * i);
    return at + 8;
}

/* What is not written is zero already. */
static uint8_t *put_items(uint8_t *at, const bytes *items, size_t count, size_t zeros)
{
    for (size_t i = 0; i < count; i++) {
        at = put_word(at, items[i].size);
        if (items[i].size > 0)
            memcpy(at, items[i].data, items[i].size);
        at += padded(items[i].size + zeros);
    }
    return at;
}

bytes chain_input_write(arena *memory, const chain_config *config, const chain_input *input)
{
    uint8_t config_bytes[CHAIN_CONFIG_MAX_BYTES];
    bytes config_item = {config_bytes, chain_config_write(config_bytes, config)};
    bool claims = input->header_count == 0 && input->pre_state_root != NULL;
    size_t hash_count = input->block_hash_count;

    size_t size_bytes = 8 * BLOCK_INPUT_HEADER_WORDS + (claims ? 32 : 0) + 32 * hash_count;
    size_bytes += items_size(&config_item, 1, 0);
    size_bytes += items_size(&input->block, 1, 0);
    size_bytes += items_size(input->headers, input->header_count, 0);
    size_bytes += items_size(input->codes, input->code_count, CODE_PADDING_BYTES);
    size_bytes += items_size(input->nodes, input->node_count, 0);
    uint8_t *data = arena_allocate_zeroed(memory, size_bytes, 8);
    uint8_t *at = put_word(data, BLOCK_INPUT_FORMAT);
    at = put_word(at, size_bytes);
    at = put_word(at, input->header_count);
    at = put_word(at, hash_count);
    at = put_word(at, input->code_count);
    at = put_word(at, input->node_count);
    at = put_word(at, claims ? BLOCK_INPUT_HAS_PRE_STATE_ROOT : 0);
    at = put_items(at, &config_item, 1, 0);
    at = put_items(at, &input->block, 1, 0);
    if (claims) {
        memcpy(at, input->pre_state_root->bytes, 32);
        at += 32;
    }
    if (hash_count > 0)
        memcpy(at, input->block_hashes, 32 * hash_count);
    at += 32 * hash_count;
    at = put_items(at, input->headers, input->header_count, 0);
    at = put_items(at, input->codes, input->code_count, CODE_PADDING_BYTES);
    put_items(at, input->nodes, input->node_count, 0);
    return (bytes){data, size_bytes};
}

void chain_input_write_receipts(uint8_t *out, const hash256 *receipts_before)
{
    memcpy(put_word(out, BLOCK_INPUT_RECEIPTS), receipts_before->bytes, 32);
}

/* ---- parsing ---- */

static status take_word(uint64_t *value, bytes *left)
{
    if (left->size < 8)
        return INPUT_MALFORMED;
    *value = *(const uint64_t *)(const void *)left->data;
    left->data += 8;
    left->size -= 8;
    return OK;
}

/* `zeros` is a multiple of 8. */
static status take_item(bytes *item, bytes *left, size_t zeros)
{
    uint64_t size_bytes;
    TRY(take_word(&size_bytes, left));
    if (size_bytes > left->size || padded(size_bytes + zeros) > left->size)
        return INPUT_MALFORMED;
    *item = (bytes){left->data, size_bytes};
    for (size_t i = 0; i < zeros; i += 8) {
        uint64_t word;
        memcpy(&word, left->data + size_bytes + i, sizeof word);
        if (word != 0)
            return INPUT_MALFORMED;
    }
    left->data += padded(size_bytes + zeros);
    left->size -= padded(size_bytes + zeros);
    return OK;
}

static status take_items(const bytes **items, arena *memory, uint64_t count, bytes *left, size_t zeros)
{
    /* Each item takes a word at least, which bounds the array by the input. */
    if (count > left->size / 8)
        return INPUT_MALFORMED;
    bytes *array = arena_allocate(memory, count * sizeof *array, alignof(bytes));
    for (uint64_t i = 0; i < count; i++)
        TRY(take_item(&array[i], left, zeros));
    *items = array;
    return OK;
}

static status take_hashes(const hash256 **hashes, uint64_t count, bytes *left)
{
    if (count > left->size / 32)
        return INPUT_MALFORMED;
    *hashes = (const hash256 *)(const void *)left->data;
    left->data += 32 * count;
    left->size -= 32 * count;
    return OK;
}

status chain_input_parse(chain_config *config, chain_input *input, arena *memory, bytes data)
{
    memset(input, 0, sizeof *input);
    if ((uintptr_t)data.data % 8 != 0)
        return INPUT_MALFORMED;
    bytes left = data, config_item;
    uint64_t format, size_bytes, header_count, hash_count, code_count, node_count, flags;
    TRY(take_word(&format, &left));
    TRY(take_word(&size_bytes, &left));
    TRY(take_word(&header_count, &left));
    TRY(take_word(&hash_count, &left));
    TRY(take_word(&code_count, &left));
    TRY(take_word(&node_count, &left));
    TRY(take_word(&flags, &left));
    if (format != BLOCK_INPUT_FORMAT || size_bytes != data.size || flags > BLOCK_INPUT_HAS_PRE_STATE_ROOT)
        return INPUT_MALFORMED;
    TRY(take_item(&config_item, &left, 0));
    TRY(chain_config_read(config, config_item));
    TRY(take_item(&input->block, &left, 0));
    if (flags & BLOCK_INPUT_HAS_PRE_STATE_ROOT)
        TRY(take_hashes(&input->pre_state_root, 1, &left));
    TRY(take_hashes(&input->block_hashes, hash_count, &left));
    TRY(take_items(&input->headers, memory, header_count, &left, 0));
    TRY(take_items(&input->codes, memory, code_count, &left, CODE_PADDING_BYTES));
    TRY(take_items(&input->nodes, memory, node_count, &left, 0));
    input->block_hash_count = hash_count;
    input->header_count = header_count;
    input->code_count = code_count;
    input->codes_are_padded = true;
    input->node_count = node_count;
    return left.size == 0 ? OK : INPUT_MALFORMED;
}

void chain_input_take_receipts(hash256 *receipts_before, bytes *left)
{
    uint64_t format;
    bytes rest = *left;
    memset(receipts_before, 0, sizeof *receipts_before);
    if ((uintptr_t)rest.data % 8 != 0 || rest.size < BLOCK_INPUT_RECEIPTS_BYTES || take_word(&format, &rest) != OK ||
        format != BLOCK_INPUT_RECEIPTS)
        return;
    memcpy(receipts_before->bytes, rest.data, 32);
    *left = (bytes){rest.data + 32, rest.size - 32};
}

status chain_input_take(bytes *one, bytes *left)
{
    uint64_t format, size_bytes;
    bytes rest = *left;
    if ((uintptr_t)rest.data % 8 != 0)
        return INPUT_MALFORMED;
    TRY(take_word(&format, &rest));
    TRY(take_word(&size_bytes, &rest));
    if (format != BLOCK_INPUT_FORMAT || size_bytes % 8 != 0 || size_bytes < 8 * BLOCK_INPUT_HEADER_WORDS ||
        size_bytes > left->size)
        return INPUT_MALFORMED;
    *one = (bytes){left->data, size_bytes};
    left->data += size_bytes;
    left->size -= size_bytes;
    return OK;
}
