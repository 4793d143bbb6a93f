/* Blob transactions: what they carry is checked and kept, and blocks have them without it. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ckzg.h>
#include <cmocka.h>

#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "crypto/sha256.h"
#include "node/blobs.h"
#include "node/mempool.h"
#include "node/node.h"

extern const char kzg_setup_start[], kzg_setup_end[];

enum { MOST_BLOBS = 7, MOST_PROOFS = MOST_BLOBS * CELLS_PER_EXT_BLOB };

typedef struct {
    bool has_cell_proofs;
    size_t count;
    Blob blobs[MOST_BLOBS];
    KZGCommitment commitments[MOST_BLOBS];
    KZGProof proofs[MOST_PROOFS];
    size_t proof_count;
} carried;

static node *n;
static arena memory;
static KZGSettings settings;
static carried one;
static char directory[64];

static int load_settings(void **unused)
{
    (void)unused;
    FILE *text = fmemopen((void *)(uintptr_t)kzg_setup_start, (size_t)(kzg_setup_end - kzg_setup_start), "r");
    assert_non_null(text);
    assert_int_equal(load_trusted_setup_file(&settings, text, 0), C_KZG_OK);
    fclose(text);
    return 0;
}

static int setup(void **unused)
{
    (void)unused;
    arena_open(&memory, STORE_VIEW_ARENA_BYTES);
    strcpy(directory, "/tmp/ashlar-blobs-XXXXXX");
    assert_non_null(mkdtemp(directory));
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    node_close(n);
    static const char *const files[] = {"data.mdb", "lock.mdb", "lock", "mempool.rlp"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", directory, files[i]);
        unlink(path);
    }
    rmdir(directory);
    arena_close(&memory);
    return 0;
}

static void open_node(bool accepts_blobs)
{
    node_options options = {.is_development = true, .seals = true, .accepts_blobs = accepts_blobs,
                            .directory = directory, .block_time_seconds = 3600};
    assert_int_equal(node_open(&n, &options), OK);
}

/* Blobs of numbers below the field's order, with their commitments and proofs. */
static void make_blobs(size_t count, bool has_cell_proofs)
{
    one.has_cell_proofs = has_cell_proofs;
    one.count = count;
    one.proof_count = has_cell_proofs ? count * CELLS_PER_EXT_BLOB : count;
    Cell *cells = malloc(CELLS_PER_EXT_BLOB * sizeof *cells);
    for (size_t i = 0; i < count; i++) {
        for (size_t at = 0; at < sizeof(Blob); at++)
            one.blobs[i].bytes[at] = at % 32 == 0 ? 0 : (uint8_t)(at * 7 + at / 256 + i);
        assert_int_equal(blob_to_kzg_commitment(&one.commitments[i], &one.blobs[i], &settings), C_KZG_OK);
        C_KZG_RET made = has_cell_proofs
                             ? compute_cells_and_kzg_proofs(cells, &one.proofs[i * CELLS_PER_EXT_BLOB],
                                                            &one.blobs[i], &settings)
                             : compute_blob_kzg_proof(&one.proofs[i], &one.blobs[i], &one.commitments[i],
                                                      &settings);
        assert_int_equal(made, C_KZG_OK);
    }
    free(cells);
}

/* A transfer of nothing; `price` in gwei, for a blob in wei. With a signature or without. */
static bytes encode(uint64_t nonce, uint64_t price, const uint8_t *signature)
{
    enum { ROOM = 1024 };
    static const address to = {{0xaa}};
    u256 gwei = u256_from_u64(1000000000);
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(&memory, ROOM, 8), ROOM);
    rlp_write_raw(&w, &(uint8_t){TRANSACTION_BLOB}, 1);
    size_t list = rlp_begin_list(&w);
    rlp_write_u64(&w, node_config(n)->chain_id);
    rlp_write_u64(&w, nonce);
    rlp_write_u256(&w, u256_mul(gwei, u256_from_u64(price)));
    rlp_write_u256(&w, u256_mul(gwei, u256_from_u64(100 * price)));
    rlp_write_u64(&w, 21000);
    rlp_write_address(&w, &to);
    rlp_write_u64(&w, 0);
    rlp_write_bytes(&w, NULL, 0);
    rlp_end_list(&w, rlp_begin_list(&w));
    rlp_write_u64(&w, price);
    size_t hashes = rlp_begin_list(&w);
    for (size_t i = 0; i < one.count; i++) {
        hash256 hash;
        sha256(&hash, one.commitments[i].bytes, sizeof one.commitments[i].bytes);
        hash.bytes[0] = 1;
        rlp_write_hash(&w, &hash);
    }
    rlp_end_list(&w, hashes);
    if (signature != NULL) {
        rlp_write_u64(&w, signature[64] - 27u);
        rlp_write_u256(&w, u256_from_be(signature, 32));
        rlp_write_u256(&w, u256_from_be(signature + 32, 32));
    }
    rlp_end_list(&w, list);
    return rlp_written(&w);
}

static bytes signed_transaction(uint64_t nonce, uint64_t price)
{
    hash256 digest;
    uint8_t signature[65];
    bytes whole = encode(nonce, price, NULL);
    keccak256(&digest, whole.data, whole.size);
    assert_int_equal(node_sign(n, signature, node_account(n, 0), &digest), OK);
    return encode(nonce, price, signature);
}

static void write_strings(rlp_writer *w, const void *strings, size_t size_bytes, size_t count)
{
    size_t list = rlp_begin_list(w);
    for (size_t i = 0; i < count; i++)
        rlp_write_bytes(w, (const uint8_t *)strings + i * size_bytes, size_bytes);
    rlp_end_list(w, list);
}

