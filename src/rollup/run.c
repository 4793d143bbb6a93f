#include "rollup/run.h"

#include "base/check.h"
#include "base/memory.h"
#include "chain/input.h"
#include "codec/rlp.h"

/* ---- writing ---- */

static void write_item(rlp_writer *w, const rollup_item *item)
{
    size_t list = rlp_begin_list(w);
    rlp_write_u64(w, item->kind);
    rlp_write_address(w, &item->sender);
    rlp_write_address(w, &item->from);
    rlp_write_address(w, &item->to);
    rlp_write_u256(w, item->mint);
    rlp_write_u256(w, item->value);
    rlp_write_u256(w, item->fee);
    rlp_write_u64(w, item->gas_limit);
    rlp_write_u64(w, item->time);
    rlp_write_bytes(w, item->data.data, item->data.size);
    rlp_end_list(w, list);
}

static void write_position(rlp_writer *w, const rollup_position *p)
{
    size_t list = rlp_begin_list(w);
    rollup_position_write(w, p);
    rlp_end_list(w, list);
}

static size_t most_bytes(const rollup_run *run)
{
    enum { ITEM_BYTES = 256, BATCH_BYTES = 128, RUN_BYTES = 2048 }; /* without their data */
    size_t size_bytes = RUN_BYTES;
    for (size_t i = 0; i < run->step_count; i++) {
        size_bytes += BATCH_BYTES + run->steps[i].batch.data.size;
        for (size_t k = 0; k < run->steps[i].item_count; k++)
            size_bytes += ITEM_BYTES + run->steps[i].items[k].data.size;
    }
    return size_bytes;
}

bytes rollup_run_write(arena *memory, const chain_config *config, const rollup_run *run)
{
    size_t capacity = most_bytes(run);
    rlp_writer w;
    rlp_writer_init(&w, arena_allocate(memory, capacity, 8), capacity);
    size_t all = rlp_begin_list(&w);
    rlp_write_u64(&w, run->l1_chain_id);
    rlp_write_address(&w, &run->rollup);
    rlp_write_address(&w, &run->prover);
    write_position(&w, &run->position);
    size_t batches = rlp_begin_list(&w);
    for (size_t i = 0; i < run->step_count; i++) {
        const rollup_batch *batch = &run->steps[i].batch;
        size_t list = rlp_begin_list(&w);
        rlp_write_u64(&w, ROLLUP_MODE_CALLDATA);
        rlp_write_address(&w, &batch->committer);
        rlp_write_u64(&w, batch->last_time);
        rlp_write_u64(&w, batch->queue_index);
        rlp_write_bytes(&w, batch->data.data, batch->data.size);
        size_t items = rlp_begin_list(&w);
        for (size_t k = 0; k < run->steps[i].item_count; k++)
            write_item(&w, &run->steps[i].items[k]);
        rlp_end_list(&w, items);
        rlp_end_list(&w, list);
    }
    rlp_end_list(&w, batches);
    rlp_end_list(&w, all);
    chain_input input = {
        .block = rlp_written(&w),
        .nodes = run->nodes,
        .node_count = run->node_count,
        .codes = run->codes,
        .code_count = run->code_count,
        .headers = run->headers,
        .header_count = run->header_count,
    };
    return chain_input_write(memory, config, &input);
}

/* ---- parsing ---- */

static status read_item(rollup_item *item, bytes *list)
{
    bytes fields;
    TRY(rlp_list(&fields, list));
    TRY(rlp_u64(&item->kind, &fields));
    TRY(rlp_address(&item->sender, &fields));
    TRY(rlp_address(&item->from, &fields));
    TRY(rlp_address(&item->to, &fields));
    TRY(rlp_u256(&item->mint, &fields));
    TRY(rlp_u256(&item->value, &fields));
    TRY(rlp_u256(&item->fee, &fields));
    TRY(rlp_u64(&item->gas_limit, &fields));
    TRY(rlp_u64(&item->time, &fields));
    TRY(rlp_bytes(&item->data, &fields));
    TRY(rlp_expect_end(fields));
    return item->kind == ROLLUP_ITEM_CALL || item->kind == ROLLUP_ITEM_CREATE ? OK : INPUT_MALFORMED;
}

static status read_items(rollup_step *step, arena *memory, bytes list)
{
    TRY(rlp_count(&step->item_count, list));
    rollup_item *items = ARENA_NEW(memory, rollup_item, step->item_count);
    for (size_t i = 0; i < step->item_count; i++)
        TRY(read_item(&items[i], &list));
    step->items = items;
    return OK;
}

