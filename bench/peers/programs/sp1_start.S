    .section .text.start, "ax"
    .globl _start
_start:
    li sp, 0x78000000
    j sp1_main
