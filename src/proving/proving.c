/* Proving as seen from outside, and what its two threads share. */
#define _GNU_SOURCE
#include "proving/proving.h"

#include "base/check.h"
#include "chain/input.h"
#include "node/internal.h"
#include "proving/internal.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

proving_options proving_options_default(void)
{
    uint64_t half = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 2;
    uint64_t least = (uint64_t)4 << 30; /* a proof hardly works with less */
    return (proving_options){
        .limits = {.blocks = 100, .gas = 30000000, .cycles = (uint64_t)1 << 30, .wait_ms = 10000},
        .attempts = 3,
        .memory_bytes = half > least ? half : least,
        .silence_ms = 600000,
    };
}

void proving_tell(const proving *p, uint64_t number)
{
    const node_listener *l = &p->n->listener;
    if (l->batch != NULL)
        l->batch(l->context, number);
}

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

status proving_write_input(bytes *out, arena *to, node_view *v, uint64_t number)
{
    node_block block;
    chain_input input;
    size_t mark = v->memory->used_bytes;
    TRY(node_block_by_number(v, &block, number));
    TRY(node_witness(v, &input, &block));
    *out = chain_input_write(to, &v->store->config, &input);
    arena_rewind(v->memory, mark);
    return OK;
}

proving *proving_open(node *n, const proving_options *options)
{
    proving *p = calloc(1, sizeof *p);
    CHECK(p != NULL);
    p->n = n;
    p->options = *options;
    p->first_open = 1;
    p->now.seconds_left = -1;
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&p->changed, &clock);
    pthread_condattr_destroy(&clock);
    return p;
}

void proving_close(proving *p)
{
    if (p == NULL)
        return;
    node_proving_stop(p->n);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->changed);
    free(p);
}

void proving_head_changed(proving *p, uint64_t dropped)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    p->drops += dropped != 0;
    if (dropped != 0 && dropped < p->first_open)
        p->first_open = dropped;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

status proving_oldest_needed(proving *p, uint64_t *number, node_view *v)
{
    uint64_t count, first_open = 1;
    batch b;
    *number = UINT64_MAX;
    if (p == NULL)
        return OK;
    pthread_mutex_lock(&p->lock);
    first_open = p->first_open;
    pthread_mutex_unlock(&p->lock);
    TRY(node_batch_count(v, &count));
    *number = v->first;
    if (count == 0)
        return OK;
    TRY(node_batch_by_number(v, &b, first_open <= count ? first_open : count));
    *number = first_open <= count ? b.first_block - 1 : b.last_block;
    return OK;
}

void node_proving_start(node *n)
{
    proving *p = n->proving;
    if (p == NULL || p->is_started)
        return;
    p->stop = false;
    int failed = pthread_create(&p->grouper, NULL, proving_group, p);
    CHECK(failed == 0);
    failed = pthread_create(&p->prover, NULL, proving_prove, p);
    CHECK(failed == 0);
    p->is_started = true;
}

void node_proving_stop(node *n)
{
    proving *p = n->proving;
    if (p == NULL || !p->is_started)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->grouper, NULL);
    pthread_join(p->prover, NULL);
    p->is_started = false;
}

void node_proving_now(node *n, proving_now *out)
{
    *out = (proving_now){.seconds_left = -1};
    if (n->proving == NULL)
        return;
    pthread_mutex_lock(&n->proving->lock);
    *out = n->proving->now;
    out->is_on = true;
    out->first_open = n->proving->first_open;
    pthread_mutex_unlock(&n->proving->lock);
}
