/* The points of Ethereum's KZG ceremony, in c-kzg's text form. */
    .section .rodata
    .global kzg_setup_start
    .global kzg_setup_end
kzg_setup_start:
    .incbin KZG_SETUP
kzg_setup_end:
    .byte 0
    .section .note.GNU-stack, "", @progbits
