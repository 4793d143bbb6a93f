/* Input: n, 8 bytes, little-endian. Output: n and the n-th Fibonacci number modulo 2^64, 16 bytes. */
#include "abi/io.h"
#include "base/memory.h"

int guest_main(void)
{
    const uint8_t *input;
    size_t size;
    read_input(&input, &size);
    if (size != 8)
        return 1;
    uint64_t n, a = 0, b = 1;
    memcpy(&n, input, 8);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t next = a + b;
        a = b;
        b = next;
    }
    uint64_t result[2] = {n, a};
    write_output((const uint8_t *)result, sizeof result);
    return 0;
}
