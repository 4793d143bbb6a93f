/* Bytes in the other order. Freestanding. */
#ifndef ASHLAR_BASE_BYTE_ORDER_H
#define ASHLAR_BASE_BYTE_ORDER_H

#include <stdint.h>

static inline uint64_t reverse_bytes(uint64_t x)
{
#ifdef __riscv
    /* rev8, the one instruction of Zbb that the machine has: a compiler that knew of it would use the others too. */
    __asm__(".insn i 0x13, 5, %0, %1, 0x6b8" : "=r"(x) : "r"(x));
    return x;
#else
    return __builtin_bswap64(x);
#endif
}

#endif
