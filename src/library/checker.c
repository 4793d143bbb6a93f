#include "library/checker.h"

#if defined(__x86_64__)
#include "stark/poseidon2_builds.h"
#include "stark/tree_batch.h"

#include <cpuid.h>

/* Two thirds of a verification are hashes beside each other: sixteen at a time where the processor can. It is asked each time,
 * as the library keeps nothing; not by the compiler's means, which keep it. */
static bool check_avx512(const tree_answers *answers) { return tree_check_batches(answers, poseidon2_permute_batch_avx512); }

static bool check_avx2(const tree_answers *answers) { return tree_check_batches(answers, poseidon2_permute_batch_avx2); }

/* Registers that the operating system keeps (XCR0): SSE, AVX; and for AVX-512 masks and both halves more. */
enum { KEPT_AVX = 0x06, KEPT_AVX512 = 0xE6 };

static bool has(uint32_t bits, uint32_t wanted) { return (bits & wanted) == wanted; }

tree_checker checker_for_processor(void)
{
    uint32_t a, b, c, d, kept, kept_high;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !has(c, bit_OSXSAVE))
        return tree_check;
    __asm__("xgetbv" : "=a"(kept), "=d"(kept_high) : "c"(0));
    if (!has(kept, KEPT_AVX) || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !has(b, bit_AVX2 | bit_BMI2))
        return tree_check;
    return has(kept, KEPT_AVX512) && has(b, bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL) ? check_avx512
                                                                                                 : check_avx2;
}
#else
tree_checker checker_for_processor(void) { return tree_check; }
#endif
