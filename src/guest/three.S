/* The shortest program that has a proof: exit with 0. */

    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    li a7, 93
    li a0, 0
    ecall
    .size _start, . - _start
