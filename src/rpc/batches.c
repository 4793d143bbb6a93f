/* Methods about batches: which blocks are proven, how far a proof is, the proofs themselves. A batch is
 * written as
 *
 *     number, status ("sealed", "proving", "proven", "failed"), firstBlock, lastBlock, parentHash,
 *     blockHash (of the last block), preStateRoot, postStateRoot, transactionCount, gasUsed, cycles,
 *     attempts, sealedAt, startedAt, endedAt (milliseconds since 1970, or null), program (the guest program's
 *     id), joined (whether the proof is one joined proof), proofSize, proofPath (these four null without a proof), error (or
 *     null), progress (while it is being proven, or null): stage, part, parts, node, nodes (of the tree that joins the parts),
 *     cyclesDone, cycles, percent, secondsLeft (or null), process
 *
 * and a proof of several batches, or of one, as
 *
 *     firstBatch, lastBatch, firstBlock, lastBlock, parentHash, blockHash, preStateRoot, postStateRoot, joined, proofSize,
 *     proofPath
 *
 * with quantities as Ethereum's RPC has them, but for percent and secondsLeft, which are plain numbers. */
#include "proving/proving.h"
#include "rpc/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_progress(rpc_writer *w, const proving_now *now)
{
    rpc_begin_object(w);
    RPC_MEMBER(w, "stage", string, now->stage);
    RPC_MEMBER(w, "part", quantity, now->part);
    RPC_MEMBER(w, "parts", quantity, now->parts);
    RPC_MEMBER(w, "node", quantity, now->node);
    RPC_MEMBER(w, "nodes", quantity, now->nodes);
    RPC_MEMBER(w, "cyclesDone", quantity, now->cycles_done);
    RPC_MEMBER(w, "cycles", quantity, now->cycles);
    RPC_MEMBER(w, "percent", real, 100 * now->share_done);
    rpc_key(w, "secondsLeft");
    if (now->seconds_left < 0)
        rpc_null(w);
    else
        rpc_real(w, now->seconds_left);
    RPC_MEMBER(w, "process", quantity, (uint64_t)now->process);
    rpc_end_object(w);
}

static void write_time(rpc_writer *w, const char *name, uint64_t ms)
{
    rpc_key(w, name);
    if (ms == 0)
        rpc_null(w);
    else
        rpc_quantity(w, ms);
}

/* One that is not being proven just now was interrupted, and waits again. */
static batch_status shown_status(const batch *b, const proving_now *now)
{
    return b->status == BATCH_PROVING && now->batch != b->number ? BATCH_SEALED : b->status;
}

static void write_batch(rpc_writer *w, const batch *b, const proving_now *now)
{
    batch_status state = shown_status(b, now);
    rpc_begin_object(w);
    RPC_MEMBER(w, "number", quantity, b->number);
    RPC_MEMBER(w, "status", string, batch_status_name(state));
    RPC_MEMBER(w, "firstBlock", quantity, b->first_block);
    RPC_MEMBER(w, "lastBlock", quantity, b->last_block);
    RPC_MEMBER(w, "parentHash", hash, &b->parent_hash);
    RPC_MEMBER(w, "blockHash", hash, &b->last_hash);
    RPC_MEMBER(w, "preStateRoot", hash, &b->pre_state_root);
    RPC_MEMBER(w, "postStateRoot", hash, &b->post_state_root);
    RPC_MEMBER(w, "transactionCount", quantity, b->transactions);
    RPC_MEMBER(w, "gasUsed", quantity, b->gas_used);
    RPC_MEMBER(w, "cycles", quantity, b->cycles);
    RPC_MEMBER(w, "attempts", quantity, b->attempts);
    write_time(w, "sealedAt", b->sealed_ms);
    write_time(w, "startedAt", b->started_ms);
    write_time(w, "endedAt", b->ended_ms);
    char path[40];
    snprintf(path, sizeof path, "/proofs/%llu", (unsigned long long)b->number);
    rpc_key(w, "program");
    if (state == BATCH_PROVEN)
        rpc_hash(w, &b->program);
    else
        rpc_null(w);
    rpc_key(w, "joined");
    if (state == BATCH_PROVEN)
        rpc_bool(w, b->is_joined);
    else
        rpc_null(w);
    rpc_key(w, "proofSize");
    if (state == BATCH_PROVEN)
        rpc_quantity(w, b->proof_bytes);
    else
        rpc_null(w);
    rpc_key(w, "proofPath");
    if (state == BATCH_PROVEN)
        rpc_string(w, path);
    else
        rpc_null(w);
    rpc_key(w, "error");
    if (b->error[0] != 0)
        rpc_string(w, b->error);
    else
        rpc_null(w);
    rpc_key(w, "progress");
    if (state == BATCH_PROVING)
        write_progress(w, now);
    else
        rpc_null(w);
    rpc_end_object(w);
}

