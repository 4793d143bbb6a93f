/* The guest program `batch`: what it makes public is what this machine computes, whatever a batch's bytes;
 * and what a prover leaves out or changes gives no output, never another one. The first argument, if any, is
 * how many random batches; a second, a file that they are written to for the contracts' tests, instead of
 * testing anything. */
#include "tests/rollup/guest.h"
#include "tests/rollup/random.h"

static rig chain;
static unsigned long batches = 40;
static status execute(batch_output *out, bytes input)
{
    size_t mark = second.used_bytes;
    status s = rollup_execute(out, &second, input);
    arena_rewind(&second, mark);
    return s;
}

static int funded(void **unused)
{
    (void)unused;
    arena_rewind(&memory, 0);
    rig_open(&chain);
    rig_fund(&chain);
    return 0;
}

static void random_batches_agree(void **unused)
{
    (void)unused;
    unsigned long faults = 0, closing = 0;
    uint64_t most_cycles = 0;
    bool runs_guest = guest_load();
    for (unsigned long i = 0; i < batches; i++) {
        if (i % 100 == 0)
            funded(NULL);
        rollup_item items[4];
        size_t item_count = next_random(5);
        read_nonces(&chain);
        for (size_t k = 0; k < item_count; k++)
            items[k] = random_item(&chain);
        uint64_t seconds;
        bytes data = random_batch(&chain, &seconds, item_count);
        assert_int_equal(rig_derive(&chain, seconds, data, items, item_count), OK);
        faults += chain.result.has_fault;
        closing += chain.result.has_closing_block;

        rollup_run run;
        rollup_step step;
        rig_run(&chain, &run, &step, data, items, item_count);
        bytes input = rollup_run_write(&memory, &chain.config, &run);
        batch_output expected, output;
        rig_output(&chain, &expected);
        assert_int_equal(execute(&output, input), OK);
        assert_memory_equal(&output, &expected, sizeof output);
        if (!runs_guest)
            continue;
        hash256 digest, native;
        guest_digest(&native, &output);
        assert_int_equal(guest_run(&digest, input), OK);
        assert_memory_equal(&digest, &native, 32);
        most_cycles = guest_cycles > most_cycles ? guest_cycles : most_cycles;
    }
    print_message("%lu batches, %lu with faults, %lu with a closing block; at most %llu cycles\n", batches,
                  faults, closing, (unsigned long long)most_cycles);
    assert_true(faults > batches / 20 && faults < batches);
    if (runs_guest)
        arena_close(&guest_memory);
    arena_rewind(&scratch, 0);
}

/* ---- for L1 ---- */

static void write_hex(FILE *out, const char *name, const uint8_t *data, size_t size_bytes)
{
    fprintf(out, "\"%s\":\"0x", name);
    for (size_t i = 0; i < size_bytes; i++)
        fprintf(out, "%02x", data[i]);
    fprintf(out, "\",");
}

static void write_outcome(FILE *out, const char *name, const rollup_outcome *o)
{
    uint8_t words[7 * 32] = {0};
    const hash256 *hashes[] = {&o->state_root, &o->block_hash, &o->withdrawal_root, &o->batch_tree};
    for (unsigned i = 0; i < 4; i++)
        memcpy(words + 32 * i, hashes[i]->bytes, 32);
    u256_to_be(words + 4 * 32, u256_from_u64(o->last_block));
    u256_to_be(words + 5 * 32, u256_from_u64(o->last_time));
    u256_to_be(words + 6 * 32, u256_from_u64(o->queue_index));
    write_hex(out, name, words, sizeof words);
}

enum { MOST_BATCHES = 1000 };
static hash256 roots[MOST_BATCHES + 1]; /* of the batches so far; that of batch 0 is zero */

/* That the last block's last transaction is in it: [block, index, hash, path in the batch, path of the
 * batch]; nothing where it has none. */
