#define _GNU_SOURCE
#include "settle/attest.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/hex.h"
#include "crypto/keccak.h"
#include "settle/chain.h"
#include "store/store.h"
#include "telemetry/log.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RETRY_SECONDS = 30 };

struct attester {
    node *n;
    const settle_options *options;
    pid_t child;      /* that proves, or verifies; 0: none */
    bool is_verifying;
    attestation work; /* what the child works on; first 0: nothing */
    batch_output output; /* what is to be proven */
    hash256 digest;      /* of its words */
    hash256 batch_hash; /* of the last batch of it */
    bool is_ready;
    uint64_t not_before; /* seconds: after a failure */
    uint64_t most;       /* batches: fewer after a failure, more again after a proof */
    uint64_t started_ms;
    char text[512];
};

void attester_open(attester **out, node *n, const settle_options *options)
{
    attester *a = calloc(1, sizeof *a);
    CHECK(a != NULL);
    a->n = n;
    a->options = options;
    a->most = BATCH_OUTPUT_MOST_BATCHES;
    *out = a;
}

static void end_child(attester *a)
{
    if (a->child == 0)
        return;
    kill(a->child, SIGKILL);
    waitpid(a->child, NULL, 0);
    a->child = 0;
}

void attester_close(attester *a)
{
    if (a == NULL)
        return;
    end_child(a);
    free(a);
}

/* Tried again after a while, with half of the batches: it may have been too much. */
static void give_up(attester *a)
{
    uint64_t tried = a->work.first == 0 ? a->most : a->work.last - a->work.first + 1;
    a->most = tried > 1 ? tried / 2 : 1;
    a->work.first = 0;
    a->is_ready = false;
    a->not_before = clock_unix_seconds() + RETRY_SECONDS;
}

const char *attester_error_text(const attester *a) { return a->text; }

static void file_name(const attester *a, char out[4200], const char *name)
{
    snprintf(out, 4200, "%s/%s", node_directory(a->n), name);
}

/* Which batches come next: all that are derived and not proven, as many as are to be tried at once. */
static status choose(attester *a, uint64_t *first, uint64_t *last, hash256 *batch_hash)
{
    database_transaction *t;
    bool found;
    l1_state state;
    batch_outcome o;
    *first = *last = 0;
    TRY(database_begin(&t, node_store(a->n)->db, false));
    uint64_t derived = 0;
    status s = l1_state_read(t, &found, &state);
    if (s == OK)
        s = outcome_count(t, &derived);
    if (s == OK && found && !state.is_frozen && derived > state.proven) {
        *first = state.proven + 1;
        *last = derived - state.proven > a->most ? state.proven + a->most : derived;
        s = outcome_read(t, &found, &o, *last);
        *batch_hash = o.batch_hash;
    }
    database_abort(t);
    return s;
}

/* Whether what is being worked on is still what L1 wants. */
static status still_wanted(attester *a, bool *wanted)
{
    database_transaction *t;
    bool found, has_state;
    l1_state state;
    batch_outcome o;
    TRY(database_begin(&t, node_store(a->n)->db, false));
    status s = l1_state_read(t, &has_state, &state);
    if (s == OK)
        s = outcome_read(t, &found, &o, a->work.last);
    database_abort(t);
    *wanted = s == OK && found && has_state && !state.is_frozen && state.proven < a->work.last &&
              state.proven + 1 >= a->work.first && memcmp(&o.batch_hash, &a->batch_hash, 32) == 0;
    return s;
}

static status outcomes_of(attester *a, uint64_t first, uint64_t last)
{
    database_transaction *t;
    bool found, found2;
    batch_outcome before, after;
    TRY(database_begin(&t, node_store(a->n)->db, false));
    status s = outcome_read(t, &found, &before, first - 1);
    if (s == OK)
        s = outcome_read(t, &found2, &after, last);
    database_abort(t);
    TRY(s);
    if (!found || !found2)
        return BATCH_UNKNOWN;
    a->work = (attestation){.first = first, .last = last, .before = before.position.outcome,
                            .after = after.position.outcome};
    return OK;
}