/* null where there is none. */
static void give_batch(rpc_call *c, status found, const batch *b)
{
    proving_now now;
    proving_read(c->r->options.proving, &now);
    if (found == OK)
        write_batch(c->out, b, &now);
    else if (found == BATCH_UNKNOWN)
        rpc_null(c->out);
    else
        rpc_refuse(c, found);
}

void rpc_write_changed_batch(rpc_call *c, uint64_t number)
{
    batch b;
    proving_now now;
    if (store_batch_by_number(c->view, &b, number) == OK) {
        proving_read(c->r->options.proving, &now);
        write_batch(c->out, &b, &now);
        return;
    }
    rpc_begin_object(c->out);
    RPC_MEMBER(c->out, "number", quantity, number);
    RPC_MEMBER(c->out, "status", string, "dropped");
    rpc_end_object(c->out);
}

/* A number, "latest", or "proven": the last one that has a proof. */
static status find_batch(rpc_call *c, batch *out, const json_t *value)
{
    const char *tag = json_string_value(value);
    uint64_t number;
    bool proven = tag != NULL && strcmp(tag, "proven") == 0;
    if (!proven && (tag == NULL || strcmp(tag, "latest") != 0))
        return rpc_parse_u64(c, &number, value, 0) ? store_batch_by_number(c->view, out, number) : OK;
    TRY(store_batch_count(c->view, &number));
    for (; number > 0; number--) {
        TRY(store_batch_by_number(c->view, out, number));
        if (!proven || out->status == BATCH_PROVEN)
            return OK;
    }
    return BATCH_UNKNOWN;
}

void rpc_ashlar_batchNumber(rpc_call *c)
{
    uint64_t count;
    if (rpc_view(c) == NULL)
        return;
    RPC_TRY(c, store_batch_count(c->view, &count));
    rpc_quantity(c->out, count);
}

void rpc_ashlar_getBatchByNumber(rpc_call *c)
{
    batch b;
    if (rpc_view(c) == NULL)
        return;
    status s = find_batch(c, &b, rpc_parameter(c, 0));
    if (c->error == 0)
        give_batch(c, s, &b);
}

void rpc_ashlar_getBatchByBlock(rpc_call *c)
{
    rpc_block block;
    batch b;
    if (!rpc_parse_known_block(c, &block, rpc_parameter(c, 0), 0))
        return;
    give_batch(c, store_batch_by_block(c->view, &b, block.block.header.number), &b);
}

void rpc_ashlar_getBlockStatus(rpc_call *c)
{
    rpc_block block;
    batch b;
    proving_now now;
    if (!rpc_parse_known_block(c, &block, rpc_parameter(c, 0), 0))
        return;
    status s = block.is_pending ? BATCH_UNKNOWN
                                : store_batch_by_block(c->view, &b, block.block.header.number);
    if (s != OK && s != BATCH_UNKNOWN) {
        rpc_refuse(c, s);
        return;
    }
    proving_read(c->r->options.proving, &now);
    rpc_writer *w = c->out;
    batch_status state = s == OK ? shown_status(&b, &now) : BATCH_SEALED;
    rpc_begin_object(w);
    RPC_MEMBER(w, "number", quantity, block.block.header.number);
    RPC_MEMBER(w, "hash", hash, &block.block.hash);
    RPC_MEMBER(w, "status", string, block.is_pending ? "pending" : batch_status_name(state));
    rpc_key(w, "batch");
    if (s == OK)
        rpc_quantity(w, b.number);
    else
        rpc_null(w);
    rpc_end_object(w);
}

/* The proof of the batches from the first to the last. BATCH_UNKNOWN where no link has exactly these. */
static status find_proof(bytes *proof, store_view *v, uint64_t first, uint64_t last)
{
    for (uint32_t level = 0; level <= LINK_LEVELS_MAX && link_last_batch(last, level) == last; level++)
        if (link_first_batch(last, level) == first)
            return store_link_proof(v, proof, last, level);
    return BATCH_UNKNOWN;
}

