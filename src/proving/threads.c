/* What the two threads share. */
#define _GNU_SOURCE
#include "chain/input.h"
#include "proving/internal.h"
#include "store/store.h"

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
