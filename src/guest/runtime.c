/* What stands under every guest program: start, input, output, heap, failure. */
#include "abi/calls.h"
#include "abi/io.h"
#include "abi/memory_map.h"
#include "base/check.h"
#include "base/memory.h"
#include "crypto/keccak.h"
#include "guest/heap.h"

static keccak256_context output;

_Noreturn void guest_start(void);

/* start.S comes here with a stack. The digest is stored only by a run that succeeds. */
_Noreturn void guest_start(void)
{
    keccak256_init(&output);
    int code = guest_main();
    if (code == 0) {
        hash256 digest;
        keccak256_finish(&output, &digest);
        memcpy((void *)(uintptr_t)MAP_OUTPUT_BASE, digest.bytes, sizeof digest.bytes);
    }
    call_exit(code);
}

/* The prover chooses every word of the region, the length too. */
void read_input(const uint8_t **data, size_t *size)
{
    uint64_t length = *(const volatile uint64_t *)(uintptr_t)MAP_INPUT_BASE;
    CHECK(length <= MAP_INPUT_END - MAP_INPUT_BASE - 8);
    *data = (const uint8_t *)(uintptr_t)MAP_INPUT_BASE + 8;
    *size = length;
}

void write_output(const uint8_t *data, size_t size) { keccak256_absorb(&output, data, size); }

void guest_heap(arena *a)
{
    extern uint8_t heap_start[]; /* guest.ld.in */
    arena_init_zeroed(a, heap_start, MAP_HEAP_END - (uintptr_t)heap_start);
}

_Noreturn void check_failed(const char *condition, const char *file, int line)
{
    (void)condition;
    (void)file;
    (void)line;
    call_exit(EXIT_CHECK_FAILED);
}
