/* The process that counts and proves, from within: one job, and no network but for a queue of jobs. */
#define _GNU_SOURCE
#include "proving/internal.h"

#include "base/clock.h"
#include "chain/output.h"
#include "jobs/jobs.h"
#include "prover/estimate.h"
#include "prover/progress.h"
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
    if (p->node > 0)
        printf("node %u %u %.1f %s\n", p->node, p->nodes, p->seconds_left, p->stage);
    else
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

static int hand_over(const uint8_t *at, size_t left)
{
    while (left > 0) {
        ssize_t written = write(JOB_RESULT_FD, at, left);
        if (written <= 0)
            return refuse("the proof cannot be handed over");
        at += written;
        left -= (size_t)written;
    }
    return 0;
}

static int hand_over_parts(arena *memory, const run_proof *proof, const verifier *v)
{
    size_t size = run_proof_size_bytes(proof, v);
    uint8_t *file = arena_allocate(memory, size, 64);
    run_proof_write(file, proof, v);
    return hand_over(file, size);
}

static int hand_over_joined(arena *memory, const joined_proof *proof, const verifier *v)
{
    size_t size = joined_proof_size_bytes(proof, v);
    uint8_t *file = arena_allocate(memory, size, 64);
    joined_proof_write(file, proof, v);
    return hand_over(file, size);
}

/* What a job works with. */
typedef struct {
    const job_header *header;
    const bytes *inputs;
    const jobs_build *build;
    verifier verifier;
    prover_program join;
    prover_options parts, nodes;
    tree_options tree;
    whole_progress progress;
    uint64_t told_ms;
    arena memory, scratch;
} work;

static bool open_tree(work *w)
{
    const char *reason = "";
    verifier_open(&w->verifier, &w->memory, &PROOF_FULL);
    w->parts = w->nodes = (prover_options){.memory_bytes = w->header->memory_bytes};
    w->tree = (tree_options){.join = &w->join, .options = &w->nodes};
    progress_open(&w->progress, &w->parts, &w->nodes, &w->tree, tell, &w->told_ms);
    return prover_program_open(&w->join, &w->memory, &reason, &w->verifier, w->build->join.elf) == OK;
}

/* Parts and nodes by workers, or here, kept or not. The run stays on the queue until its proof is handed over. */
static int prove_run(work *w, prover_run *run, const char *queue_url, const char *directory_path)
{
    char error[JOBS_ERROR_BYTES];
    jobs_keeper *keeper = NULL;
    jobs_directory *directory = NULL;
    run_proof parts;
    joined_proof joined;
    tree_report report;
    uint32_t found;
    status s = OK;
    bool fine;
    if (queue_url != NULL) {
        const jobs_queue queue = {.url = queue_url, .build = w->build, .worker = tell_of_worker};
        prover_commit(run, &w->memory, &w->scratch);
        fine = jobs_keeper_open(&keeper, error, &w->memory, &w->scratch, run, &queue) &&
               jobs_keeper_join(&joined, &report, &s, &parts, error, keeper, &w->tree, &w->memory, &w->scratch);
    } else if (directory_path != NULL) {
        fine = jobs_directory_open(&directory, error, &w->memory, run, directory_path) &&
               jobs_directory_prove(&parts, &found, error, directory, run, &w->memory, &w->scratch) &&
               jobs_directory_join(&joined, &report, &s, error, directory, &parts, &w->tree, &w->memory, &w->scratch);
    } else {
        prover_finish(&parts, run, &w->memory, &w->scratch);
        s = tree_join_parts(&joined, &report, &w->tree, &parts, &w->memory, &w->scratch);
        fine = true;
    }
    int code = !fine               ? refuse(error)
               : s == OK           ? hand_over_joined(&w->memory, &joined, &w->verifier)
               : s == RUN_TOO_LONG ? hand_over_parts(&w->memory, &parts, &w->verifier)
                                   : refuse(status_message(s));
    jobs_directory_close(directory, false); /* the node removes it once it has the proof */
    jobs_keeper_close(keeper, code == 0);
    return code;
}

/* NULL: empty. */
static bool text_of(const char **text, bytes input)
{
    *text = input.size > 0 ? (const char *)input.data : NULL;
    return input.size == 0 || input.data[input.size - 1] == 0;
}

static int prove(work *w)
{
    bytes input = w->inputs[0];
    const char *queue_url, *directory_path, *reason = "";
    block_output output;
    if (w->header->input_count != 3 || !text_of(&queue_url, w->inputs[1]) || !text_of(&directory_path, w->inputs[2]))
        return refuse("the job has no queue and no directory, not even empty ones");
    status s = chain_execute_blocks(&output, &w->scratch, input);
    if (s != OK)
        return refuse(status_message(s));
    arena_rewind(&w->scratch, 0);
    uint8_t encoding[BLOCK_OUTPUT_BYTES];
    block_output_write(encoding, &output);

    prover_program program;
    if (prover_program_open(&program, &w->memory, &reason, &w->verifier, w->build->programs[0].elf) != OK)
        return refuse("the guest program of this build cannot be loaded");
    prover_run run;
    prover_report report;
    prover_fault fault = {0};
    s = prover_plan(&run, &report, &fault, &w->memory, &w->scratch, &program, input, (bytes){encoding, sizeof encoding},
                    &w->parts);
    if (s != OK)
        return refuse(s == GUEST_FAULT ? riscv_fault_message(fault.fault) : status_message(s));
    if (queue_url == NULL) /* which tells of the nodes by itself */
        progress_plan(&w->progress, &run);
    int code = prove_run(w, &run, queue_url, directory_path);
    prover_close(&run);
    return code;
}

static int link_runs(work *w)
{
    uint32_t count = (uint32_t)w->header->input_count;
    joined_proof *proofs = ARENA_NEW(&w->memory, joined_proof, count), joined;
    tree_report report;
    status s = OK;
    for (uint32_t i = 0; i < count && s == OK; i++)
        s = joined_proof_read(&proofs[i], &w->memory, &w->verifier, w->inputs[i]);
    if (s == OK)
        s = tree_link(&joined, &report, &w->tree, proofs, count, &w->memory, &w->scratch);
    return s == OK             ? hand_over_joined(&w->memory, &joined, &w->verifier)
           : s == RUN_TOO_LONG ? refuse("a node over two proofs does not fit into the memory that a proof may take")
                               : refuse(status_message(s));
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
    job_header job;
    bytes *inputs;
    work w = {.header = &job, .build = build};
    arena_open(&w.memory, JOB_ARENA_BYTES);
    if (!read_job(&job, &inputs, &w.memory))
        return refuse("standard input is no job: `ashlar node --prover local` starts this");
    w.inputs = inputs;
    if (job.threads > 0)
        omp_set_num_threads((int)job.threads);
    if (job.kind == JOB_COUNT)
        return count(&w.memory, &job, inputs, build->programs[0].elf);
    arena_open(&w.scratch, JOB_ARENA_BYTES);
    if (!open_tree(&w))
        return refuse("the guest program of this build cannot be loaded");
    int code = job.kind == JOB_LINK ? link_runs(&w) : prove(&w);
    arena_close(&w.scratch);
    arena_close(&w.memory);
    return code;
}