/* All of the file, or what the offset and the length ask for of it. */
void rpc_ashlar_getProof(rpc_call *c)
{
    batch b;
    bytes proof;
    uint64_t offset = 0, length = UINT64_MAX, last = 0;
    const json_t *from = rpc_parameter(c, 1), *most = rpc_parameter(c, 2), *to = rpc_parameter(c, 3);
    if (rpc_view(c) == NULL || (from != NULL && !rpc_parse_u64(c, &offset, from, 1)) ||
        (most != NULL && !rpc_parse_u64(c, &length, most, 2)) || (to != NULL && !rpc_parse_u64(c, &last, to, 3)))
        return;
    status s = find_batch(c, &b, rpc_parameter(c, 0));
    if (c->error != 0)
        return;
    if (s == OK)
        s = find_proof(&proof, c->view, b.number, to != NULL ? last : b.number);
    if (s == BATCH_UNKNOWN) {
        rpc_null(c->out);
        return;
    }
    RPC_TRY(c, s);
    offset = offset < proof.size ? offset : proof.size;
    length = length < proof.size - offset ? length : proof.size - offset;
    rpc_data(c->out, proof.data + offset, length);
}

/* Of the link of 2^level batches that ends with this one, which is there. */
static status write_proof(rpc_call *c, uint64_t last_batch, uint32_t level)
{
    batch first, last;
    bytes proof;
    char path[64];
    uint64_t first_batch = link_first_batch(last_batch, level);
    TRY(store_batch_by_number(c->view, &first, first_batch));
    TRY(store_batch_by_number(c->view, &last, last_batch));
    TRY(store_link_proof(c->view, &proof, last_batch, level));
    if (level == 0)
        snprintf(path, sizeof path, "/proofs/%llu", (unsigned long long)last_batch);
    else
        snprintf(path, sizeof path, "/proofs/%llu-%llu", (unsigned long long)first_batch, (unsigned long long)last_batch);
    rpc_writer *w = c->out;
    rpc_begin_object(w);
    RPC_MEMBER(w, "firstBatch", quantity, first_batch);
    RPC_MEMBER(w, "lastBatch", quantity, last_batch);
    RPC_MEMBER(w, "firstBlock", quantity, first.first_block);
    RPC_MEMBER(w, "lastBlock", quantity, last.last_block);
    RPC_MEMBER(w, "parentHash", hash, &first.parent_hash);
    RPC_MEMBER(w, "blockHash", hash, &last.last_hash);
    RPC_MEMBER(w, "preStateRoot", hash, &first.pre_state_root);
    RPC_MEMBER(w, "postStateRoot", hash, &last.post_state_root);
    RPC_MEMBER(w, "joined", bool, level > 0 || last.is_joined);
    RPC_MEMBER(w, "proofSize", quantity, proof.size);
    RPC_MEMBER(w, "proofPath", string, path);
    rpc_end_object(w);
    return OK;
}

/* All that have the batch in them, the smallest first. */
static status write_proofs_of(rpc_call *c, uint64_t number)
{
    status s = OK;
    bytes proof;
    for (uint32_t level = 0; level <= LINK_LEVELS_MAX && s == OK; level++) {
        uint64_t last = link_last_batch(number, level);
        if ((s = store_link_proof(c->view, &proof, last, level)) == OK)
            s = write_proof(c, last, level);
    }
    return s == BATCH_UNKNOWN ? OK : s;
}

/* As few as there are that together show all from the newest batch that is proven back to one that is not; that first. */
static status write_fewest_proofs(rpc_call *c)
{
    enum { PROOFS_MAX = 64 };
    batch b;
    uint64_t last;
    uint32_t level;
    TRY(store_batch_count(c->view, &last));
    for (; last > 0; last--) {
        TRY(store_batch_by_number(c->view, &b, last));
        if (b.status == BATCH_PROVEN)
            break;
    }
    for (int i = 0; i < PROOFS_MAX && last > 0; i++) {
        status s = store_link_largest(c->view, &level, last);
        if (s == BATCH_UNKNOWN)
            break;
        TRY(s);
        TRY(write_proof(c, last, level));
        last = link_first_batch(last, level) - 1;
    }
    return OK;
}

