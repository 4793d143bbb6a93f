/* The init code of the contracts, each between contract_NAME_begin and contract_NAME_end. */
    .section .rodata
#define QUOTED(text) #text
#define CONTRACT(name)                \
    .global contract_##name##_begin;  \
    .global contract_##name##_end;    \
    contract_##name##_begin:          \
    .incbin QUOTED(name.bin);         \
    contract_##name##_end:
#include "settle/contracts.def"
    .section .note.GNU-stack, "", @progbits