static status start_child(attester *a, bool verifies)
{
    char input[4200], proof[4200], verdict[4200], memory[24];
    file_name(a, verdict, "batch.verdict");
    file_name(a, input, "batch.input");
    file_name(a, proof, "batch.proof");
    snprintf(memory, sizeof memory, "%llu", (unsigned long long)a->options->prover_memory_gib);
    a->is_verifying = verifies;
    a->child = fork();
    if (a->child < 0) {
        a->child = 0;
        snprintf(a->text, sizeof a->text, "no process can be started to prove");
        return MEMORY_EXHAUSTED;
    }
    if (a->child != 0)
        return OK;
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC),
        said = open(verdict, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    dup2(nowhere, 0), dup2(said, 1), dup2(nowhere, 2);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (nice(19) == -1) { /* it proves at the lowest priority, or at another */
    }
    if (verifies)
        execl("/proc/self/exe", "ashlar", "verify", proof, "--json", (char *)NULL);
    else
        execl("/proc/self/exe", "ashlar", "prove", "--batch", input, "-o", proof, "--memory", memory,
              (char *)NULL);
    _exit(127);
}

static status write_input(attester *a, bytes input)
{
    char path[4200];
    file_name(a, path, "batch.input");
    FILE *f = fopen(path, "wb");
    bool good = f != NULL && fwrite(input.data, 1, input.size, f) == input.size;
    if (f != NULL && fclose(f) != 0)
        good = false;
    if (!good)
        snprintf(a->text, sizeof a->text, "%s cannot be written", path);
    return good ? OK : DATABASE_FULL;
}

static status begin(attester *a, arena *memory)
{
    uint64_t first, last;
    bytes input;
    uint8_t words[BATCH_OUTPUT_BYTES];
    TRY(choose(a, &first, &last, &a->batch_hash));
    if (first == 0 || clock_unix_seconds() < a->not_before)
        return OK;
    TRY(outcomes_of(a, first, last));
    status s = chain_run(a->n, memory, &input, &a->output, first, last, &a->options->rollup,
                         &a->options->key.address);
    hash256 after;
    rollup_outcome_hash(&after, &a->work.after);
    if (s == OK && memcmp(&after, &a->output.outcome, 32) != 0)
        s = OUTPUT_MISMATCH;
    if (s == OK) {
        a->work.faults = a->output.faults;
        batch_output_write(words, &a->output);
        keccak256(&a->digest, words, sizeof words);
        a->started_ms = clock_milliseconds();
    }
    if (s == OK && a->options->prover == SETTLE_PROVER_PROOF) {
        s = write_input(a, input);
        if (s == OK)
            s = start_child(a, false);
    } else if (s == OK) {
        a->is_ready = true;
    }
    if (s != OK) {
        give_up(a);
    } else {
        log_event(LOG_INFO, "proving", log_number("first", first), log_number("last", last),
                  log_number("input_bytes", input.size));
    }
    return s;
}

/* Whether the verifier said that exactly this was proven: all of the sixteen words that do not follow from
 * the others. */