static void write_inclusion(FILE *out)
{
    uint8_t words[(3 + ROLLUP_TRANSACTIONS_DEPTH + ROLLUP_BATCHES_DEPTH) * 32] = {0};
    uint64_t batch = chain.before.batches.count;
    size_t count = chain.result.transaction_count;
    bytes cursor = chain.last_block, body, list;
    rlp_item item = {.is_list = true};
    roots[batch] = chain.result.root;
    assert_int_equal(rlp_list(&body, &cursor), OK);
    assert_int_equal(rlp_decode(&item, &body), OK);
    assert_int_equal(rlp_list(&list, &body), OK);
    bool has_any = !rlp_at_end(list);
    while (!rlp_at_end(list))
        assert_int_equal(rlp_decode(&item, &list), OK);
    bytes encoding = item.is_list ? item.encoding : item.payload;
    u256_to_be(words, u256_from_u64(chain.position.outcome.last_block));
    u256_to_be(words + 32, u256_from_u64(count - 1));
    keccak256((hash256 *)(void *)(words + 64), encoding.data, encoding.size);
    if (has_any) {
        hash256 path[ROLLUP_BATCHES_DEPTH];
        rollup_tree_path(path, &memory, chain.result.leaves, count, count - 1, ROLLUP_TRANSACTIONS_DEPTH);
        memcpy(words + 96, path, 32 * ROLLUP_TRANSACTIONS_DEPTH);
        rollup_tree_path(path, &memory, roots, batch + 1, batch, ROLLUP_BATCHES_DEPTH);
        memcpy(words + 96 + 32 * ROLLUP_TRANSACTIONS_DEPTH, path, sizeof path);
    }
    write_hex(out, "inclusion", words, has_any ? sizeof words : 0);
}

/* A batch with what was sent to L1 before it, and what the guest makes of it. */
static void write_batch(FILE *out, bytes data, const rollup_item *items, size_t item_count,
                        const hash256 *digest)
{
    fprintf(out, "{\"items\":[");
    for (size_t i = 0; i < item_count; i++) {
        uint8_t words[6 * 32] = {0};
        u256_to_be(words, u256_from_u64(items[i].kind));
        memcpy(words + 32 + 12, items[i].sender.bytes, 20);
        memcpy(words + 64 + 12, items[i].to.bytes, 20);
        u256_to_be(words + 96, items[i].mint);
        u256_to_be(words + 128, items[i].value);
        u256_to_be(words + 160, u256_from_u64(items[i].gas_limit));
        fprintf(out, "%s\"0x", i > 0 ? "," : "");
        for (size_t k = 0; k < sizeof words; k++)
            fprintf(out, "%02x", words[k]);
        for (size_t k = 0; k < items[i].data.size; k++)
            fprintf(out, "%02x", items[i].data.data[k]);
        fprintf(out, "\"");
    }
    fprintf(out, "],");
    write_hex(out, "data", data.data, data.size);
    write_hex(out, "digest", digest->bytes, 32);
    write_outcome(out, "post", &chain.position.outcome);
    write_inclusion(out);
    fprintf(out, "\"fault\":%d}", chain.result.has_fault);
}

/* What the guest reads, as `ashlar prove --batch` takes it. */
static void write_input(const char *path, bytes input)
{
    char name[512];
    snprintf(name, sizeof name, "%s.batch", path);
    FILE *out = fopen(name, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(input.data, 1, input.size, out), input.size);
    fclose(out);
}

/* Batches of one chain, for contracts/tests/batches: JSON; and FILE.batch, the input of the last. */
static int write_batches(unsigned long count, const char *path)
{
    FILE *out = fopen(path, "w");
    if (out == NULL || count > MOST_BATCHES || !guest_load())
        return 1;
    open_memories(NULL);
    rig_open(&chain);
    hash256 config_hash;
    chain_config_hash(&config_hash, &chain.config);
    fprintf(out, "{");
    write_hex(out, "configHash", config_hash.bytes, 32);
    write_hex(out, "queue", QUEUE.bytes, 20);
    write_outcome(out, "genesis", &chain.position.outcome);
    fprintf(out, "\"batches\":[");
    for (unsigned long i = 0; i < count; i++) {
        rollup_item items[PEOPLE];
        size_t item_count = i == 0 ? PEOPLE : next_random(5);
        read_nonces(&chain);
        for (size_t k = 0; k < item_count; k++)
            items[k] = i > 0 ? random_item(&chain)
                             : deposit_of(&people[k].where, u256_mul(ETHER, u256_from_u64(1000)));
        uint64_t seconds = 10;
        bytes data = {(const uint8_t *)"\x03\x00", 2};
        if (i > 0)
            data = random_batch(&chain, &seconds, item_count);
        assert_int_equal(rig_derive(&chain, seconds, data, items, item_count), OK);
        rollup_run run;
        rollup_step step;
        hash256 digest;
        rig_run(&chain, &run, &step, data, items, item_count);
        bytes input = rollup_run_write(&memory, &chain.config, &run);
        assert_int_equal(guest_run(&digest, input), OK);
        if (i + 1 == count)
            write_input(path, input);
        fprintf(out, i > 0 ? ",\n" : "\n");
        write_batch(out, data, items, item_count, &digest);
    }
    fprintf(out, "]}\n");
    return fclose(out);
}

