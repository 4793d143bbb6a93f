/* The library as a WebAssembly module (mk/wasm.mk): what there is no libc for, and where JavaScript (web/verify/verifier.js)
 * finds the fields of a statement. */
#include "base/memory.h"
#include "library/ashlar_verify.h"

/* The instructions memory.copy and memory.fill. */
void *memcpy(void *restrict destination, const void *restrict source, size_t size)
{
    return __builtin_memcpy(destination, source, size);
}

void *memmove(void *destination, const void *source, size_t size)
{
    return __builtin_memmove(destination, source, size);
}

void *memset(void *destination, int value, size_t size) { return __builtin_memset(destination, value, size); }

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *x = a, *y = b;
    for (size_t i = 0; i < size; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

#define AT(field, offset) _Static_assert(offsetof(ashlar_statement, field) == (offset), "as web/verify/verifier.js has it")
AT(program, 0);
AT(output, 32);
AT(output_size, 36);
AT(cycles, 40);
AT(form, 48);
AT(segment_count, 52);
AT(ledger_count, 56);
AT(bad_part, 60);
AT(is_linked, 64);
_Static_assert(sizeof(ashlar_statement) == 96 && sizeof(ashlar_expected) == 12, "as web/verify/verifier.js has it");
