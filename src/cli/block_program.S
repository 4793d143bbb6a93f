/* The guest program `block`, as it was built. */
    .section .rodata
    .balign 16
    .global block_program_start
    .global block_program_end
block_program_start:
    .incbin BLOCK_ELF
block_program_end:
    .byte 0
    .section .note.GNU-stack, "", @progbits
