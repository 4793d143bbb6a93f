/* ECALL: the number is in a7, pointers in a0–a4, a count in a5. */
#ifndef ASHLAR_ABI_CALLS_H
#define ASHLAR_ABI_CALLS_H

#include "base/types.h"

/* Ends the run; a0 is the exit code, and only a run that ends with 0 has a proof. The same number as
 * Linux. */
#define CALL_EXIT 93

/* What a program exits with when a CHECK fails. */
#define EXIT_CHECK_FAILED 134

enum { CALL_READ = 1, CALL_WRITE = 2, CALL_UPDATE = 3, CALL_BYTES = 4 };
enum { CALL_COUNTED = 1, CALL_ITEMS = 2 };
enum { CALL_OPERANDS_MAX = 5 };

/* Items of a CALL_ITEMS call: more are refused. */
enum { CALL_ITEMS_MAX = 4096 };

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

/* In a guest: the calls as functions (src/guest/calls_machine.c; calls_qemu.c is the same for qemu). */
void call_copy_words(uint64_t *destination, const uint64_t *source, size_t n);
void call_keccak256(uint64_t digest[4], const uint8_t *data, const uint64_t tail[17], size_t n);
_Noreturn void call_exit(int code);

#endif
