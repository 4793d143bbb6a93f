#include "rollup/inflate.h"

#include "base/memory.h"

enum {
    LENGTH_SYMBOLS = 288, /* literals, end of block, lengths; the last two mean nothing */
    DISTANCE_SYMBOLS = 32,
    ORDER_SYMBOLS = 19, /* of the code in which lengths of codes are written */
    MOST_LENGTH_CODES = 286,
    MOST_DISTANCE_CODES = 30,
    END_OF_BLOCK = 256,
    MOST_CODE_BITS = 15,
    FAST_BITS = 10,
    COPY_STEP = 8, /* bytes that are copied at once */
};

/* A prefix code. Codes of at most FAST_BITS are looked up; longer ones, which are rare, are found by walking
 * over the lengths, in each of which codes are consecutive numbers. */
typedef struct {
    uint16_t fast[1 << FAST_BITS]; /* by the next bits: symbol · 16 + length; 0: a longer code or none */
    uint16_t count[MOST_CODE_BITS + 1];
    uint16_t symbol[LENGTH_SYMBOLS]; /* in the order of their codes */
} prefix_code;

typedef struct {
    const uint8_t *at, *end;
    uint64_t bits; /* the next bit lowest; those beyond bit_count are further bits of the stream, or zero */
    unsigned bit_count;
    uint8_t *text;
    size_t size_bytes, most_bytes;
    prefix_code lengths, distances;
} inflater;

/* ---- bits ---- */

/* At least 56 bits, or all that are left. */
static void refill(inflater *s)
{
    if (s->end - s->at >= 8) {
        uint64_t word;
        memcpy(&word, s->at, sizeof word);
        s->bits |= word << s->bit_count;
        s->at += (63 - s->bit_count) >> 3;
        s->bit_count |= 56;
        return;
    }
    while (s->bit_count <= 56 && s->at < s->end) {
        s->bits |= (uint64_t)*s->at++ << s->bit_count;
        s->bit_count += 8;
    }
}

/* Whether there are so many; the caller has refilled. */
static bool drop(inflater *s, unsigned count)
{
    if (count > s->bit_count)
        return false;
    s->bits >>= count;
    s->bit_count -= count;
    return true;
}

static unsigned low_bits(const inflater *s, unsigned count)
{
    return (unsigned)(s->bits & (((uint64_t)1 << count) - 1));
}

/* At most 16. */
static bool take(inflater *s, unsigned *value, unsigned count)
{
    refill(s);
    *value = low_bits(s, count);
    return drop(s, count);
}

/* ---- codes ---- */

static unsigned reversed(unsigned code, unsigned length)
{
    unsigned out = 0;
    for (unsigned i = 0; i < length; i++)
        out |= (code >> i & 1) << (length - 1 - i);
    return out;
}

/* `may_lack` says whether one code of one bit, or none at all, will do. */
static bool build(prefix_code *code, const uint8_t *lengths, unsigned symbol_count, bool may_lack)
{
    memset(code->count, 0, sizeof code->count);
    memset(code->fast, 0, sizeof code->fast);
    for (unsigned i = 0; i < symbol_count; i++)
        code->count[lengths[i]]++;
    code->count[0] = 0;

    unsigned offsets[MOST_CODE_BITS + 2], first[MOST_CODE_BITS + 2], longest = 0;
    int left = 1;
    offsets[1] = first[1] = 0;
    for (unsigned length = 1; length <= MOST_CODE_BITS; length++) {
        left = 2 * left - code->count[length];
        if (left < 0)
            return false;
        if (code->count[length] > 0)
            longest = length;
        offsets[length + 1] = offsets[length] + code->count[length];
        first[length + 1] = 2 * (first[length] + code->count[length]);
    }
    if (left > 0 && !(may_lack && longest <= 1))
        return false;
    for (unsigned i = 0; i < symbol_count; i++) {
        unsigned length = lengths[i];
        if (length == 0)
            continue;
        code->symbol[offsets[length]++] = (uint16_t)i;
        unsigned own = first[length]++;
        if (length > FAST_BITS)
            continue;
        for (unsigned at = reversed(own, length); at < 1 << FAST_BITS; at += 1u << length)
            code->fast[at] = (uint16_t)(i << 4 | length);
    }
    return true;
}

static bool decode_slowly(inflater *s, unsigned *symbol, const prefix_code *code)
{
    unsigned own = 0, first = 0, index = 0;
    for (unsigned length = 1; length <= MOST_CODE_BITS; length++) {
        own |= (unsigned)(s->bits >> (length - 1) & 1);
        unsigned count = code->count[length];
        if (own < first + count) {
            *symbol = code->symbol[index + (own - first)];
            return drop(s, length);
        }
        index += count;
        first = (first + count) << 1;
        own <<= 1;
    }
    return false;
}

/* The caller has refilled. */
static bool decode(inflater *s, unsigned *symbol, const prefix_code *code)
{
    unsigned entry = code->fast[low_bits(s, FAST_BITS)];
    if (entry == 0)
        return decode_slowly(s, symbol, code);
    *symbol = entry >> 4;
    return drop(s, entry & 15);
}

/* ---- blocks ---- */

static status stored_block(inflater *s)
{
    drop(s, s->bit_count % 8);
    s->at -= s->bit_count / 8;
    s->bits = s->bit_count = 0;
    if (s->end - s->at < 4)
        return BATCH_STREAM_BROKEN;
    size_t length = (size_t)(s->at[0] | s->at[1] << 8);
    size_t complement = (size_t)(s->at[2] | s->at[3] << 8);
    s->at += 4;
    if (length != (complement ^ 0xffff) || length > (size_t)(s->end - s->at))
        return BATCH_STREAM_BROKEN;
    if (length > s->most_bytes - s->size_bytes)
        return BATCH_TEXT_TOO_LONG;
    if (length > 0)
        memcpy(s->text + s->size_bytes, s->at, length);
    s->size_bytes += length;
    s->at += length;
    return OK;
}

