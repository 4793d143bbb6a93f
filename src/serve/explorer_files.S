/* The files of the explorer, each between explorer_NAME_start and explorer_NAME_end. */
    .section .rodata
#define EXPLORER_FILE(name, path, file, content_type) \
    .global explorer_##name##_start; \
    .global explorer_##name##_end; \
    explorer_##name##_start: .incbin file; \
    explorer_##name##_end: .byte 0;
#include "serve/explorer_files.def"
    .section .note.GNU-stack, "", @progbits
