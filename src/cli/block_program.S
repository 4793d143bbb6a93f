/* The guest programs `block`, `stateless`, `batch` and `join`, as they were built. */
    .macro program name, file
    .balign 16
    .global \name\()_program_start
    .global \name\()_program_end
\name\()_program_start:
    .incbin "\file"
\name\()_program_end:
    .byte 0
    .endm
    .section .rodata
    program block, BLOCK_ELF
    program stateless, STATELESS_ELF
    program batch, BATCH_ELF
    program join, JOIN_ELF
    .section .note.GNU-stack, "", @progbits
