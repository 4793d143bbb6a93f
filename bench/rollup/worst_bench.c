/* The worst batches that the limits of gas allow, of some kinds: how large the guest's input is, and what of
 * its heap they take. --guest: their cycles too, minutes for the longest. Another argument: the kind of that
 * name alone. Precompiled contracts take their vectors from ASHLAR_FIXTURES; those of bench/worst.md. */
#include "tests/rollup/rollup.h"

#include "abi/memory_map.h"
#include "riscv/emulator.h"

#include <jansson.h>

static rig chain;

enum { CODES = 14000, CODE_BYTES = 24576, SLOTS = 24000, MANY_BLOCKS = 1024, SKIPPED = 1142,
       VECTOR_ZEROS = 4096 };

static const address TARGET = {{0x77, [19] = 0x01}};
static const address FIRST_CODE = {{0xcc}};

/* STATICCALLs of a contract, whose number comes into the gap, with the calldata. */
#define CALLS_OF_PRECOMPILE "365f5f375b5f5f365f61%04x5afa50600456"

/* What the target does until its gas is gone; it counts from its calldata's word on. */
static const struct {
    const char *name, *code; /* no code: a batch of another kind */
    uint64_t starts[4];      /* of two transactions of 12 million gas, and of items of 10 and of 2 */
    const char *vector;   /* of a precompiled contract, in the file of the kind's name; NULL: zeros */
    uint16_t precompile; /* 0: none */
} kinds[] = {
    /* the hash of 64 KiB again and again */
    {"keccak", "5b61ffff5f20505f56", {0}, NULL, 0},
    /* EXTCODESIZE of one account after the other */
    {"codes", "5f355b8073cc00000000000000000000000000000000000000013b50600101600256",
     {0, 4600, 9200, 13000}, NULL, 0},
    /* a call of each, without gas: the machine takes a copy */
    {"calls", "5f355b5f5f5f5f8473cc00000000000000000000000000000000000000015ffa50600101600256",
     {0, 4600, 9200, 13000}, NULL, 0},
    {"slots", "5f355b805450600101600256", {0, 5700, 11400, 16200}, NULL, 0},
    {"new slots", "5f355b60018168010000000000000000015560010160025600", {0, 1000, 2000, 3000}, NULL, 0},
    {"logs", "5b6180005fa05f56", {0}, NULL, 0},
    /* 64 KiB of memory, then itself with all gas */
    {"depth", "600162010000525f5f5f5f5f305af100", {0}, NULL, 0},
    {"blocks", NULL, {0}, NULL, 0},
    {"skipped", NULL, {0}, NULL, 0},
#define CONTRACT(number, file, vector) {file, CALLS_OF_PRECOMPILE, {0}, vector, number}
    CONTRACT(0x02, "sha256", NULL),
    CONTRACT(0x03, "ripemd160", NULL),
    CONTRACT(0x04, "identity", NULL),
    CONTRACT(0x05, "modexp_eip7883", "mod-1024-exp-2"),
    CONTRACT(0x10, "blsMapG1", "matter_fp_to_g1_6"),
    CONTRACT(0x11, "blsMapG2", "matter_fp2_to_g2_28"),
    CONTRACT(0x09, "blake2F", "vector 7"),
    CONTRACT(0x01, "ecRecover", "ValidKey"),
    CONTRACT(0x06, "bn256Add", "cdetrio12"),
    CONTRACT(0x07, "bn256ScalarMul", "cdetrio1"),
    CONTRACT(0x08, "bn256Pairing", "one_point"),
    CONTRACT(0x0a, "pointEvaluation", "pointEvaluation1"),
    CONTRACT(0x0b, "blsG1Add", "bls_g1add_(2*g1+3*g1=5*g1)"),
    CONTRACT(0x0c, "blsG1Mul", "bls_g1mul_random*g1_unnormalized_scalar"),
    CONTRACT(0x0d, "blsG2Add", "bls_g2add_(2*g2+3*g2=5*g2)"),
    CONTRACT(0x0e, "blsG2Mul", "bls_g2mul_random*g2_unnormalized_scalar"),
    CONTRACT(0x0f, "blsPairing", "matter_pairing_0"),
    CONTRACT(0x100, "p256Verify", "CallP256Verify"),
#undef CONTRACT
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static bytes unhex(const char *hex)
{
    size_t size_bytes = strlen(hex) / 2;
    uint8_t *out = arena_allocate(&memory, size_bytes, 1);
    for (size_t i = 0; i < size_bytes; i++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        out[i] = (uint8_t)byte;
    }
    return (bytes){out, size_bytes};
}

static bytes code_of(size_t which)
{
    char hex[100];
    if (kinds[which].precompile == 0)
        return unhex(kinds[which].code);
    snprintf(hex, sizeof hex, CALLS_OF_PRECOMPILE, (unsigned)kinds[which].precompile);
    return unhex(hex);
}

/* What the contract is called with; of 0 bytes where the vector is missing. */
static bytes vector_of(size_t which)
{
    const char *root = getenv("ASHLAR_FIXTURES");
    char path[500];
    bytes out = {0};
    json_t *one;
    size_t index;
    if (kinds[which].vector == NULL)
        return (bytes){ARENA_NEW(&memory, uint8_t, VECTOR_ZEROS), VECTOR_ZEROS};
    snprintf(path, sizeof path, "%s/precompiles/%s.json", root != NULL ? root : "../shared/fixtures",
             kinds[which].name);
    json_t *cases = json_load_file(path, 0, NULL);
    json_array_foreach(cases, index, one)
        if (strcmp(json_string_value(json_object_get(one, "Name")), kinds[which].vector) == 0)
            out = unhex(json_string_value(json_object_get(one, "Input")));
    json_decref(cases);
    if (kinds[which].precompile == 0x09 && out.size > 4)
        memcpy((uint8_t *)out.data, (uint8_t[]){0x00, 0x0f, 0x42, 0x40}, 4); /* a million rounds */
    return out;
}

/* The target, many slots in its storage, and large codes, no two of which are alike. */
static void open_chain(size_t which)
{
    genesis_account *more = ARENA_NEW(&memory, genesis_account, CODES + 1);
    genesis_slot *slots = ARENA_NEW(&memory, genesis_slot, SLOTS);
    size_t count = 0;
    bool reads_codes = strcmp(kinds[which].name, "codes") == 0 || strcmp(kinds[which].name, "calls") == 0;
    for (size_t i = 0; i < SLOTS; i++)
        slots[i] = (genesis_slot){u256_from_u64(i), u256_from_u64(i + 1)};
    if (kinds[which].code != NULL)
        more[count++] = (genesis_account){
            .where = TARGET, .nonce = 1, .code = code_of(which), .slots = slots,
            .slot_count = SLOTS};
    for (unsigned i = 0; reads_codes && i < CODES; i++) {
        uint8_t *code = ARENA_NEW(&memory, uint8_t, CODE_BYTES);
        memcpy(code, &i, sizeof i);
        address where = FIRST_CODE;
        where.bytes[18] = (uint8_t)(i >> 8);
        where.bytes[19] = (uint8_t)i;
        more[count++] = (genesis_account){.where = where, .nonce = 1, .code = {code, CODE_BYTES}};
    }
    rig_open_with(&chain, more, count);
    chain.is_silent = true;
    rig_fund(&chain);
}

static bytes word_of(uint64_t value)
{
    uint8_t *word = arena_allocate(&memory, 32, 8);
    u256_to_be(word, u256_from_u64(value));
    return (bytes){word, 32};
}

static bytes make_batch(size_t which, rollup_item items[2])
{
    uint64_t time = chain.position.outcome.last_time;
    const uint64_t *starts = kinds[which].starts;
    rollup_block *blocks = ARENA_NEW(&memory, rollup_block, MANY_BLOCKS);
    bytes *transactions = ARENA_NEW(&memory, bytes, SKIPPED);
    size_t block_count = 1;
    bool is_precompile = kinds[which].precompile != 0;
    bytes input = is_precompile ? vector_of(which) : (bytes){0};
    blocks[0] = (rollup_block){.timestamp = time + 1, .item_count = 2, .transactions = transactions,
                               .transaction_count = 2};
    for (unsigned i = 0; i < 2; i++) {
        items[i] = deposit_of(&people[0].where, ETHER);
        items[i].to = TARGET;
        items[i].data = is_precompile ? input : word_of(starts[2 + i]);
        set_gas(&items[i], i == 0 ? 10000000 : 2000000);
        transactions[i] = sign(&people[1 + i], (order){.to = &TARGET, .gas_limit = 12000000,
                                                       .data = is_precompile ? input : word_of(starts[i])});
    }
    if (strcmp(kinds[which].name, "blocks") == 0) {
        block_count = MANY_BLOCKS;
        for (size_t i = 1; i < block_count; i++)
            blocks[i] = (rollup_block){.timestamp = time + 1 + i};
    }
    if (strcmp(kinds[which].name, "skipped") == 0) {
        blocks[0].transaction_count = SKIPPED;
        for (size_t i = 0; i < SKIPPED; i++) /* signatures that hold, nonces that do not */
            transactions[i] = sign(&people[1], (order){.to = &TARGET, .has_nonce = true, .nonce = 7 + i});
    }
    return rollup_compress(&memory, rollup_write_blocks(&memory, time, blocks, block_count));
}

/* Of the last block, which is all of it but for `blocks`. */
static uint64_t gas_used(void)
{
    block_header header;
    assert_int_equal(header_decode(&header, chain.headers[chain.header_count - 2]), OK);
    return header.gas_used;
}

static uint64_t count_cycles(bytes input)
{
    static uint8_t elf[1 << 22];
    FILE *file = fopen("build/guest/batch.elf", "rb");
    assert_non_null(file);
    size_t size_bytes = fread(elf, 1, sizeof elf, file);
    fclose(file);
    riscv_program program;
    riscv_machine machine;
    assert_int_equal(riscv_program_load(&program, &memory, NULL, (bytes){elf, size_bytes}), OK);
    assert_int_equal(riscv_open(&machine, &program, input), OK);
    status s = riscv_run(&machine, 0);
    if (s != OK)
        printf("the guest ends with %llu\n", (unsigned long long)machine.fault_address);
    uint64_t cycles = machine.cycles;
    riscv_close(&machine);
    return cycles;
}

static void measure(size_t which, bool runs_guest)
{
    rollup_item items[2];
    rollup_run run;
    rollup_step step;
    batch_output output;
    arena_rewind(&memory, 0);
    open_chain(which);
    if (kinds[which].precompile != 0 && vector_of(which).size == 0) {
        printf("%-15s skipped: ASHLAR_FIXTURES has no vector \"%s\"\n", kinds[which].name,
               kinds[which].vector);
        return;
    }
    bytes data = make_batch(which, items);
    assert_int_equal(rig_derive(&chain, MANY_BLOCKS + 1, data, items, 2), OK);
    rig_run(&chain, &run, &step, data, items, 2);
    bytes input = rollup_run_write(&memory, &chain.config, &run);
    /* As in the guest, with room to spare for its variables. */
    enum { HALF_BYTES = (MAP_HEAP_END - MAP_HEAP_BASE) / 2 - (1 << 20) };
    arena all, own, half;
    arena_open(&all, 2 * (size_t)HALF_BYTES);
    arena_init_zeroed(&own, all.base, HALF_BYTES);
    arena_init_zeroed(&half, all.base + HALF_BYTES, HALF_BYTES);
    chain_config config;
    assert_int_equal(rollup_run_parse(&config, &run, &own, input), OK);
    assert_int_equal(rollup_run_derive(&output, NULL, &own, &half, &config, &run), OK);
    printf("%-15s %10llu %9zu %9zu %9.1f %9.1f %9.1f", kinds[which].name, (unsigned long long)gas_used(),
           run.node_count, run.code_count, (double)input.size / 1048576, (double)own.used_bytes / 1048576,
           (double)half.dirty_bytes / 1048576);
    arena_close(&all);
    if (runs_guest)
        printf(" %14llu", (unsigned long long)count_cycles(input));
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    bool runs_guest = false;
    const char *only = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--guest") == 0)
            runs_guest = true;
        else
            only = argv[i];
    }
    open_memories(NULL);
    printf("room: input %u MiB, each half of the heap %u MiB\n", (MAP_INPUT_END - MAP_INPUT_BASE) >> 20,
           (MAP_HEAP_END - MAP_HEAP_BASE) >> 21);
    printf("%-15s %10s %9s %9s %9s %9s %9s%s\n", "kind", "gas", "nodes", "codes", "input MiB", "heap MiB",
           "scratch", runs_guest ? "         cycles" : "");
    for (size_t i = 0; i < KINDS; i++)
        if (only == NULL || strcmp(only, kinds[i].name) == 0)
            measure(i, runs_guest);
    return 0;
}
