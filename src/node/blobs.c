#define _GNU_SOURCE
#include "node/blobs.h"

#include "base/check.h"
#include "codec/rlp.h"
#include "crypto/sha256.h"

#include <ckzg.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the points of Ethereum's ceremony, as text in the program ---- */

extern const char kzg_setup_start[], kzg_setup_end[];

static KZGSettings settings;

static void load_settings(void)
{
    FILE *text = fmemopen((void *)(uintptr_t)kzg_setup_start, (size_t)(kzg_setup_end - kzg_setup_start), "r");
    CHECK(text != NULL);
    CHECK(load_trusted_setup_file(&settings, text, 0) == C_KZG_OK);
    fclose(text);
}

/* The first time takes a moment. */
static const KZGSettings *kzg_settings(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load_settings);
    return &settings;
}

/* ---- the form in which they travel ---- */

typedef struct {
    bool has_cell_proofs;
    bytes blobs, commitments, proofs; /* cursors over strings */
    size_t count;
} sidecar;

/* *items: what follows the transaction. False where nothing is around it. */
static status unwrap(bool *is_wrapped, rlp_item *payload, bytes *items, bytes network)
{
    bytes body = {network.data + 1, network.size - 1};
    TRY(rlp_list(items, &body));
    TRY(rlp_expect_end(body));
    TRY(rlp_decode(payload, items));
    *is_wrapped = payload->is_list;
    return OK;
}

status blobs_strip(bytes *plain, arena *memory, bytes network)
{
    bool is_wrapped;
    rlp_item payload;
    bytes items;
    TRY(unwrap(&is_wrapped, &payload, &items, network));
    *plain = network;
    if (!is_wrapped)
        return OK;
    uint8_t *copy = arena_allocate(memory, 1 + payload.encoding.size, 8);
    copy[0] = TRANSACTION_BLOB;
    memcpy(copy + 1, payload.encoding.data, payload.encoding.size);
    *plain = (bytes){copy, 1 + payload.encoding.size};
    return OK;
}

static status read_sidecar(sidecar *out, bytes network)
{
    bool is_wrapped;
    rlp_item payload, version;
    bytes items;
    TRY(unwrap(&is_wrapped, &payload, &items, network));
    if (!is_wrapped)
        return TRANSACTION_SIDECAR_MISSING;
    bytes after = items;
    TRY(rlp_decode(&version, &after));
    out->has_cell_proofs = !version.is_list;
    if (out->has_cell_proofs) {
        if (version.payload.size != 1 || version.payload.data[0] != 1)
            return TRANSACTION_SIDECAR_VERSION;
        items = after;
    }
    TRY(rlp_list(&out->blobs, &items));
    TRY(rlp_list(&out->commitments, &items));
    TRY(rlp_list(&out->proofs, &items));
    TRY(rlp_expect_end(items));
    size_t commitments, proofs, proofs_for_each = out->has_cell_proofs ? CELLS_PER_EXT_BLOB : 1;
    TRY(rlp_count(&out->count, out->blobs));
    TRY(rlp_count(&commitments, out->commitments));
    TRY(rlp_count(&proofs, out->proofs));
    return commitments == out->count && proofs == out->count * proofs_for_each ? OK
                                                                                : TRANSACTION_SIDECAR_INVALID;
}

/* ---- proofs ---- */

typedef struct {
    Blob *blobs;
    Bytes48 *commitments, *proofs;
    /* of cells: which blob's and which of them */
    Cell *cells;
    Bytes48 *cell_commitments;
    uint64_t *cell_indices;
} opened;

static void *take(size_t count, size_t size_bytes)
{
    void *memory = malloc(count * size_bytes);
    CHECK(memory != NULL);
    return memory;
}

static void release(opened *o)
{
    free(o->blobs);
    free(o->commitments);
    free(o->proofs);
    free(o->cells);
    free(o->cell_commitments);
    free(o->cell_indices);
}

static status copy_strings(void *out, size_t size_bytes, bytes cursor)
{
    for (uint8_t *at = out; !rlp_at_end(cursor); at += size_bytes)
        if (rlp_fixed(at, size_bytes, &cursor) != OK)
            return TRANSACTION_SIDECAR_INVALID;
    return OK;
}

static bool is_named(const hash256 *versioned, const Bytes48 *commitment)
{
    hash256 hash;
    sha256(&hash, commitment->bytes, sizeof commitment->bytes);
    hash.bytes[0] = 1; /* VERSIONED_HASH_VERSION_KZG */
    return memcmp(hash.bytes, versioned->bytes, sizeof hash.bytes) == 0;
}

static bool cells_hold(opened *o, size_t count)
{
    const KZGSettings *s = kzg_settings();
    size_t cells = count * CELLS_PER_EXT_BLOB;
    o->cells = take(cells, sizeof *o->cells);
    o->cell_commitments = take(cells, sizeof *o->cell_commitments);
    o->cell_indices = take(cells, sizeof *o->cell_indices);
    for (size_t i = 0; i < count; i++)
        if (compute_cells_and_kzg_proofs(o->cells + i * CELLS_PER_EXT_BLOB, NULL, &o->blobs[i], s) !=
            C_KZG_OK)
            return false;
    for (size_t i = 0; i < cells; i++) {
        o->cell_commitments[i] = o->commitments[i / CELLS_PER_EXT_BLOB];
        o->cell_indices[i] = i % CELLS_PER_EXT_BLOB;
    }
    bool holds = false;
    return verify_cell_kzg_proof_batch(&holds, o->cell_commitments, o->cell_indices, o->cells, o->proofs,
                                       cells, s) == C_KZG_OK && holds;
}

static bool blobs_hold(const opened *o, size_t count)
{
    bool holds = false;
    return verify_blob_kzg_proof_batch(&holds, o->blobs, o->commitments, o->proofs, count, kzg_settings()) ==
               C_KZG_OK && holds;
}

static status verify(opened *o, const transaction *tx, const sidecar *s)
{
    size_t proofs = s->has_cell_proofs ? s->count * CELLS_PER_EXT_BLOB : s->count;
    o->blobs = take(s->count, sizeof *o->blobs);
    o->commitments = take(s->count, sizeof *o->commitments);
    o->proofs = take(proofs, sizeof *o->proofs);
    TRY(copy_strings(o->blobs, sizeof *o->blobs, s->blobs));
    TRY(copy_strings(o->commitments, sizeof *o->commitments, s->commitments));
    TRY(copy_strings(o->proofs, sizeof *o->proofs, s->proofs));
    for (size_t i = 0; i < s->count; i++)
        if (!is_named(&tx->blob_hashes[i], &o->commitments[i]))
            return TRANSACTION_SIDECAR_INVALID;
    bool holds = s->has_cell_proofs ? cells_hold(o, s->count) : blobs_hold(o, s->count);
    return holds ? OK : TRANSACTION_SIDECAR_INVALID;
}

status blobs_verify(const transaction *tx, bytes network, fork_id fork)
{
    sidecar s;
    TRY(read_sidecar(&s, network));
    if (s.has_cell_proofs != (fork >= FORK_OSAKA))
        return TRANSACTION_SIDECAR_VERSION;
    if (s.count == 0 || s.count != tx->blob_hash_count)
        return TRANSACTION_SIDECAR_INVALID;
    opened o = {0};
    status outcome = verify(&o, tx, &s);
    release(&o);
    return outcome;
}
