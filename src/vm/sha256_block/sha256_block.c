#include "vm/sha256_block/sha256_block.h"

#include "vm/sha256.h"

enum { WORDS = SHA256_BLOCK_WORDS + 1, BYTES = SHA256_BLOCK_BYTES };

/* Byte `place` of the words read, where the block begins at `offset`. */
static air_expr byte_at(const sha256_block_columns *row, uint32_t place, uint32_t offset)
{
    bool inside = place >= offset && place < offset + BYTES;
    return inside ? row->byte[place - offset] : row->rest[place % 8];
}

static void read_words(air_tape *t, const sha256_block_columns *row, air_expr real)
{
    air_expr is_within = air_sub(t, real, row->offset[0]);
    for (uint32_t i = 0; i < WORDS; i++) {
        /* The last one only if the block begins within a word. */
        const air_expr *word = row->word + 4 * i;
        row_access(t, i + 1 < WORDS ? real : is_within, air_add(t, row->at, air_constant(t, i)), word, word,
                   row->time, K_READ, row->age + AGE_COLUMNS * i);
    }
    for (uint32_t i = 0; i < 4 * WORDS; i++) {
        air_expr at_offset[8];
        for (uint32_t o = 0; o < 8; o++)
            at_offset[o] = row_join(t, byte_at(row, 2 * i, o), 8, byte_at(row, 2 * i + 1, o));
        air_equal(t, "the block's bytes stand at the offset", row->word[i],
                  row_weigh_by(t, row->offset, at_offset, 8));
    }
    for (uint32_t i = 0; i < 8; i += 2)
        bus_byte_pair(t, is_within, row->rest[i], row->rest[i + 1]);
}

/* after = before + rounds, word by word. */
static void add_states(air_tape *t, const sha256_block_columns *row, air_expr real)
{
    for (uint32_t i = 0; i < SHA256_LIMBS; i++)
        bus_range(t, real, 16, row->after[i]);
    for (uint32_t i = 0; i < SHA256_LIMBS; i += 2)
        row_add_limbs(t, real, row->before + i, row->rounds + i, row->after + i, 2);
}

static void sha256_block_record(air_tape *t)
{
    static const uint32_t offsets[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    sha256_block_columns row;
    columns_at(t, AIR_MAIN, &row, sizeof row);
    air_expr real = row_one_of(t, row.offset, 8), zero = air_constant(t, 0), one = air_constant(t, 1);
    air_bool(t, "last is a bit", row.is_last);
    air_zero_when(t, "a last row is real", row.is_last, air_not(t, real));
    air_zero_when(t, "the last row has one block left", row.is_last, air_sub(t, row.left, one));
    air_zero_when(t, "the last block is at the tail", row.is_last, air_sub(t, row.at, row.tail));
    air_zero_when(t, "the tail has no offset", row.is_last, air_not(t, row.offset[0]));
    air_expr goes_on = air_sub(t, real, row.is_last);
    air_zero_when(t, "other blocks are the data's", goes_on, air_sub(t, row.at, row.data));
    air_zero_when(t, "the data has the call's offset", goes_on,
                  air_sub(t, row.data_offset, row_weigh(t, row.offset, offsets, 8)));

    air_expr behind = air_add(t, row.data, air_constant(t, SHA256_BLOCK_WORDS));
    const sha256_place here = {row.time, zero, row.left, row.data, row.data_offset, row.tail};
    const sha256_place next = {.time = air_add(t, row.time, one),
                               .ends = row.is_last,
                               .left = air_sub(t, row.left, one),
                               .data = behind,
                               .offset = row.data_offset,
                               .tail = row.tail};
    sha256_receive(t, real, &here, row.before);
    sha256_send(t, real, &next, row.after);
    read_words(t, &row, real);
    sha256_send_rounds(t, real, row.time, zero, row.before);
    for (uint32_t i = 0; i < BYTES / SHA256_ROW_BYTES; i++)
        sha256_send_words(t, real, SHA256_OF_DATA, row.time, air_constant(t, i),
                          row.byte + SHA256_ROW_BYTES * i);
    sha256_receive_rounds(t, real, row.time, air_constant(t, SHA256_ROWS), row.rounds);
    add_states(t, &row, real);
}

CHIP_AIR(sha256_block, SHA256_BLOCK_COLUMNS);
