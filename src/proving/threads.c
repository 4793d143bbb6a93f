/* What the two threads share. */
#define _GNU_SOURCE
#include "base/check.h"
#include "base/clock.h"
#include "chain/input.h"
#include "proving/internal.h"
#include "store/store.h"
#include "verify/joined.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

bool proving_is_stopping(proving *p)
{
    pthread_mutex_lock(&p->lock);
    bool stop = p->stop;
    pthread_mutex_unlock(&p->lock);
    return stop;
}

static void wait_for(proving *p, uint64_t ms, bool until_changed)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    int outcome = 0;
    pthread_mutex_lock(&p->lock);
    while (!p->stop && outcome == 0) {
        outcome = pthread_cond_timedwait(&p->changed, &p->lock, &until);
        if (until_changed)
            break;
    }
    pthread_mutex_unlock(&p->lock);
}

void proving_rest(proving *p, uint64_t ms) { wait_for(p, ms, true); }

void proving_rest_after(proving *p, uint64_t failures)
{
    wait_for(p, (uint64_t)1000 << (failures < 5 ? failures : 5), false);
}

void proving_set_now(proving *p, const proving_now *now)
{
    pthread_mutex_lock(&p->lock);
    p->now = *now;
    pthread_mutex_unlock(&p->lock);
}

static void take_time_left(proving_now *now, double spent, double left, const char *stage)
{
    now->seconds_left = left;
    if (left >= 0 && spent / (spent + left + 0.001) > now->share_done)
        now->share_done = spent / (spent + left + 0.001);
    snprintf(now->stage, sizeof now->stage, "%s", stage);
}

void proving_take_progress(proving *p, const char *line, uint64_t begun_ms)
{
    unsigned part, parts, node_number, nodes;
    unsigned long long done, cycles;
    double left, spent = (double)(clock_milliseconds() - begun_ms) / 1000;
    int stage, process;
    proving_now *now = &p->now;
    pthread_mutex_lock(&p->lock);
    if (sscanf(line, "process %d", &process) == 1)
        now->process = process;
    if (sscanf(line, "node %u %u %lf %n", &node_number, &nodes, &left, &stage) >= 3) {
        now->node = node_number;
        now->nodes = nodes;
        take_time_left(now, spent, left, line + stage);
    }
    if (sscanf(line, "progress %u %u %llu %llu %lf %n", &part, &parts, &done, &cycles, &left, &stage) >= 5) {
        now->part = part;
        now->parts = parts;
        now->cycles_done = done;
        now->cycles = cycles;
        take_time_left(now, spent, left, line + stage);
    }
    pthread_mutex_unlock(&p->lock);
}

status proving_verify(bytes *output, bool *is_joined, arena *memory, const proving *p, bytes file)
{
    verifier v;
    digest program, join;
    run_statement said;
    verifier_open(&v, memory, &PROOF_FULL);
    CHECK(program_id_read(&program, p->options.program_id) == OK && program_id_read(&join, p->options.join_id) == OK);
    *is_joined = joined_proof_is(file);
    if (*is_joined) {
        joined_proof proof;
        TRY(joined_proof_read(&proof, memory, &v, file));
        TRY(joined_proof_verify(&said, &v, &program, &join, &proof, tree_check_fast, memory));
    } else {
        run_proof proof;
        TRY(run_proof_read(&proof, memory, &v, file));
        TRY(run_verify(&said, NULL, &v, &program, &proof, memory));
    }
    *output = said.output;
    return OK;
}

status proving_write_input(bytes *out, arena *to, store_view *v, uint64_t number)
{
    store_block block;
    chain_input input;
    size_t mark = v->memory->used_bytes;
    TRY(store_block_by_number(v, &block, number));
    TRY(store_witness(v, &input, &block));
    *out = chain_input_write(to, &v->store->config, &input);
    arena_rewind(v->memory, mark);
    return OK;
}