static void fixed_codes(inflater *s)
{
    uint8_t lengths[LENGTH_SYMBOLS];
    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    (void)build(&s->lengths, lengths, LENGTH_SYMBOLS, false);
    memset(lengths, 5, DISTANCE_SYMBOLS);
    (void)build(&s->distances, lengths, DISTANCE_SYMBOLS, false);
}

static bool written_codes(inflater *s)
{
    static const uint8_t order[ORDER_SYMBOLS] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                 11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[MOST_LENGTH_CODES + MOST_DISTANCE_CODES], order_lengths[ORDER_SYMBOLS];
    unsigned length_count, distance_count, order_count;
    if (!take(s, &length_count, 5) || !take(s, &distance_count, 5) || !take(s, &order_count, 4))
        return false;
    length_count += 257;
    distance_count += 1;
    order_count += 4;
    if (length_count > MOST_LENGTH_CODES || distance_count > MOST_DISTANCE_CODES)
        return false;
    memset(order_lengths, 0, sizeof order_lengths);
    for (unsigned i = 0; i < order_count; i++) {
        unsigned length;
        if (!take(s, &length, 3))
            return false;
        order_lengths[order[i]] = (uint8_t)length;
    }
    prefix_code *code = &s->lengths; /* for a moment */
    if (!build(code, order_lengths, ORDER_SYMBOLS, false))
        return false;
    for (unsigned i = 0; i < length_count + distance_count;) {
        unsigned symbol, repeats;
        refill(s);
        if (!decode(s, &symbol, code))
            return false;
        if (symbol < 16) {
            lengths[i++] = (uint8_t)symbol;
            continue;
        }
        /* 16: the last length 3 to 6 times; 17: zero 3 to 10 times; 18: zero 11 to 138 times */
        static const uint8_t bits[] = {2, 3, 7}, least[] = {3, 3, 11};
        if (!take(s, &repeats, bits[symbol - 16]) || (symbol == 16 && i == 0))
            return false;
        repeats += least[symbol - 16];
        if (repeats > length_count + distance_count - i)
            return false;
        memset(lengths + i, symbol == 16 ? lengths[i - 1] : 0, repeats);
        i += repeats;
    }
    return lengths[END_OF_BLOCK] != 0 && build(&s->lengths, lengths, length_count, true) &&
           build(&s->distances, lengths + length_count, distance_count, true);
}

static void copy(inflater *s, size_t distance, size_t length)
{
    uint8_t *to = s->text + s->size_bytes;
    const uint8_t *from = to - distance;
    s->size_bytes += length;
    if (distance >= COPY_STEP) {
        /* A little more than was asked for: there is room behind the text, and it is overwritten. */
        for (size_t i = 0; i < length; i += COPY_STEP)
            memcpy(to + i, from + i, COPY_STEP);
    } else {
        for (size_t i = 0; i < length; i++)
            to[i] = from[i];
    }
}

static status compressed_block(inflater *s)
{
    static const uint16_t length_base[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                           31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t length_bits[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                          2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    static const uint16_t distance_base[] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                             33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                             1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    static const uint8_t distance_bits[] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                            6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
    for (;;) {
        /* One refill is enough for a length, a distance and their further bits: 15 + 5 + 15 + 13. */
        unsigned symbol;
        refill(s);
        if (!decode(s, &symbol, &s->lengths))
            return BATCH_STREAM_BROKEN;
        if (symbol < END_OF_BLOCK) {
            if (s->size_bytes == s->most_bytes)
                return BATCH_TEXT_TOO_LONG;
            s->text[s->size_bytes++] = (uint8_t)symbol;
            continue;
        }
        if (symbol == END_OF_BLOCK)
            return OK;
        symbol -= END_OF_BLOCK + 1;
        if (symbol >= sizeof length_bits)
            return BATCH_STREAM_BROKEN;
        size_t length = length_base[symbol] + low_bits(s, length_bits[symbol]);
        unsigned place;
        if (!drop(s, length_bits[symbol]) || !decode(s, &place, &s->distances) ||
            place >= sizeof distance_bits)
            return BATCH_STREAM_BROKEN;
        size_t distance = distance_base[place] + low_bits(s, distance_bits[place]);
        if (!drop(s, distance_bits[place]) || distance > s->size_bytes)
            return BATCH_STREAM_BROKEN;
        if (length > s->most_bytes - s->size_bytes)
            return BATCH_TEXT_TOO_LONG;
        copy(s, distance, length);
    }
}

static status blocks(inflater *s)
{
    unsigned is_last = 0, type;
    while (!is_last) {
        if (!take(s, &is_last, 1) || !take(s, &type, 2))
            return BATCH_STREAM_BROKEN;
        if (type == 0) {
            TRY(stored_block(s));
            continue;
        }
        if (type == 1)
            fixed_codes(s);
        else if (type == 3 || !written_codes(s))
            return BATCH_STREAM_BROKEN;
        TRY(compressed_block(s));
    }
    return OK;
}

status rollup_inflate(bytes *text, arena *memory, size_t most_bytes, bytes stream)
{
    size_t mark = memory->used_bytes;
    inflater s = {.at = stream.data, .end = stream.data + stream.size, .most_bytes = most_bytes};
    s.text = arena_allocate(memory, most_bytes + COPY_STEP, 8);
    status outcome = blocks(&s);
    arena_rewind(memory, outcome == OK ? (size_t)(s.text - memory->base) + s.size_bytes : mark);
    if (outcome == OK)
        *text = (bytes){s.text, s.size_bytes};
    return outcome;
}
