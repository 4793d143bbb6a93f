/* The piece of work as a program of SP1. It commits to no public values: COMMIT takes the eight words of SHA-256 of
 * nothing, COMMIT_DEFERRED_PROOFS eight zeros, as its own runtime has it. */
#include "base/check.h"
#include "base/memory.h"
#include "base/types.h"

typedef uint64_t __attribute__((may_alias)) aliasing_word;

void program_work(void);
_Noreturn void sp1_main(void);

static void call(uint64_t number, uint64_t first, uint64_t second)
{
    register uint64_t t0 __asm__("t0") = number;
    register uint64_t a0 __asm__("a0") = first;
    register uint64_t a1 __asm__("a1") = second;
    __asm__ volatile("ecall" : "+r"(t0) : "r"(a0), "r"(a1) : "memory");
}

static _Noreturn void halt(uint64_t code)
{
    call(0, code, 0);
    for (;;)
        ;
}

_Noreturn void sp1_main(void)
{
    static const uint32_t of_nothing[8] = {0x42c4b0e3, 0x141cfc98, 0xc8f4fb9a, 0x24b96f99,
                                           0xe441ae27, 0x4c939b64, 0x1b9995a4, 0x55b85278};
    program_work();
    for (uint64_t i = 0; i < 8; i++)
        call(0x10, i, of_nothing[i]);
    for (uint64_t i = 0; i < 8; i++)
        call(0x1A, i, 0);
    halt(0);
}

_Noreturn void check_failed(const char *condition, const char *file, int line)
{
    (void)condition;
    (void)file;
    (void)line;
    halt(1);
}

/* What the compiler asks for: whole words where both lie on one, since SP1 has no misaligned accesses. */
void *memcpy(void *restrict destination, const void *restrict source, size_t size_bytes)
{
    uint8_t *to = destination;
    const uint8_t *from = source;
    if ((((uintptr_t)to | (uintptr_t)from) & 7) == 0)
        for (; size_bytes >= 8; size_bytes -= 8, to += 8, from += 8)
            *(aliasing_word *)to = *(const aliasing_word *)from;
    while (size_bytes-- > 0)
        *to++ = *from++;
    return destination;
}

void *memset(void *destination, int value, size_t size_bytes)
{
    uint8_t *to = destination;
    if (((uintptr_t)to & 7) == 0)
        for (; size_bytes >= 8; size_bytes -= 8, to += 8)
            *(aliasing_word *)to = (uint8_t)value * UINT64_C(0x0101010101010101);
    while (size_bytes-- > 0)
        *to++ = (uint8_t)value;
    return destination;
}
