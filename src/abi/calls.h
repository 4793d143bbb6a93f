/* ECALL: the number is in a7, pointers in a0–a5, or to a4 and a count in a5. */
#ifndef ASHLAR_ABI_CALLS_H
#define ASHLAR_ABI_CALLS_H

#include "base/types.h"

/* Ends the run; a0 is the exit code, and only a run that ends with 0 has a proof. The same number as
 * Linux. */
#define CALL_EXIT 93

/* What a program exits with when a CHECK fails. */
#define EXIT_CHECK_FAILED 134

enum { CALL_READ = 1, CALL_WRITE = 2, CALL_UPDATE = 3, CALL_BYTES = 4, CALL_LIST = 8, CALL_BLOCKS = 16 };
enum { CALL_COUNTED = 1, CALL_ITEMS = 2, CALL_UNPROVEN = 4, CALL_LEAVES = 8 };
enum { CALL_OPERANDS_MAX = 6 };

/* Numbers in a word of a CALL_LIST. */
enum { CALL_LIST_NUMBERS = 4 };

/* Items of a CALL_ITEMS call: more are refused. */
enum { CALL_ITEMS_MAX = 4096 };

/* Of the call open. The chips allow more words. */
enum { CALL_LEAF_WORDS_MAX = 1024, CALL_PATH_LEVELS_MAX = 13, CALL_WEIGHT_WORDS = 6, CALL_SUM_WORDS = 3, CALL_DIGEST_WORDS = 4 };

/* What its calls have besides leaves: blocks of 16 elements, levels of paths, words of weighed elements. */
enum { CALL_LEAF_BLOCKS, CALL_PATH_LEVELS, CALL_WEIGHED_WORDS, CALL_LEAF_PARTS };

#define CALL(NAME, name, number, flags, ...) CALL_##NAME = (number),
enum {
#include "abi/calls.def"
};
#undef CALL

/* The position of each call in the list, from 0. */
#define CALL(NAME, name, number, flags, ...) CALL_INDEX_##NAME,
enum {
#include "abi/calls.def"
    CALL_INDEX_COUNT
};
#undef CALL

typedef struct {
    uint8_t access; /* 0: there is no such operand */
    int8_t fixed_words;
    uint8_t words_per_item;
} call_operand;

typedef struct {
    const char *name;
    uint32_t number;
    uint32_t flags;
    call_operand operands[CALL_OPERANDS_MAX];
} call_description;

/* In the order of calls.def. */
extern const call_description call_descriptions[CALL_INDEX_COUNT];

#define HINT(NAME, name, argument_words, result_words) HINT_##NAME,
typedef enum {
#include "abi/hints.def"
    HINT_COUNT
} call_hint_kind;
#undef HINT

typedef struct {
    uint32_t argument_words, result_words;
} hint_description;

/* In the order of hints.def. */
extern const hint_description hint_descriptions[HINT_COUNT];

enum { HINT_WORDS_MAX = 64 };

/* Whether code makes calls where plain code would do: in a guest, and in tests of what a guest does. */
#if defined(ASHLAR_GUEST) && !defined(ASHLAR_CALLS)
#define ASHLAR_CALLS
#endif

/* The calls as functions; their operands are those of calls.def. In the machine they are ECALLs
 * (guest/calls_machine.c); natively and under qemu the same in plain C (crypto/calls_plain.c), where a
 * CHECK fails if the call is refused. */
void call_copy_words(uint64_t *destination, const uint64_t *source, size_t n);
void call_keccak256(uint64_t digest[4], const uint8_t *data, const uint64_t tail[17], size_t n);

/* n ≤ CALL_ITEMS_MAX. */
void call_sha256(uint64_t state[4], const uint8_t *data, const uint64_t tail[8], const uint64_t start[4],
                 size_t n);

/* n ≤ CALL_ITEMS_MAX. In the machine all of the 2^18 words from `blocks` on that the list names must lie
 * where can be written, so not in constants; list and m may. */
void call_muladd(uint64_t *blocks, const uint64_t *list, const uint64_t m[4], size_t n);
static inline uint64_t call_muladd_item(uint16_t a, uint16_t b, uint16_t c, uint16_t r)
{
    return (uint64_t)r << 48 | (uint64_t)c << 32 | (uint64_t)b << 16 | a;
}

/* The same of 384 bits. */
void call_muladd_384(uint64_t *blocks, const uint64_t *list, const uint64_t m[6], size_t n);

void call_divide(uint64_t q[4], uint64_t r[4], const uint64_t a[4], const uint64_t b[4], const uint64_t c[4],
                 const uint64_t m[4]);

/* n ≤ CALL_ITEMS_MAX. */
void call_point(uint64_t result[8], const uint64_t *list, const uint64_t start[8], const uint64_t *base,
                size_t n);

/* Results are copied out of the input, once: a lie about one cannot change later. Zeros where it has no room left. */
void call_hint(uint64_t *results, call_hint_kind kind, const uint64_t *arguments);

/* n ≤ CALL_ITEMS_MAX; in plain C in stark/calls_plain.c. */
void call_sponge(uint64_t state[12], const uint64_t *data, size_t n);
/* The same; blocks have three words, and all that the list names must lie where can be written. */
void call_multiply_add(uint64_t *blocks, const uint64_t *list, size_t n);
#define CALL_MULTIPLY_ADD_ITEM(a, b, c, r) ((uint64_t)(r) << 48 | (uint64_t)(c) << 32 | (uint64_t)(b) << 16 | (uint64_t)(a))
static inline uint64_t call_multiply_add_item(uint32_t a, uint32_t b, uint32_t c, uint32_t r)
{
    return CALL_MULTIPLY_ADD_ITEM(a, b, c, r);
}

/* The same. */
void call_open(uint64_t *sums, const uint64_t *leaves, const uint64_t *weights, const uint64_t *cap, const uint64_t *list,
               size_t n);
static inline uint64_t call_open_shape(uint32_t words, uint32_t stride, uint32_t levels)
{
    return (uint64_t)levels << 32 | stride << 16 | words;
}

/* In a guest. */
_Noreturn void call_exit(int code);

#endif