static bool is_verdict(const attester *a)
{
    const batch_output *o = &a->output;
    const struct {
        const char *name;
        const uint8_t *expected;
        size_t size_bytes;
    } members[] = {
        {"rollup", o->rollup.bytes, 20},
        {"configHash", o->config_hash.bytes, 32},
        {"batchHashBefore", o->batch_hash_before.bytes, 32},
        {"batchHash", o->batch_hash.bytes, 32},
        {"outcomeBefore", o->outcome_before.bytes, 32},
        {"outcome", o->outcome.bytes, 32},
        {"queueHashBefore", o->queue_hash_before.bytes, 32},
        {"queueHash", o->queue_hash.bytes, 32},
        {"prover", o->prover.bytes, 20},
    };
    char path[4200];
    file_name(a, path, "batch.verdict");
    json_t *verdict = json_load_file(path, 0, NULL);
    bool good = json_integer_value(json_object_get(verdict, "firstBatch")) == (json_int_t)o->first &&
                json_integer_value(json_object_get(verdict, "lastBatch")) == (json_int_t)o->last &&
                json_integer_value(json_object_get(verdict, "l1ChainId")) == (json_int_t)o->l1_chain_id &&
                json_integer_value(json_object_get(verdict, "chainId")) == (json_int_t)o->l2_chain_id;
    for (size_t i = 0; good && i < sizeof members / sizeof *members; i++) {
        uint8_t found[32];
        const json_t *value = json_object_get(verdict, members[i].name);
        good = json_is_string(value) &&
               hex_decode_exact(found, members[i].size_bytes, json_string_value(value),
                                json_string_length(value)) == OK &&
               memcmp(found, members[i].expected, members[i].size_bytes) == 0;
    }
    uint64_t faults = 0;
    for (uint64_t i = 0; i <= o->last - o->first; i++)
        faults += batch_output_has_fault(o, i);
    good = good && json_array_size(json_object_get(verdict, "faults")) == faults;
    json_decref(verdict);
    return good;
}

/* The child has ended: what was proven is verified by another one, from the file alone. */
static status child_ended(attester *a, int outcome)
{
    bool worked = WIFEXITED(outcome) && WEXITSTATUS(outcome) == 0;
    a->child = 0;
    if (worked && a->is_verifying && !is_verdict(a)) {
        snprintf(a->text, sizeof a->text, "the proof of batches %llu to %llu is about something else",
                 (unsigned long long)a->work.first, (unsigned long long)a->work.last);
        give_up(a);
        return OUTPUT_MISMATCH;
    }
    if (!worked) {
        snprintf(a->text, sizeof a->text, "%s of batches %llu to %llu ended with %s %d",
                 a->is_verifying ? "the verifier" : "the prover", (unsigned long long)a->work.first,
                 (unsigned long long)a->work.last, WIFEXITED(outcome) ? "code" : "signal",
                 WIFEXITED(outcome) ? WEXITSTATUS(outcome) : WTERMSIG(outcome));
        give_up(a);
        return PROOF_PROGRAM;
    }
    if (!a->is_verifying)
        return start_child(a, true);
    a->is_ready = true;
    return OK;
}

static status took_too_long(attester *a)
{
    snprintf(a->text, sizeof a->text, "batches %llu to %llu were not proven in %llu s",
             (unsigned long long)a->work.first, (unsigned long long)a->work.last,
             (unsigned long long)a->options->prover_seconds);
    end_child(a);
    give_up(a);
    return CALL_TIMED_OUT;
}

status attester_step(attester *a, arena *memory, bool *ready, attestation *out)
{
    bool wanted = true;
    size_t mark = memory->used_bytes;
    *ready = false;
    a->text[0] = 0;
    if (a->work.first != 0)
        TRY(still_wanted(a, &wanted));
    if (!wanted) {
        if (a->is_ready) /* L1 took it, or better */
            a->most = a->most < BATCH_OUTPUT_MOST_BATCHES / 2 ? 2 * a->most : BATCH_OUTPUT_MOST_BATCHES;
        end_child(a);
        a->work.first = 0;
        a->is_ready = false;
    }
    status s = OK;
    int outcome;
    if (a->work.first == 0)
        s = begin(a, memory);
    else if (a->child != 0 && waitpid(a->child, &outcome, WNOHANG) == a->child)
        s = child_ended(a, outcome);
    else if (a->child != 0 && clock_milliseconds() > a->started_ms + 1000 * a->options->prover_seconds)
        s = took_too_long(a);
    arena_rewind(memory, mark);
    if (s != OK || a->work.first == 0 || !a->is_ready)
        return s;
    key_sign(a->work.signature, &a->options->attester, &a->digest);
    *out = a->work;
    *ready = true;
    return OK;
}
