/* Proving as seen from outside: from beginning to end. */
#define _GNU_SOURCE
#include "proving/proving.h"

#include "base/check.h"
#include "proving/internal.h"

#include <stdlib.h>
#include <unistd.h>

proving_options proving_options_default(void)
{
    uint64_t half = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 2;
    uint64_t least = (uint64_t)4 << 30; /* a proof hardly works with less */
    return (proving_options){
        .limits = {.blocks = 100, .gas = 30000000, .cells = (uint64_t)1 << 35, .wait_ms = 10000},
        .attempts = 3,
        .memory_bytes = half > least ? half : least,
        .silence_ms = 600000,
    };
}

proving *proving_open(const proving_options *options)
{
    proving *p = calloc(1, sizeof *p);
    CHECK(p != NULL);
    p->options = *options;
    p->first_open = p->first_unlinked = 1;
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
    proving_stop(p);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->changed);
    free(p);
}

static void head_changed(void *context, uint64_t dropped)
{
    proving *p = context;
    pthread_mutex_lock(&p->lock);
    p->drops += dropped != 0;
    if (dropped != 0 && dropped < p->first_open)
        p->first_open = dropped;
    if (dropped != 0 && dropped < p->first_unlinked)
        p->first_unlinked = dropped;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static status oldest_needed(void *context, uint64_t *number, store_view *v)
{
    proving *p = context;
    uint64_t count, first_open;
    batch b;
    pthread_mutex_lock(&p->lock);
    first_open = p->first_open;
    pthread_mutex_unlock(&p->lock);
    TRY(store_batch_count(v, &count));
    *number = store_first_number(v);
    if (count == 0)
        return OK;
    TRY(store_batch_by_number(v, &b, first_open <= count ? first_open : count));
    *number = first_open <= count ? b.first_block - 1 : b.last_block;
    return OK;
}

node_follower proving_follower(proving *p)
{
    return p == NULL
               ? (node_follower){0}
               : (node_follower){.context = p, .oldest_needed = oldest_needed, .head_changed = head_changed};
}

void proving_start(proving *p, node *n)
{
    if (p == NULL || p->is_started)
        return;
    p->n = n;
    p->stop = false;
    int failed = pthread_create(&p->grouper, NULL, proving_group, p);
    CHECK(failed == 0);
    failed = pthread_create(&p->prover, NULL, proving_prove, p);
    CHECK(failed == 0);
    p->is_started = true;
}

void proving_stop(proving *p)
{
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

void proving_read(proving *p, proving_now *out)
{
    *out = (proving_now){.seconds_left = -1};
    if (p == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    *out = p->now;
    out->is_on = true;
    out->first_open = p->first_open;
    pthread_mutex_unlock(&p->lock);
}
