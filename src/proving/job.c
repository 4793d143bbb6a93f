/* The process that counts and proves, from within: one job, and no network but for a queue of jobs. */
#define _GNU_SOURCE
#include "proving/internal.h"

#include "base/clock.h"
#include "chain/output.h"
#include "jobs/jobs.h"
#include "prover/estimate.h"
#include "riscv/emulator.h"

#include <omp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reserved, not taken. */
#define JOB_ARENA_BYTES ((size_t)64 << 30)
enum { PROGRESS_INTERVAL_MS = 200 };

static int refuse(const char *why)
{
    printf("refused %s\n", why);
    return fflush(stdout) == 0 ? 1 : 2;
}

static void count_cells(const riscv_program *program, const verifier *v, bytes input, uint64_t max_cells,
                        arena *scratch)
{
    riscv_machine machine;
    prover_estimate e;
    if (riscv_open(&machine, program, input) != OK) {
        printf("refused the block and its witness are larger than the machine's input region\n");
        return;
    }
    status ran = prover_estimate_run(&e, &machine, v, max_cells, scratch);
    if (ran == OK)
        printf("cost %llu %llu\n", (unsigned long long)e.cycles, (unsigned long long)e.cells);
    else if (ran != GUEST_FAULT)
        printf("refused %s\n", status_message(ran));
    else if (machine.fault == RISCV_FAULT_EXIT_CODE && machine.fault_address < STATUS_COUNT)
        printf("refused %s\n", status_message((status)machine.fault_address));
    else
        printf("refused %s\n", riscv_fault_message(machine.fault));
    riscv_close(&machine);
}

static int count(arena *memory, const job_header *job, const bytes *inputs, bytes elf)
{
    riscv_program program;
    verifier v;
    if (riscv_program_load(&program, memory, NULL, elf) != OK)
        return refuse("the guest program of this build cannot be loaded");
    verifier_open(&v, memory, &PROOF_FULL);
    for (uint64_t i = 0; i < job->input_count; i++) {
        count_cells(&program, &v, inputs[i], job->max_cells, memory);
        fflush(stdout);
    }
    return 0;
}

static void tell(void *context, const prover_progress *p)
{
    uint64_t *last = context, now = clock_milliseconds();
    if (now - *last < PROGRESS_INTERVAL_MS)
        return;
    *last = now;
    printf("progress %u %u %llu %llu %.1f %s\n", p->part, p->parts, (unsigned long long)p->cycles_done,
           (unsigned long long)p->cycles, p->seconds_left, p->stage);
    fflush(stdout);
}

static void tell_of_worker(void *context, const char *name, const metrics_work *w)
{
    (void)context;
    printf("worker %llu %llu %llu %.3f %s\n", (unsigned long long)w->done, (unsigned long long)w->failed,
           (unsigned long long)w->cells, w->seconds, name);
    fflush(stdout);
}

static bool write_proof(arena *memory, const run_proof *proof, const verifier *v)
{
    size_t left = run_proof_size_bytes(proof, v);
    uint8_t *at = arena_allocate(memory, left, 64);
    run_proof_write(at, proof, v);
    while (left > 0) {
        ssize_t written = write(JOB_RESULT_FD, at, left);
        if (written <= 0)
            return false;
        at += written;
        left -= (size_t)written;
    }
    return true;
}

/* Parts by workers. The run stays on the queue until its proof is handed over. */
static int prove_on_queue(arena *memory, arena *scratch, prover_run *run, const jobs_queue *queue)
{
    char error[JOBS_ERROR_BYTES];
    jobs_keeper *keeper;
    run_proof proof;
    prover_commit(run, memory, scratch);
    if (!jobs_keeper_open(&keeper, error, memory, scratch, run, queue) ||
        !jobs_keeper_prove(&proof, error, keeper, memory, scratch)) {
        jobs_keeper_close(keeper, false);
        return refuse(error);
    }
    bool fine = write_proof(memory, &proof, run->program->verifier);
    jobs_keeper_close(keeper, fine);
    return fine ? 0 : refuse("the proof cannot be handed over");
}

