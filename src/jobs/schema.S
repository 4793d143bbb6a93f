/* The text of queue.sql, with a zero after it. */
    .section .rodata
    .global queue_schema
queue_schema:
    .incbin "src/jobs/queue.sql"
    .byte 0
    .section .note.GNU-stack, "", @progbits
