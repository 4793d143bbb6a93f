/* The fuzz targets (make fuzz) without a fuzzer: each on inputs from the fixtures, changed in thousands of
 * ways that are the same each time. They CHECK for themselves. */
#define _GNU_SOURCE
#include "tests/chain/fuzz_seeds.h"

#define LLVMFuzzerTestOneInput rlp_fuzz_one
#include "codec/rlp_fuzz.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput transaction_fuzz_one
#include "chain/transaction_fuzz.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput input_fuzz_one
#include "chain/input_fuzz.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput evm_fuzz_one
#include "evm/evm_fuzz.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput guest_fuzz_one
#include "tests/chain/guest_fuzz.c"
#undef LLVMFuzzerTestOneInput

static all_fuzz_seeds seeds;
static arena seed_memory;

static uint64_t random_state = 1;

static size_t random_below(size_t bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return bound == 0 ? 0 : (size_t)(random_state >> 11) % bound;
}

/* One to four changes: a bit, a byte, a run removed, doubled or overwritten, the end cut. */
static size_t mutate(uint8_t *data, size_t size, size_t capacity)
{
    for (size_t changes = 1 + random_below(4); changes > 0 && size > 0; changes--) {
        size_t at = random_below(size), length = 1 + random_below(size - at < 64 ? size - at : 64);
        switch (random_below(6)) {
        case 0: data[at] ^= (uint8_t)(1u << random_below(8)); break;
        case 1: data[at] = (uint8_t)random_below(256); break;
        case 2:
            memmove(data + at, data + at + length, size - at - length);
            size -= length;
            break;
        case 3:
            if (size + length <= capacity) {
                memmove(data + at + length, data + at, size - at);
                size += length;
            }
            break;
        case 4: memset(data + at, random_below(2) ? 0xff : 0, length); break;
        default: size = random_below(4) ? size : at; break;
        }
    }
    return size;
}

static void run_target(int (*target)(const uint8_t *, size_t), const fuzz_seeds *from, size_t runs)
{
    if (fixture_root() == NULL)
        skip();
    assert_true(from->count > 0);
    size_t capacity = 1 << 17;
    uint8_t *data = malloc(capacity);
    assert_non_null(data);
    random_state = 88172645463325252u;
    for (size_t i = 0; i < from->count; i++)
        assert_int_equal(target(from->items[i].data, from->items[i].size), 0);
    for (size_t i = 0; i < runs; i++) {
        bytes seed = from->items[random_below(from->count)];
        size_t size = seed.size < capacity ? seed.size : capacity;
        memcpy(data, seed.data, size);
        size = mutate(data, size, capacity);
        /* Of its very size, so that a tool that watches memory sees its ends. */
        uint8_t *exact = malloc(size + (size == 0));
        assert_non_null(exact);
        memcpy(exact, data, size);
        assert_int_equal(target(exact, size), 0);
        free(exact);
    }
    free(data);
}

static void rlp(void **unused) { (void)unused; run_target(rlp_fuzz_one, &seeds.rlp, 20000); }
static void transactions(void **unused) { (void)unused; run_target(transaction_fuzz_one, &seeds.transaction,
                                                                   10000); }
static void inputs(void **unused) { (void)unused; run_target(input_fuzz_one, &seeds.input, 3000); }
static void programs(void **unused) { (void)unused; run_target(evm_fuzz_one, &seeds.evm, 5000); }
static void programs_in_the_guest(void **unused) { (void)unused; run_target(guest_fuzz_one, &seeds.guest,
                                                                            600); }

int main(int argc, char **argv)
{
    arena_open(&seed_memory, ARENA_RESERVED);
    const char *root = fixture_root();
    if (root != NULL)
        make_fuzz_seeds(&seeds, &seed_memory, root);
    /* A folder named: the seeds go there, for `make fuzz`. */
    if (argc == 2) {
        const struct {
            const char *name;
            const fuzz_seeds *from;
        } targets[] = {{"rlp", &seeds.rlp},
                       {"transaction", &seeds.transaction},
                       {"input", &seeds.input},
                       {"evm", &seeds.evm},
                       {"guest", &seeds.guest}};
        for (size_t t = 0; t < sizeof targets / sizeof targets[0]; t++)
            for (size_t i = 0; i < targets[t].from->count; i++) {
                char path[4096];
                snprintf(path, sizeof path, "%s/%s/%zu", argv[1], targets[t].name, i);
                FILE *file = fopen(path, "wb");
                if (file == NULL || fwrite(targets[t].from->items[i].data, targets[t].from->items[i].size, 1,
                                           file) != 1 ||
                    fclose(file) != 0)
                    return 1;
            }
        return root == NULL;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(rlp), cmocka_unit_test(transactions),
                                       cmocka_unit_test(inputs),
                                       cmocka_unit_test(programs), cmocka_unit_test(programs_in_the_guest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
