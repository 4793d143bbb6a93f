/* What the tests of this folder share: finding fixtures, reading their JSON. */
#ifndef ASHLAR_TESTS_CHAIN_FIXTURE_H
#define ASHLAR_TESTS_CHAIN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/hex.h"
#include "chain/build.h"
#include "chain/chain.h"
#include "conformance/fixture_run.h"

#define ARENA_RESERVED ((size_t)32 << 30)

/* NULL, after saying so, where the fixtures are not there. */
static inline const char *fixture_root(void)
{
    const char *root = getenv("ASHLAR_FIXTURES");
    if (root == NULL)
        root = "../shared/fixtures";
    if (access(root, R_OK) == 0)
        return root;
    printf("skipped: no fixtures at %s; set ASHLAR_FIXTURES to the folder that has real_blocks, state_tests "
           "(execution-spec-tests, fixtures release) and so on\n",
           root);
    return NULL;
}

/* ---- files ---- */

/* All .json files under a folder of the fixtures, sorted. */
static inline fixture_files list_files(const char *root, const char *folder)
{
    char path[4096], *paths[] = {path};
    snprintf(path, sizeof path, "%s/%s", root, folder);
    fixture_files files;
    assert_null(fixture_files_find(&files, paths, 1));
    return files;
}

static inline json_t *load_json(const char *path)
{
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (root == NULL)
        fail_msg("%s: %s", path, error.text);
    return root;
}

/* ---- values: what is malformed fails the test ---- */

static inline bytes json_hex(arena *memory, const json_t *value)
{
    fixture_reader r = {.memory = memory};
    bytes out = fixture_bytes_of(&r, value, "bytes");
    assert_null(r.malformed);
    return out;
}

static inline u256 json_u256(const json_t *value)
{
    fixture_reader r = {0};
    u256 out = fixture_u256_of(&r, value, "number");
    assert_null(r.malformed);
    return out;
}

static inline uint64_t json_u64(const json_t *value)
{
    u256 number = json_u256(value);
    assert_true(u256_fits_u64(number));
    return number.limb[0];
}

static inline address json_address(const json_t *value)
{
    address out;
    const char *text = json_string_value(value);
    assert_int_equal(hex_decode_exact(out.bytes, sizeof out.bytes, text, strlen(text)), OK);
    return out;
}

static inline hash256 json_hash(const json_t *value)
{
    hash256 out;
    const char *text = json_string_value(value);
    assert_int_equal(hex_decode_exact(out.bytes, sizeof out.bytes, text, strlen(text)), OK);
    return out;
}

static inline bytes *json_hex_array(arena *memory, const json_t *array, size_t *count)
{
    *count = json_array_size(array);
    bytes *out = ARENA_NEW(memory, bytes, *count);
    for (size_t i = 0; i < *count; i++)
        out[i] = json_hex(memory, json_array_get(array, i));
    return out;
}

static inline genesis_account *json_accounts(arena *memory, const json_t *alloc, size_t *count)
{
    fixture_reader r = {.memory = memory};
    genesis_account *accounts = fixture_accounts(&r, count, alloc);
    assert_null(r.malformed);
    return accounts;
}

/* ---- real blocks ---- */

typedef struct {
    json_t *json; /* keep it as long as the input */
    const chain_config *config;
    chain_input input;
} real_block;

static inline real_block load_real_block(arena *memory, const char *path)
{
    real_block block = {.json = load_json(path)};
    json_t *root = block.json, *witness_json = json_object_get(root, "witness");
    block.config = chain_config_by_id(json_u64(json_object_get(root, "chainId")));
    assert_non_null(block.config);
    chain_input *input = &block.input;
    input->block = json_hex(memory, json_object_get(root, "block"));
    input->nodes = json_hex_array(memory, json_object_get(witness_json, "state"), &input->node_count);
    input->codes = json_hex_array(memory, json_object_get(witness_json, "codes"), &input->code_count);
    input->headers = json_hex_array(memory, json_object_get(witness_json, "headers"), &input->header_count);
    if (input->header_count == 0) {
        hash256 *root_hash = ARENA_NEW(memory, hash256, 1);
        *root_hash = json_hash(json_object_get(root, "preStateRoot"));
        input->pre_state_root = root_hash;
    }
    json_t *hashes = json_object_get(root, "blockHashes");
    input->block_hash_count = json_array_size(hashes);
    hash256 *copies = ARENA_NEW(memory, hash256, input->block_hash_count);
    for (size_t i = 0; i < input->block_hash_count; i++)
        copies[i] = json_hash(json_array_get(hashes, i));
    input->block_hashes = copies;
    return block;
}

#endif