static status read_step(rollup_step *step, arena *memory, bytes *list)
{
    bytes fields, items;
    uint64_t mode;
    rollup_batch *batch = &step->batch;
    TRY(rlp_list(&fields, list));
    TRY(rlp_u64(&mode, &fields));
    TRY(rlp_address(&batch->committer, &fields));
    TRY(rlp_u64(&batch->last_time, &fields));
    TRY(rlp_u64(&batch->queue_index, &fields));
    TRY(rlp_bytes(&batch->data, &fields));
    TRY(rlp_list(&items, &fields));
    TRY(rlp_expect_end(fields));
    if (mode != ROLLUP_MODE_CALLDATA)
        return INPUT_MALFORMED;
    return read_items(step, memory, items);
}

static status read_position(rollup_position *p, bytes *list)
{
    bytes fields;
    TRY(rlp_list(&fields, list));
    TRY(rollup_position_read(p, &fields));
    TRY(rlp_expect_end(fields));
    /* One batch at least comes after it, which is a leaf of the same tree. */
    return p->batches.count >> ROLLUP_BATCHES_DEPTH == 0 ? OK : INPUT_MALFORMED;
}

status rollup_run_parse(chain_config *config, rollup_run *run, arena *memory, bytes input)
{
    chain_input parsed;
    TRY(chain_input_parse(config, &parsed, memory, input));
    if (parsed.pre_state_root != NULL || parsed.block_hash_count != 0)
        return INPUT_MALFORMED; /* nothing is taken as claimed */
    *run = (rollup_run){
        .nodes = parsed.nodes,
        .node_count = parsed.node_count,
        .codes = parsed.codes,
        .code_count = parsed.code_count,
        .codes_are_padded = parsed.codes_are_padded,
        .headers = parsed.headers,
        .header_count = parsed.header_count,
    };
    bytes left = parsed.block, fields, batches;
    TRY(rlp_list(&fields, &left));
    TRY(rlp_expect_end(left));
    TRY(rlp_u64(&run->l1_chain_id, &fields));
    TRY(rlp_address(&run->rollup, &fields));
    TRY(rlp_address(&run->prover, &fields));
    TRY(read_position(&run->position, &fields));
    TRY(rlp_list(&batches, &fields));
    TRY(rlp_expect_end(fields));
    TRY(rlp_count(&run->step_count, batches));
    if (run->step_count == 0 || run->step_count > BATCH_OUTPUT_MOST_BATCHES)
        return BATCHES_TOO_MANY;
    rollup_step *steps = ARENA_NEW(memory, rollup_step, run->step_count);
    for (size_t i = 0; i < run->step_count; i++)
        TRY(read_step(&steps[i], memory, &batches));
    run->steps = steps;
    return OK;
}

/* ---- running ---- */

status rollup_run_derive(batch_output *output, rollup_batch_result *results, arena *memory, arena *scratch,
                         const chain_config *config, const rollup_run *run)
{
    CHECK(run->step_count >= 1 && run->step_count <= BATCH_OUTPUT_MOST_BATCHES);
    memset(output, 0, sizeof *output);
    output->l1_chain_id = run->l1_chain_id;
    output->l2_chain_id = config->chain_id;
    output->rollup = run->rollup;
    output->prover = run->prover;
    chain_config_hash(&output->config_hash, config);
    output->first = run->position.batches.count;
    output->last = output->first + run->step_count - 1;
    output->batch_hash_before = run->position.batch_hash;
    output->queue_hash_before = run->position.queue_hash;
    rollup_outcome_hash(&output->outcome_before, &run->position.outcome);

    witness *known;
    TRY(witness_open(&known, memory, run->nodes, run->node_count, run->codes, run->code_count));
    if (run->codes_are_padded)
        witness_set_codes_padded(known);
    rollup_source source = {
        .config = config, .known = known, .headers = run->headers, .header_count = run->header_count};
    rollup_derivation *d;
    TRY(rollup_derive_open(&d, memory, scratch, &source, &run->position));
    for (size_t i = 0; i < run->step_count; i++) {
        rollup_batch batch = run->steps[i].batch;
        rollup_batch_result result;
        batch.index = output->first + i;
        TRY(rollup_derive(d, &result, &batch, run->steps[i].items, run->steps[i].item_count));
        if (result.has_fault)
            output->faults.bytes[31 - i / 8] |= (uint8_t)(1u << i % 8);
        if (results != NULL)
            results[i] = result;
    }
    const rollup_position *after = rollup_derive_position(d);
    output->batch_hash = after->batch_hash;
    output->queue_hash = after->queue_hash;
    rollup_outcome_hash(&output->outcome, &after->outcome);
    return OK;
}

status rollup_execute(batch_output *output, arena *memory, bytes input)
{
    size_t half = (memory->size_bytes - memory->used_bytes) / 2;
    bool is_zero = memory->dirty_bytes <= memory->used_bytes;
    uint8_t *room = arena_allocate(memory, half, 64);
    arena scratch;
    if (is_zero)
        arena_init_zeroed(&scratch, room, half);
    else
        arena_init(&scratch, room, half);
    chain_config config;
    rollup_run run;
    TRY(rollup_run_parse(&config, &run, memory, input));
    return rollup_run_derive(output, NULL, memory, &scratch, &config, &run);
}
