#include "verify/link.h"

#include "base/check.h"
#include "base/memory.h"

typedef enum { NONE, SAME, BEFORE, AFTER, FIRST, LAST, SUM, LATER, HELD, EACH } link_operator;

enum { BITS = 8 * LINK_WORD_BYTES }; /* of a word */

struct link_format {
    char tag[LINK_WORD_BYTES];
    struct {
        link_operator op;
        const char *name;
    } words[LINK_WORDS_MAX + 1]; /* NONE ends them */
};

static const link_format formats[] = {
#define LINK_FORMAT(tag, ...) {tag, {__VA_ARGS__}},
#include "abi/link.def"
#undef LINK_FORMAT
};

const link_format *link_format_of(const uint8_t tag[LINK_WORD_BYTES])
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (memcmp(formats[i].tag, tag, LINK_WORD_BYTES) == 0)
            return &formats[i];
    return NULL;
}

static uint32_t word_count(const link_format *f)
{
    uint32_t count = 0;
    while (f->words[count].op != NONE)
        count++;
    return count;
}

size_t link_bytes(const link_format *f) { return (size_t)word_count(f) * LINK_WORD_BYTES; }

const char *link_word_name(const link_format *f, uint32_t word) { return f->words[word].name; }

/* ---- words as numbers ----------------------------------------------------------------------------- */

static bool get_number(uint64_t *number, const uint8_t *word)
{
    uint8_t high = 0;
    for (int i = 0; i < LINK_WORD_BYTES - 8; i++)
        high |= word[i];
    *number = 0;
    for (int i = LINK_WORD_BYTES - 8; i < LINK_WORD_BYTES; i++)
        *number = *number << 8 | word[i];
    return high == 0;
}

static void put_number(uint8_t *word, uint64_t number)
{
    for (int i = 0; i < 8; i++)
        word[LINK_WORD_BYTES - 1 - i] = (uint8_t)(number >> 8 * i);
}

static bool bit_of(const uint8_t *word, uint64_t i) { return word[LINK_WORD_BYTES - 1 - i / 8] >> i % 8 & 1; }

/* How many numbers an output is about that holds alone; false: more than a word has bits. */
static bool count_numbers(uint64_t *count, const link_format *f, const uint8_t *output)
{
    uint64_t first = 0, last = 0;
    for (uint32_t i = 0; f->words[i].op != NONE; i++) {
        if (f->words[i].op == FIRST)
            CHECK(get_number(&first, output + i * LINK_WORD_BYTES));
        if (f->words[i].op == LAST)
            CHECK(get_number(&last, output + i * LINK_WORD_BYTES));
    }
    *count = last - first + 1; /* 0: all that there are */
    return last - first < BITS;
}

/* ---- one output ----------------------------------------------------------------------------------- */

static bool word_is_fine(const link_format *f, uint32_t i, const uint8_t *output)
{
    const uint8_t *word = output + i * LINK_WORD_BYTES;
    uint64_t number, before;
    switch (f->words[i].op) {
    case SAME:
    case BEFORE:
    case AFTER:
        return true;
    case FIRST:
    case SUM:
    case LATER:
        return get_number(&number, word);
    case LAST: /* FIRST is fine, and stands before */
        return get_number(&number, word) && get_number(&before, word - LINK_WORD_BYTES) && before <= number;
    case HELD:
        return get_number(&number, word) && number <= 1;
    case EACH:
        if (!count_numbers(&number, f, output))
            return false;
        for (uint64_t bit = number; bit < BITS; bit++)
            if (bit_of(word, bit))
                return false;
        return true;
    case NONE:
        break;
    }
    return false;
}

status link_alone(const link_format *f, uint32_t *word, const uint8_t *output)
{
    for (*word = 0; f->words[*word].op != NONE; (*word)++)
        if (!word_is_fine(f, *word, output))
            return LINK_BROKEN;
    return OK;
}

/* ---- two ------------------------------------------------------------------------------------------ */

/* joined, which is a at first, gets what becomes of word i of a and b. */
static bool join_word(const link_format *f, uint32_t i, uint8_t *joined, const uint8_t *a, const uint8_t *b)
{
    const size_t at = i * (size_t)LINK_WORD_BYTES, next = at + LINK_WORD_BYTES;
    uint64_t x, y, z;
    switch (f->words[i].op) {
    case SAME:
        return memcmp(a + at, b + at, LINK_WORD_BYTES) == 0;
    case BEFORE:
        return memcmp(b + at, a + next, LINK_WORD_BYTES) == 0;
    case AFTER:
    case LAST:
    case LATER:
        memcpy(joined + at, b + at, LINK_WORD_BYTES);
        return true;
    case FIRST:
        CHECK(get_number(&x, a + next) && get_number(&y, b + at));
        return x != UINT64_MAX && y == x + 1;
    case SUM:
        CHECK(get_number(&x, a + at) && get_number(&y, b + at));
        if (__builtin_add_overflow(x, y, &z))
            return false;
        put_number(joined + at, z);
        return true;
    case HELD:
        CHECK(get_number(&y, b + at));
        return y == 1;
    case EACH:
        if (!count_numbers(&x, f, a) || !count_numbers(&y, f, b) || x + y > BITS)
            return false;
        for (uint64_t bit = 0; bit < y; bit++)
            if (bit_of(b + at, bit))
                joined[at + LINK_WORD_BYTES - 1 - (x + bit) / 8] |= (uint8_t)(1u << (x + bit) % 8);
        return true;
    case NONE:
        break;
    }
    return false;
}

status link_join(const link_format *f, uint32_t *word, uint8_t *a, const uint8_t *b)
{
    uint8_t joined[LINK_BYTES_MAX];
    uint32_t ignored;
    CHECK(link_alone(f, &ignored, a) == OK && link_alone(f, &ignored, b) == OK);
    memcpy(joined, a, link_bytes(f));
    for (*word = 0; f->words[*word].op != NONE; (*word)++)
        if (!join_word(f, *word, joined, a, b))
            return LINK_BROKEN;
    memcpy(a, joined, link_bytes(f));
    return OK;
}