/* ---- what a prover may not do ---- */

static rollup_run whole;
static rollup_step whole_step;
static batch_output whole_output;

/* A batch that needs nodes, codes, an ancestor and an item. */
static int whole_run(void **unused)
{
    (void)unused;
    arena_rewind(&memory, 0);
    rig_open(&chain);
    rig_fund(&chain);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(rig_derive(&chain, 3, (bytes){(const uint8_t *)"\x03\x00", 2}, NULL, 0), OK);
    static rollup_item item;
    item = deposit_of(&people[0].where, ETHER);
    people[0].nonce++;
    /* BLOCKHASH(NUMBER − 3), stored by init code */
    static const uint8_t asks[] = {0x60, 0x03, 0x43, 0x03, 0x40, 0x60, 0x00, 0x55};
    bytes *transactions = ARENA_NEW(&memory, bytes, 3);
    transactions[0] = sign(&people[1], (order){.data = {asks, sizeof asks}});
    transactions[1] = sign(&people[2], (order){.to = &ROLLUP_MESSAGE_PASSER, .data = withdrawal_call(),
                                               .gas_limit = 400000});
    transactions[2] = sign(&people[3], (order){.to = &people[4].where, .value = ETHER});
    bytes data = one_block(chain.position.outcome.last_time, 9, 1, transactions, 3);
    assert_int_equal(rig_derive(&chain, 9, data, &item, 1), OK);
    assert_false(chain.result.has_fault);
    assert_int_equal(chain.receipt_status, 15);
    rig_run(&chain, &whole, &whole_step, data, &item, 1);
    whole.header_count = 3;
    whole.headers = chain.headers + chain.headers_before - whole.header_count;
    assert_int_equal(execute(&whole_output, rollup_run_write(&memory, &chain.config, &whole)), OK);
    batch_output expected;
    rig_output(&chain, &expected);
    assert_memory_equal(&whole_output, &expected, sizeof expected);
    return 0;
}

static void assert_no_output(const rollup_run *run)
{
    batch_output output;
    status s = execute(&output, rollup_run_write(&memory, &chain.config, run));
    assert_int_not_equal(s, OK);
}

static bytes *without(const bytes *list, size_t count, size_t left_out)
{
    bytes *out = ARENA_NEW(&memory, bytes, count);
    for (size_t i = 0, k = 0; i < count; i++)
        if (i != left_out)
            out[k++] = list[i];
    return out;
}

static bytes *with_change(const bytes *list, size_t count, size_t at)
{
    bytes *out = without(list, count, SIZE_MAX);
    uint8_t *copy = arena_allocate(&memory, list[at].size, 8);
    memcpy(copy, list[at].data, list[at].size);
    copy[next_random(list[at].size)] ^= (uint8_t)(1u << next_random(8));
    out[at].data = copy;
    return out;
}

static void each_part_of_the_witness_is_needed(void **unused)
{
    (void)unused;
    rollup_run run = whole;
    assert_true(run.node_count > 10 && run.code_count >= 2 && run.header_count == 3);
    for (size_t i = 0; i < whole.node_count; i++) {
        run = whole;
        run.nodes = without(whole.nodes, whole.node_count, i);
        run.node_count--;
        assert_no_output(&run);
        run = whole;
        run.nodes = with_change(whole.nodes, whole.node_count, i);
        assert_no_output(&run);
    }
    for (size_t i = 0; i < whole.code_count; i++) {
        run = whole;
        run.codes = without(whole.codes, whole.code_count, i);
        run.code_count--;
        assert_no_output(&run);
        run = whole;
        run.codes = with_change(whole.codes, whole.code_count, i);
        assert_no_output(&run);
    }
    for (size_t i = 0; i < whole.header_count; i++) {
        run = whole;
        run.headers = without(whole.headers, whole.header_count, i);
        run.header_count--;
        if (i == 0) { /* the oldest one's hash is in its child: it is not needed */
            batch_output output;
            assert_int_equal(execute(&output, rollup_run_write(&memory, &chain.config, &run)), OK);
            assert_memory_equal(&output, &whole_output, sizeof output);
        } else {
            assert_no_output(&run);
        }
        run = whole;
        run.headers = with_change(whole.headers, whole.header_count, i);
        assert_no_output(&run);
    }
    run = whole;
    run.header_count = 0;
    assert_no_output(&run);
}

