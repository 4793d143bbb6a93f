/* The calls as the machine has them. */
#include "abi/calls.h"
#include "abi/memory_map.h"
#include "base/check.h"
#include "base/memory.h"

_Noreturn void call_exit(int code)
{
    register uint64_t number __asm__("a7") = CALL_EXIT;
    register uint64_t a0 __asm__("a0") = (uint64_t)(int64_t)code;
    __asm__ volatile("ecall" : : "r"(number), "r"(a0) : "memory");
    __builtin_unreachable();
}

void call_copy_words(uint64_t *destination, const uint64_t *source, size_t n)
{
    register uint64_t number __asm__("a7") = CALL_COPY_WORDS;
    register uint64_t *a0 __asm__("a0") = destination;
    register const uint64_t *a1 __asm__("a1") = source;
    register uint64_t a5 __asm__("a5") = n;
    __asm__ volatile("ecall" : : "r"(number), "r"(a0), "r"(a1), "r"(a5) : "memory");
}

void call_multiply_add(uint64_t *blocks, const uint64_t *list, size_t n)
{
    register uint64_t number __asm__("a7") = CALL_MULTIPLY_ADD;
    register uint64_t *a0 __asm__("a0") = blocks;
    register const uint64_t *a1 __asm__("a1") = list;
    register uint64_t a5 __asm__("a5") = n;
    __asm__ volatile("ecall" : : "r"(number), "r"(a0), "r"(a1), "r"(a5) : "memory");
}

void call_open(uint64_t *sums, const uint64_t *leaves, const uint64_t *weights, const uint64_t *cap, const uint64_t *list,
               size_t n)
{
    register uint64_t number __asm__("a7") = CALL_OPEN;
    register uint64_t *a0 __asm__("a0") = sums;
    register const uint64_t *a1 __asm__("a1") = leaves;
    register const uint64_t *a2 __asm__("a2") = weights;
    register const uint64_t *a3 __asm__("a3") = cap;
    register const uint64_t *a4 __asm__("a4") = list;
    register uint64_t a5 __asm__("a5") = n;
    __asm__ volatile("ecall" : : "r"(number), "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
}

void call_sponge(uint64_t state[12], const uint64_t *data, size_t n)
{
    register uint64_t number __asm__("a7") = CALL_SPONGE;
    register uint64_t *a0 __asm__("a0") = state;
    register const uint64_t *a1 __asm__("a1") = data;
    register uint64_t a5 __asm__("a5") = n;
    __asm__ volatile("ecall" : : "r"(number), "r"(a0), "r"(a1), "r"(a5) : "memory");
}

void call_keccak256(uint64_t digest[4], const uint8_t *data, const uint64_t tail[17], size_t n)
{
    register uint64_t number __asm__("a7") = CALL_KECCAK256;
    register uint64_t *a0 __asm__("a0") = digest;
    register const uint8_t *a1 __asm__("a1") = data;
    register const uint64_t *a2 __asm__("a2") = tail;
    register uint64_t a5 __asm__("a5") = n;
    __asm__ volatile("ecall" : : "r"(number), "r"(a0), "r"(a1), "r"(a2), "r"(a5) : "memory");
}

void call_sha256(uint64_t state[4], const uint8_t *data, const uint64_t tail[8], const uint64_t start[4],
                 size_t n)
{
    register uint64_t number __asm__("a7") = CALL_SHA256;
    register uint64_t *a0 __asm__("a0") = state;
    register const uint8_t *a1 __asm__("a1") = data;
    register const uint64_t *a2 __asm__("a2") = tail;
    register const uint64_t *a3 __asm__("a3") = start;
    register uint64_t a5 __asm__("a5") = n;
    __asm__ volatile("ecall" : : "r"(number), "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a5) : "memory");
}

void call_muladd(uint64_t *blocks, const uint64_t *list, const uint64_t m[4], size_t n)
{
    register uint64_t number __asm__("a7") = CALL_MULADD;
    register uint64_t *a0 __asm__("a0") = blocks;
    register const uint64_t *a1 __asm__("a1") = list;
    register const uint64_t *a2 __asm__("a2") = m;
    register uint64_t a5 __asm__("a5") = n;
    __asm__ volatile("ecall" : : "r"(number), "r"(a0), "r"(a1), "r"(a2), "r"(a5) : "memory");
}

void call_muladd_384(uint64_t *blocks, const uint64_t *list, const uint64_t m[6], size_t n)
{
    register uint64_t number __asm__("a7") = CALL_MULADD_384;
    register uint64_t *a0 __asm__("a0") = blocks;
    register const uint64_t *a1 __asm__("a1") = list;
    register const uint64_t *a2 __asm__("a2") = m;
    register uint64_t a5 __asm__("a5") = n;
    __asm__ volatile("ecall" : : "r"(number), "r"(a0), "r"(a1), "r"(a2), "r"(a5) : "memory");
}

void call_divide(uint64_t q[4], uint64_t r[4], const uint64_t a[4], const uint64_t b[4], const uint64_t c[4],
                 const uint64_t m[4])
{
    register uint64_t number __asm__("a7") = CALL_DIVIDE;
    register uint64_t *a0 __asm__("a0") = q;
    register uint64_t *a1 __asm__("a1") = r;
    register const uint64_t *a2 __asm__("a2") = a;
    register const uint64_t *a3 __asm__("a3") = b;
    register const uint64_t *a4 __asm__("a4") = c;
    register const uint64_t *a5 __asm__("a5") = m;
    __asm__ volatile("ecall"
                     :
                     : "r"(number), "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
                     : "memory");
}

void call_point(uint64_t result[8], const uint64_t *list, const uint64_t start[8], const uint64_t *base,
                size_t n)
{
    register uint64_t number __asm__("a7") = CALL_POINT;
    register uint64_t *a0 __asm__("a0") = result;
    register const uint64_t *a1 __asm__("a1") = list;
    register const uint64_t *a2 __asm__("a2") = start;
    register const uint64_t *a3 __asm__("a3") = base;
    register uint64_t a5 __asm__("a5") = n;
    __asm__ volatile("ecall" : : "r"(number), "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a5) : "memory");
}

/* The input region's words from the input's end on are taken one after the other. Its length is the
 * prover's choice, as it is of hints. */
void call_hint(uint64_t *results, call_hint_kind kind, const uint64_t *arguments)
{
    static uint64_t next;
    if (next == 0) {
        uint64_t length = *(const volatile uint64_t *)(uintptr_t)MAP_INPUT_BASE;
        CHECK(length <= MAP_INPUT_END - MAP_INPUT_BASE - 8);
        next = (MAP_INPUT_BASE + 8 + length + 7) & ~UINT64_C(7);
    }
    uint64_t at = next, size = 8 * hint_descriptions[kind].result_words;
    if (size > MAP_INPUT_END - at) {
        memset(results, 0, size); /* a hint that does not hold */
        return;
    }
    next += size;
    register uint64_t number __asm__("a7") = CALL_HINT;
    register uint64_t a0 __asm__("a0") = at;
    register const uint64_t *a1 __asm__("a1") = arguments;
    register uint64_t a2 __asm__("a2") = kind;
    __asm__ volatile("ecall" : : "r"(number), "r"(a0), "r"(a1), "r"(a2) : "memory");
    memcpy(results, (const void *)(uintptr_t)at, size);
}
