/* The calls as the machine has them. */
#include "abi/calls.h"

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

void call_keccak256(uint64_t digest[4], const uint8_t *data, const uint64_t tail[17], size_t n)
{
    register uint64_t number __asm__("a7") = CALL_KECCAK256;
    register uint64_t *a0 __asm__("a0") = digest;
    register const uint8_t *a1 __asm__("a1") = data;
    register const uint64_t *a2 __asm__("a2") = tail;
    register uint64_t a5 __asm__("a5") = n;
    __asm__ volatile("ecall" : : "r"(number), "r"(a0), "r"(a1), "r"(a2), "r"(a5) : "memory");
}