void rpc_ashlar_getJoinedProofs(rpc_call *c)
{
    batch b;
    status s = OK;
    const json_t *which = rpc_parameter(c, 0);
    if (rpc_view(c) == NULL)
        return;
    if (which != NULL)
        s = find_batch(c, &b, which);
    if (c->error != 0)
        return;
    rpc_begin_array(c->out);
    if (s == OK)
        s = which != NULL ? write_proofs_of(c, b.number) : write_fewest_proofs(c);
    rpc_end_array(c->out);
    if (s != OK && s != BATCH_UNKNOWN)
        rpc_refuse(c, s);
}

void rpc_ashlar_proverStatus(rpc_call *c)
{
    proving_now now;
    batch b;
    uint64_t count, queue = 0, queued_cycles = 0;
    if (rpc_view(c) == NULL)
        return;
    proving_read(c->r->options.proving, &now);
    RPC_TRY(c, store_batch_count(c->view, &count));
    for (uint64_t i = now.first_open; now.is_on && i <= count; i++) {
        RPC_TRY(c, store_batch_by_number(c->view, &b, i));
        bool waits = shown_status(&b, &now) == BATCH_SEALED;
        queue += waits;
        queued_cycles += waits ? b.cycles : 0;
    }
    rpc_writer *w = c->out;
    rpc_begin_object(w);
    RPC_MEMBER(w, "enabled", bool, now.is_on);
    RPC_MEMBER(w, "batches", quantity, count);
    RPC_MEMBER(w, "queue", quantity, queue);
    RPC_MEMBER(w, "queueCycles", quantity, queued_cycles);
    rpc_key(w, "current");
    status s = now.batch != 0 ? store_batch_by_number(c->view, &b, now.batch) : BATCH_UNKNOWN;
    if (s == OK && b.status == BATCH_PROVING)
        write_batch(w, &b, &now);
    else
        rpc_null(w);
    rpc_key(w, "joining");
    if (now.link_last != 0) {
        rpc_begin_object(w);
        RPC_MEMBER(w, "firstBatch", quantity, now.link_first);
        RPC_MEMBER(w, "lastBatch", quantity, now.link_last);
        rpc_key(w, "progress");
        write_progress(w, &now);
        rpc_end_object(w);
    } else {
        rpc_null(w);
    }
    rpc_end_object(w);
}

/* A copy: the view is not kept until the client has it all. */
static status copy_proof(bytes *out, rpc *r, uint64_t first, uint64_t last)
{
    store_view *v;
    bytes proof;
    if (r->page_memory.base == NULL)
        arena_open(&r->page_memory, STORE_VIEW_ARENA_BYTES);
    arena_rewind(&r->page_memory, 0);
    TRY(node_view_open_unsealed(&v, &r->page_memory, r->chain));
    status s = find_proof(&proof, v, first, last);
    if (s == OK) {
        uint8_t *copy = arena_allocate(&r->page_memory, proof.size, 8);
        memcpy(copy, proof.data, proof.size);
        *out = (bytes){copy, proof.size};
    }
    store_view_close(v);
    return s;
}

static bool take_number(uint64_t *number, const char **text)
{
    size_t count = strspn(*text, "0123456789");
    *number = count > 0 && count < 19 ? strtoull(*text, NULL, 10) : 0;
    *text += count;
    return *number > 0;
}

bool rpc_proof_page(rpc *r, const char *path, rpc_page *page)
{
    static const char prefix[] = "/proofs/", none[] = "there is no such proof\n";
    if (strncmp(path, prefix, sizeof prefix - 1) != 0)
        return false;
    const char *rest = path + sizeof prefix - 1;
    uint64_t first, last;
    status s = BATCH_UNKNOWN;
    if (take_number(&first, &rest)) {
        last = first;
        if (*rest == 0 || (*rest++ == '-' && take_number(&last, &rest) && *rest == 0))
            s = copy_proof(&page->body, r, first, last);
    }
    page->content_type = "application/octet-stream";
    if (s != OK) {
        page->code = s == BATCH_UNKNOWN ? 404 : 500;
        page->content_type = "text/plain; charset=utf-8";
        page->body = (bytes){(const uint8_t *)none, sizeof none - 1};
    }
    return true;
}