static int prove_here(arena *memory, arena *scratch, prover_run *run)
{
    run_proof proof;
    prover_finish(&proof, run, memory, scratch);
    return write_proof(memory, &proof, run->program->verifier) ? 0 : refuse("the proof cannot be handed over");
}

static int prove(arena *memory, const job_header *job, const bytes *inputs, const jobs_build *build)
{
    arena scratch;
    arena_open(&scratch, JOB_ARENA_BYTES);
    bytes input = inputs[0];
    block_output output;
    status s = chain_execute_blocks(&output, &scratch, input);
    if (s != OK)
        return refuse(status_message(s));
    arena_rewind(&scratch, 0);
    uint8_t encoding[BLOCK_OUTPUT_BYTES];
    block_output_write(encoding, &output);

    verifier v;
    verifier_open(&v, memory, &PROOF_FULL);
    prover_program program;
    const char *reason = "";
    if (prover_program_open(&program, memory, &reason, &v, build->programs[0].elf) != OK)
        return refuse("the guest program of this build cannot be loaded");
    uint64_t last_ms = 0;
    prover_options options = {.memory_bytes = job->memory_bytes, .progress = tell,
                              .progress_context = &last_ms};
    prover_run run;
    prover_report report;
    prover_fault fault = {0};
    s = prover_plan(&run, &report, &fault, memory, &scratch, &program, input, (bytes){encoding, sizeof encoding},
                    &options);
    if (s != OK)
        return refuse(s == GUEST_FAULT ? riscv_fault_message(fault.fault) : status_message(s));
    int code;
    if (job->input_count > 1) {
        bytes url = inputs[1];
        if (url.size == 0 || url.data[url.size - 1] != 0)
            return refuse("the queue's URL is none");
        const jobs_queue queue = {.url = (const char *)url.data, .build = build, .worker = tell_of_worker};
        code = prove_on_queue(memory, &scratch, &run, &queue);
    } else {
        code = prove_here(memory, &scratch, &run);
    }
    prover_close(&run);
    return code;
}

/* The inputs lie in the file, aligned. */
static bool read_job(job_header *job, bytes **inputs, arena *memory)
{
    struct stat file;
    if (fstat(JOB_INPUT_FD, &file) != 0 || !S_ISREG(file.st_mode) || (size_t)file.st_size < sizeof *job)
        return false;
    size_t size = (size_t)file.st_size;
    const uint8_t *at = mmap(NULL, size, PROT_READ, MAP_PRIVATE, JOB_INPUT_FD, 0), *end = at + size;
    if (at == MAP_FAILED)
        return false;
    memcpy(job, at, sizeof *job);
    at += sizeof *job;
    if (job->input_count == 0 || job->input_count > size / 8)
        return false;
    *inputs = ARENA_NEW(memory, bytes, job->input_count);
    for (uint64_t i = 0; i < job->input_count; i++) {
        uint64_t length;
        if (end - at < 8)
            return false;
        memcpy(&length, at, 8);
        at += 8;
        if (length > (uint64_t)(end - at) || ((length + 7) & ~UINT64_C(7)) > (uint64_t)(end - at))
            return false;
        (*inputs)[i] = (bytes){at, length};
        at += (length + 7) & ~UINT64_C(7);
    }
    return true;
}

int proving_job(const jobs_build *build)
{
    arena memory;
    job_header job;
    bytes *inputs;
    arena_open(&memory, JOB_ARENA_BYTES);
    if (!read_job(&job, &inputs, &memory))
        return refuse("standard input is no job: `ashlar node --prover local` starts this");
    if (job.threads > 0)
        omp_set_num_threads((int)job.threads);
    int code = job.kind == JOB_COUNT ? count(&memory, &job, inputs, build->programs[0].elf)
                                     : prove(&memory, &job, inputs, build);
    arena_close(&memory);
    return code;
}