/* Whatever is changed of the rest, L1 sees another digest, or nothing. */
static void each_claim_is_bound(void **unused)
{
    (void)unused;
    bytes input = rollup_run_write(&memory, &chain.config, &whole);
    uint8_t *copy = arena_allocate(&memory, input.size, 8);
    unsigned long none = 0, others = 0;
    uint64_t description_bytes = 0;
    /* Configuration and description; nodes and codes were changed above. */
    size_t at = 56;
    uint64_t config_bytes;
    memcpy(&config_bytes, input.data + at, 8);
    size_t start = at + 8 + (config_bytes + 7) / 8 * 8;
    memcpy(&description_bytes, input.data + start, 8);
    size_t end = start + 8 + description_bytes;
    for (size_t i = 0; i < end; i++) {
        if (i >= 56 && i < start && i % 5 != 0)
            continue;
        memcpy(copy, input.data, input.size);
        copy[i] ^= (uint8_t)(1u << next_random(8));
        batch_output output;
        if (execute(&output, (bytes){copy, input.size}) != OK) {
            none++;
            continue;
        }
        /* The frontier's unused nodes are not read, and nothing else may be without effect. */
        chain_config config;
        rollup_run run;
        assert_int_equal(rollup_run_parse(&config, &run, &memory, (bytes){copy, input.size}), OK);
        if (memcmp(&output, &whole_output, sizeof output) == 0) {
            rollup_frontier f = run.position.batches;
            assert_int_equal(f.count, whole.position.batches.count);
            for (unsigned level = 0; level < ROLLUP_BATCHES_DEPTH; level++)
                if (memcmp(&f.nodes[level], &whole.position.batches.nodes[level], 32) != 0)
                    assert_int_equal(f.count >> level & 1, 0);
            continue;
        }
        others++;
    }
    print_message("%lu changes give no output, %lu another one\n", none, others);
    assert_true(none > 300 && others > 50);
}

static void several_batches_are_one_run(void **unused)
{
    (void)unused;
    funded(NULL);
    enum { STEPS = 9 };
    rollup_step steps[STEPS];
    rollup_position before = chain.position;
    size_t headers_before = chain.header_count;
    batch_output expected;
    hash256 faults = {{0}};
    for (unsigned i = 0; i < STEPS; i++) {
        rollup_item *items = ARENA_NEW(&memory, rollup_item, 1);
        items[0] = deposit_of(&people[i % PEOPLE].where, ETHER);
        bool is_bad = i == 2 || i == 8;
        bytes data = {(const uint8_t *)(is_bad ? "\xff\xff" : "\x03\x00"), 2};
        assert_int_equal(rig_derive(&chain, 4, data, items, 1), OK);
        assert_int_equal(chain.result.has_fault, is_bad);
        faults.bytes[31 - i / 8] |= (uint8_t)(is_bad << i % 8);
        steps[i] = (rollup_step){{.committer = COMMITTER, .last_time = chain.position.outcome.last_time,
                                  .queue_index = chain.position.outcome.queue_index, .data = data}, items, 1};
    }
    chain.before = before;
    rig_output(&chain, &expected);
    expected.last = expected.first + STEPS - 1;
    expected.faults = faults;
    rollup_run run = {.l1_chain_id = L1_CHAIN_ID, .rollup = ROLLUP, .prover = PROVER, .position = before,
                      .steps = steps,
                      .step_count = STEPS, .headers = chain.headers + headers_before - 1, .header_count = 1};
    /* A witness of more than it needs. */
    run.nodes = store_items(&chain.nodes);
    run.node_count = chain.nodes.count;
    run.codes = store_items(&chain.codes);
    run.code_count = chain.codes.count;
    bytes input = rollup_run_write(&memory, &chain.config, &run);
    batch_output output;
    assert_int_equal(execute(&output, input), OK);
    assert_memory_equal(&output, &expected, sizeof output);
    if (guest_load()) {
        hash256 digest, native;
        guest_digest(&native, &output);
        assert_int_equal(guest_run(&digest, input), OK);
        assert_memory_equal(&digest, &native, 32);
        arena_close(&guest_memory);
    }
    /* In another order, or with one left out, they are other batches: a time that does not grow, a gap in the
     * queue. */
    rollup_step swapped[STEPS];
    memcpy(swapped, steps, sizeof steps);
    swapped[0] = steps[1];
    swapped[1] = steps[0];
    run.steps = swapped;
    assert_no_output(&run);
    run.steps = steps + 1;
    run.step_count = STEPS - 1;
    assert_no_output(&run);
    run.step_count = 0;
    assert_no_output(&run);
}

