/* Where the machine begins: every register is zero and so is the stack. */
#include "abi/memory_map.h"

    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    li sp, MAP_STACK_END
    j guest_start
    .size _start, . - _start