/* As it travels. */
static bytes wrap(bytes plain)
{
    size_t room = plain.size + one.count * (sizeof(Blob) + 100) + one.proof_count * 50 + 4096;
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(&memory, room, 8), room);
    rlp_write_raw(&w, plain.data, 1);
    size_t list = rlp_begin_list(&w);
    rlp_write_raw(&w, plain.data + 1, plain.size - 1);
    if (one.has_cell_proofs)
        rlp_write_u64(&w, 1);
    write_strings(&w, one.blobs, sizeof *one.blobs, one.count);
    write_strings(&w, one.commitments, sizeof *one.commitments, one.count);
    write_strings(&w, one.proofs, sizeof *one.proofs, one.proof_count);
    rlp_end_list(&w, list);
    return rlp_written(&w);
}

static status submit(bytes encoding)
{
    hash256 hash;
    return node_submit(n, &hash, encoding);
}

/* The development chain has the newest fork's rules: cells. */
static void test_cell_proofs(void **unused)
{
    (void)unused;
    open_node(true);
    make_blobs(2, true);
    bytes plain = signed_transaction(0, 1);
    assert_int_equal(submit(plain), TRANSACTION_SIDECAR_MISSING);
    struct {
        uint8_t *where;
        status outcome;
    } faults[] = {
        {&one.blobs[1].bytes[70000], TRANSACTION_SIDECAR_INVALID},
        {&one.commitments[0].bytes[5], TRANSACTION_SIDECAR_INVALID},
        {&one.proofs[0].bytes[7], TRANSACTION_SIDECAR_INVALID},
        {&one.proofs[2 * CELLS_PER_EXT_BLOB - 1].bytes[7], TRANSACTION_SIDECAR_INVALID},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        *faults[i].where ^= 1;
        assert_int_equal(submit(wrap(plain)), faults[i].outcome);
        *faults[i].where ^= 1;
    }
    KZGProof first = one.proofs[0];
    one.proofs[0] = one.proofs[1]; /* a proof, but of another cell */
    assert_int_equal(submit(wrap(plain)), TRANSACTION_SIDECAR_INVALID);
    one.proofs[0] = first;
    one.proof_count--;
    assert_int_equal(submit(wrap(plain)), TRANSACTION_SIDECAR_INVALID);
    one.proof_count++;
    one.has_cell_proofs = false;
    assert_int_equal(submit(wrap(plain)), TRANSACTION_SIDECAR_INVALID); /* too many for proofs of blobs */
    one.has_cell_proofs = true;
    bytes good = wrap(plain);
    assert_int_equal(submit((bytes){good.data, good.size - 1}), RLP_MALFORMED);
    assert_int_equal(submit(good), OK);
    assert_int_equal(submit(good), TRANSACTION_KNOWN);
    /* Another price needs a higher one for blobs too. */
    assert_int_equal(submit(wrap(signed_transaction(0, 2))), OK);

    /* It waits with its blobs, also over a restart, and the block has it without. */
    node_close(n);
    open_node(true);
    assert_int_equal(mempool_pending_count(n), 1);
    assert_int_equal(node_seal(n, NULL), OK);
    store_view *v;
    store_block block;
    assert_int_equal(node_view_open(&v, &memory, n), OK);
    assert_int_equal(store_block_by_number(v, &block, 1), OK);
    assert_int_equal(block.transaction_count, 1);
    assert_true(block.transactions[0].size < 300);
    assert_int_equal(block.header.blob_gas_used, 2 * GAS_PER_BLOB);
    store_view_close(v);

    make_blobs(7, false); /* more than one transaction may have */
    assert_int_equal(submit(wrap(signed_transaction(1, 1))), TRANSACTION_BLOBS_TOO_MANY);
}

static void test_blob_proofs(void **unused)
{
    (void)unused;
    open_node(true);
    make_blobs(2, false);
    bytes plain = signed_transaction(0, 1), network = wrap(plain);
    assert_int_equal(submit(network), TRANSACTION_SIDECAR_VERSION); /* the chain is past them */
    transaction tx;
    assert_int_equal(transaction_decode(&tx, &memory, plain), OK);
    assert_int_equal(blobs_verify(&tx, network, FORK_CANCUN), OK);
    assert_int_equal(blobs_verify(&tx, network, FORK_PRAGUE), OK);
    assert_int_equal(blobs_verify(&tx, network, FORK_OSAKA), TRANSACTION_SIDECAR_VERSION);
    one.proofs[1].bytes[9] ^= 1;
    assert_int_equal(blobs_verify(&tx, wrap(plain), FORK_CANCUN), TRANSACTION_SIDECAR_INVALID);
    one.proofs[1] = one.proofs[0];
    assert_int_equal(blobs_verify(&tx, wrap(plain), FORK_CANCUN), TRANSACTION_SIDECAR_INVALID);
    make_blobs(2, false);
    one.blobs[0].bytes[32] = 0xff; /* above the field's order */
    assert_int_equal(blobs_verify(&tx, wrap(plain), FORK_CANCUN), TRANSACTION_SIDECAR_INVALID);
    make_blobs(1, false);
    assert_int_equal(blobs_verify(&tx, wrap(plain), FORK_CANCUN), TRANSACTION_SIDECAR_INVALID);
}

static void test_a_rollup_has_none(void **unused)
{
    (void)unused;
    open_node(false);
    make_blobs(1, true);
    bytes plain = signed_transaction(0, 1);
    assert_int_equal(submit(wrap(plain)), TRANSACTION_BLOBS_REFUSED);
    assert_int_equal(submit(plain), TRANSACTION_BLOBS_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cell_proofs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_blob_proofs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_rollup_has_none, setup, teardown),
    };
    return cmocka_run_group_tests(tests, load_settings, NULL);
}