/* Memory that does not suffice ends the run, too: nothing is skipped for it. */
static void memory_is_no_reason_to_skip(void **unused)
{
    (void)unused;
    enum { ENOUGH_BYTES = 512 << 20, TOO_FEW_BYTES = 8 << 20 };
    /* 64 KiB of memory, then itself with all gas: ten megabytes at its deepest. */
    static const uint8_t code[] = {0x60, 1, 0x62, 1, 0, 0, 0x52, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x30, 0x5a,
                                   0xf1, 0};
    const genesis_account deep = {.where = {{0x77}}, .nonce = 1, .code = {code, sizeof code}};
    arena_rewind(&memory, 0);
    rig_open_with(&chain, &deep, 1);
    rig_fund(&chain);
    bytes tx = sign(&people[0], (order){.to = &deep.where, .gas_limit = 12000000});
    bytes data = one_block(chain.position.outcome.last_time, 9, 0, &tx, 1);
    assert_int_equal(rig_derive(&chain, 9, data, NULL, 0), OK);
    assert_false(chain.result.has_fault);
    rollup_run run;
    rollup_step step;
    rig_run(&chain, &run, &step, data, NULL, 0);
    arena room;
    batch_output output, expected;
    rig_output(&chain, &expected);
    arena_init(&room, arena_allocate(&memory, ENOUGH_BYTES, 64), ENOUGH_BYTES);
    assert_int_equal(rollup_run_derive(&output, NULL, &second, &room, &chain.config, &run), OK);
    assert_memory_equal(&output, &expected, sizeof output);
    arena_init(&room, room.base, TOO_FEW_BYTES);
    assert_int_equal(rollup_run_derive(&output, NULL, &second, &room, &chain.config, &run), MEMORY_EXHAUSTED);
    arena_rewind(&second, 0);
}

/* Guest and native refuse alike. */
static void the_guest_refuses_too(void **unused)
{
    (void)unused;
    if (!guest_load())
        return;
    hash256 digest, native;
    bytes input = rollup_run_write(&memory, &chain.config, &whole);
    guest_digest(&native, &whole_output);
    assert_int_equal(guest_run(&digest, input), OK);
    assert_memory_equal(&digest, &native, 32);
    for (size_t i = 0; i < whole.node_count; i += 3) {
        rollup_run run = whole;
        batch_output output;
        run.nodes = without(whole.nodes, whole.node_count, i);
        run.node_count--;
        input = rollup_run_write(&memory, &chain.config, &run);
        assert_int_equal(guest_run(&digest, input), execute(&output, input));
    }
    assert_int_equal(guest_run(&digest, (bytes){NULL, 0}), INPUT_MALFORMED);
    arena_close(&guest_memory);
}

int main(int argc, char **argv)
{
    if (argc > 2)
        return write_batches(strtoul(argv[1], NULL, 10), argv[2]);
    if (argc > 1)
        batches = strtoul(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_batches_agree),
        cmocka_unit_test_setup(each_part_of_the_witness_is_needed, whole_run),
        cmocka_unit_test_setup(each_claim_is_bound, whole_run),
        cmocka_unit_test(memory_is_no_reason_to_skip),
        cmocka_unit_test_setup(the_guest_refuses_too, whole_run),
        cmocka_unit_test(several_batches_are_one_run),
    };
    return cmocka_run_group_tests_name("run", tests, open_memories, NULL);
}
