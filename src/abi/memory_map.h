/* Where things lie in the machine's memory. All addresses are below 2^32; every border is a multiple of a
 * block of 512 KiB (2^16 words of 64 bits), because the map is proven block by block (REGION bus). Everything
 * not listed is unmapped: an access there ends the run and has no proof. Block 0 is never mapped. Also read
 * by the assembler and by the linker script, so numbers only. */
#ifndef ASHLAR_ABI_MEMORY_MAP_H
#define ASHLAR_ABI_MEMORY_MAP_H

#define MAP_BLOCK_BYTES 0x80000
#define MAP_BLOCK_LOG2 19
#define MAP_BLOCKS 0x2000

/* Instructions: fetched, but neither readable nor writable as data. */
#define MAP_TEXT_BASE 0x00400000
#define MAP_TEXT_END 0x04000000

/* The program's data, read-only. Only the blocks that the program fills are mapped. */
#define MAP_IMAGE_BASE 0x04000000
#define MAP_IMAGE_END 0x08000000

/* Private input, read-only: the first 8 bytes are its length in bytes, then the bytes. Words beyond may hold
 * anything. */
#define MAP_INPUT_BASE 0x10000000
#define MAP_INPUT_END 0x30000000

/* Nothing below can be written: whatever a program does wrong, its constants, tables of functions and input
 * stay as they were. Each store proves that its address is not below (row_store_address), each call the same
 * of what it writes. A multiple of 2^16. */
#define MAP_WRITABLE_BASE 0x40000000

/* Zero at the start: the program's .bss, then its heap. */
#define MAP_HEAP_BASE 0x40000000
#define MAP_HEAP_END 0xC0000000

/* Zero at the start; grows down from its end, with unmapped blocks below. */
#define MAP_STACK_BASE 0xD0000000
#define MAP_STACK_END 0xD1000000

/* The public output: four words, alone in their block. */
#define MAP_OUTPUT_BASE 0xE0000000
#define MAP_OUTPUT_BYTES 32

#endif
