/* `ashlar prove`: executes blocks and proves that they were executed right. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/hex.h"
#include "cli/batch.h"
#include "cli/batch_output.h"
#include "cli/block_program.h"
#include "cli/execution.h"
#include "cli/prover.h"
#include "prover/estimate.h"
#include "prover/progress.h"
#include "proving/proving.h"
#include "telemetry/log.h"

#include <omp.h>
#include <string.h>
#include <unistd.h>

/* One line on a terminal, written over at most a few times a second. */
static void show_progress(void *context, const prover_progress *p)
{
    double *last = context;
    double now = clock_seconds();
    if (now - *last < 0.2)
        return;
    *last = now;
    char left[48] = "";
    if (p->seconds_left >= 0)
        snprintf(left, sizeof left, ", %d:%02d left", (int)p->seconds_left / 60, (int)p->seconds_left % 60);
    if (p->part == 0)
        fprintf(stderr, "\r\033[K%s", p->stage);
    else if (p->node > 0)
        fprintf(stderr, "\r\033[K%u part%s proven; joining, node %u of %u, %s%s", p->parts, p->parts == 1 ? "" : "s",
                p->node, p->nodes, p->stage, left);
    else
        fprintf(stderr, "\r\033[Kpart %u of %u, %s; %s of %s cycles%s", p->part, p->parts, p->stage,
                grouped(p->cycles_done), grouped(p->cycles), left);
    fflush(stderr);
}

static void print_chips(const prover_report *r, const stark_machine *m)
{
    printf("\nchip                     rows    padded to  cells/row          cells   share\n");
    uint64_t total = 0;
    for (uint32_t chip = 0; chip < VM_CHIPS; chip++)
        total += r->cells[chip];
    for (uint32_t chip = 0; chip < VM_CHIPS; chip++)
        if (r->rows[chip] > 0)
            printf("%-17s %11s  %11s  %9u  %13s  %5.1f %%\n", m->chip[chip]->name,
                   grouped(r->used_rows[chip]), grouped(r->rows[chip]), prover_chip_cells(m, chip),
                   grouped(r->cells[chip]), 100.0 * (double)r->cells[chip] / (double)total);
    printf("%-17s %11s  %11s  %9s  %13s  %5.1f %%\n", "all", "", "", "", grouped(total), 100.0);
}


static void print_stages(const prover_report *r, uint64_t cells)
{
    double total = 0;
    for (uint32_t i = 0; i < r->stage_count; i++)
        total += r->stages[i].seconds;
    printf("\nstage               seconds   share  ns/cell\n");
    for (uint32_t i = 0; i < r->stage_count; i++)
        printf("%-17s %9.2f  %5.1f%%  %7.2f\n", r->stages[i].name, r->stages[i].seconds,
               100 * r->stages[i].seconds / total, r->stages[i].seconds * 1e9 / (double)cells);
    printf("%-17s %9.2f  100.0%%  %7.2f\n", "all", total, total * 1e9 / (double)cells);
}

/* `joined` and its tree are NULL where the parts are not joined. */
static void print_report(const prover_report *r, const run_proof *proof, const joined_proof *joined,
                         const tree_report *tree, const verifier *v, bool by_workers)
{
    uint64_t cells = 0;
    for (uint32_t chip = 0; chip < VM_CHIPS; chip++)
        cells += r->cells[chip];
    double proving = r->commit_seconds + r->trace_seconds + r->prove_seconds;
    printf("cycles           %s in %u segments, %u ledger parts\n", grouped(r->cycles), r->segment_count,
           r->ledger_count);
    if (r->parts_proven < proof->part_count)
        printf("parts            %u of %u %s\n", proof->part_count - r->parts_proven, proof->part_count,
               by_workers ? "by workers" : "were there already");
    printf("executing        %.2f s, %.1f million cycles/s\n", r->execute_seconds,
           (double)r->cycles / r->execute_seconds * 1e-6);
    if (by_workers)
        printf("boundaries       %.1f s\n", r->commit_seconds);
    else if (r->cycles_proven > 0) /* else all was there */
        printf("proving          %.1f s, %s cycles/s (boundaries %.1f s, traces %.1f s, proofs %.1f s)\n",
               proving, grouped((uint64_t)((double)r->cycles_proven / proving)), r->commit_seconds, r->trace_seconds,
               r->prove_seconds);
    if (r->cycles_proven > 0)
        printf("cells            %s, %.1f for each cycle, %.1f million/s\n", grouped(cells),
               (double)cells / (double)r->cycles_proven, (double)cells / proving * 1e-6);
    printf("proofs of parts  %s\n", size_text(run_proof_size_bytes(proof, v)));
    if (joined != NULL)
        print_joined(joined, tree, v);
    printf("memory           %s at the peak; %s planned%s\n", size_text(peak_memory_bytes()),
           size_text(r->planned_bytes), joined != NULL ? " for a part" : "");
}

static void print_details(const prover_report *r, const stark_machine *m)
{
    uint64_t cells = 0;
    for (uint32_t chip = 0; chip < VM_CHIPS; chip++)
        cells += r->cells[chip];
    if (cells > 0) {
        print_stages(r, cells);
        print_chips(r, m);
    }
}

/* What is proven: that a program reads this input and makes this public. */
typedef struct {
    bytes elf, input, output;
    block_execution blocks; /* of which one is in use */
    batch_execution batches;
    bool is_batch;
} subject;

static int execute_batches(subject *s, arena *memory, arena *scratch, const char *path)
{
    size_t mark = scratch->used_bytes;
    int code = batch_execute(&s->batches, memory, scratch, path);
    arena_rewind(scratch, mark);
    s->elf = batch_program_elf();
    s->input = s->batches.guest.input;
    s->output = s->batches.guest.output;
    return code;
}

static int execute_blocks(subject *s, arena *memory, char **paths, size_t count, const char *genesis,
                          const hash256 *receipts_before)
{
    block_file *blocks;
    int code = block_files_open(&blocks, memory, paths, count, genesis);
    if (code != EXIT_FINE)
        return code;
    if (receipts_before != NULL && blocks->stateless.data != NULL)
        return fail(EXIT_INPUT, "%s: a stateless input has no receipts before it", blocks->path);
    if (receipts_before != NULL)
        s->blocks.receipts_before = *receipts_before;
    if ((code = block_execute(&s->blocks, memory, blocks, count)) != EXIT_FINE)
        return code;
    block_guest_input(&s->blocks, memory, blocks, count);
    s->elf = block_guest_program(blocks);
    s->input = s->blocks.guest_input;
    s->output = s->blocks.guest_output;
    return EXIT_FINE;
}

static void print_subject(const subject *s)
{
    char text[80];
    const block_output *o = &s->blocks.output;
    if (s->is_batch) {
        batch_output_print(&s->batches.output);
        return;
    }
    printf("%-16s %s on %s\n", s->blocks.count == 1 ? "block" : "blocks",
           range_text(o->first_number, o->last_number), s->blocks.chain);
    printf("hash             %s\n", hex_text(text, o->block_hash.bytes, 32));
    if (s->blocks.payload != NULL)
        printf("payload request  %s\n",
               hex_text(text, s->blocks.stateless.new_payload_request_root.bytes, 32));
    if (!o->held_against_parent)
        printf("parent held      no: `ashlar verify` refuses the proof without --without-parent\n");
}

/* What is asked for on the command line. */
typedef struct {
    char **paths;
    size_t count;
    const char *genesis, *out, *work, *queue;
    const hash256 *receipts_before;
    bool is_batch, by_chip, parts, small;
    prover_options prover;
} request;

/* A run that is made, and where what was made of it lies until its proof is written. */
typedef struct {
    verifier verifier;
    prover_program program;
    prover_run run;
    prover_report report;
    run_proof parts;
    tree_options nodes; /* with what they are joined, unless only they are asked for */
    prover_options part_options, node_options;
    whole_progress progress;
    joined_proof joined;
    tree_report tree;
    status join_outcome; /* of the queue, which joins as it goes */
    jobs_directory *directory;
    jobs_keeper *keeper;
} making;

static int make_in_directory(making *m, arena *memory, arena *scratch, const char *path)
{
    char error[JOBS_ERROR_BYTES];
    uint32_t found;
    if (!jobs_directory_open(&m->directory, error, memory, &m->run, path) ||
        !jobs_directory_prove(&m->parts, &found, error, m->directory, &m->run, memory, scratch))
        return fail(EXIT_INPUT, "%s", error);
    return EXIT_FINE;
}

static int make_on_queue(making *m, arena *memory, arena *scratch, const request *r)
{
    char error[JOBS_ERROR_BYTES];
    const jobs_queue queue = {.url = r->queue, .build = build_of_command()};
    log_open(LOG_WARN, isatty(STDERR_FILENO) ? LOG_READABLE : LOG_TEXT);
    prover_commit(&m->run, memory, scratch);
    bool fine = jobs_keeper_open(&m->keeper, error, memory, scratch, &m->run, &queue);
    if (fine && r->parts)
        fine = jobs_keeper_prove(&m->parts, error, m->keeper, memory, scratch);
    else if (fine)
        fine = jobs_keeper_join(&m->joined, &m->tree, &m->join_outcome, &m->parts, error, m->keeper, &m->nodes, memory, scratch);
    return fine ? EXIT_FINE : fail(EXIT_INPUT, "%s", error);
}

static int make_proof(making *m, arena *memory, arena *scratch, const subject *s, const request *r)
{
    prover_fault fault = {0};
    verifier_open(&m->verifier, memory, &PROOF_FULL);
    const char *reason = "";
    if (prover_program_open(&m->program, memory, &reason, &m->verifier, s->elf) != OK)
        return fail(EXIT_INPUT, "the guest program of this build cannot be loaded: %s", reason);
    m->node_options = m->part_options = r->prover;
    int code = r->parts ? EXIT_FINE : tree_of_command(&m->nodes, memory, &m->verifier, &m->node_options);
    if (code != EXIT_FINE)
        return code;
    bool whole = !r->parts && r->queue == NULL && r->prover.progress != NULL; /* a queue tells of all by itself */
    if (whole)
        progress_open(&m->progress, &m->part_options, &m->node_options, &m->nodes, r->prover.progress,
                      r->prover.progress_context);
    status outcome = prover_plan(&m->run, &m->report, &fault, memory, scratch, &m->program, s->input, s->output,
                                 &m->part_options);
    if (outcome == OK && whole)
        progress_plan(&m->progress, &m->run);
    if (outcome == OK && r->work != NULL)
        code = make_in_directory(m, memory, scratch, r->work);
    else if (outcome == OK && r->queue != NULL)
        code = make_on_queue(m, memory, scratch, r);
    else if (outcome == OK)
        prover_finish(&m->parts, &m->run, memory, scratch);
    prover_close(&m->run);
    if (r->prover.progress != NULL)
        fputs("\r\033[K", stderr);
    if (outcome == MEMORY_LIMIT)
        return fail(EXIT_INPUT, "proving takes at least %s; allow more with --memory",
                    size_text(m->report.planned_bytes));
    if (outcome == GUEST_FAULT)
        return fail(EXIT_INVALID, "bug: the guest ended at pc 0x%llx: %s (%llu); please report this",
                    4ull * fault.pc4, riscv_fault_message(fault.fault), (unsigned long long)fault.address);
    return outcome == OK ? code : fail(status_exit_code(outcome), "%s: %s", r->paths[0], status_message(outcome));
}

static int write_parts(making *m, arena *memory, const char *path)
{
    size_t size_bytes = run_proof_size_bytes(&m->parts, &m->verifier);
    uint8_t *file = arena_allocate(memory, size_bytes, 64);
    run_proof_write(file, &m->parts, &m->verifier);
    return file_write(path, file, size_bytes);
}

/* What was proven is not lost where it cannot be joined. */
static void leave_parts(making *m, arena *memory, const request *r)
{
    size_t size = strlen(r->out) + sizeof ".parts";
    char *path = arena_allocate(memory, size, 1);
    snprintf(path, size, "%s.parts", r->out);
    if (write_parts(m, memory, path) == EXIT_FINE)
        fprintf(stderr, "ashlar: the proof of its parts is in %s\n", path);
}

/* The proof of parts is verified as it is joined. */
static int join_parts(making *m, arena *memory, arena *scratch, const request *r)
{
    const tree_options *nodes = &m->nodes;
    char error[JOBS_ERROR_BYTES];
    status s = m->join_outcome;
    bool is_kept = true;
    if (m->directory != NULL)
        is_kept = jobs_directory_join(&m->joined, &m->tree, &s, error, m->directory, &m->parts, nodes, memory, scratch);
    else if (m->keeper == NULL)
        s = tree_join_parts(&m->joined, &m->tree, nodes, &m->parts, memory, scratch);
    if (is_kept && s == OK && r->small)
        s = tree_add_pass(&m->joined, &m->tree, nodes, memory, scratch);
    if (nodes->node != NULL)
        fputs("\r\033[K", stderr);
    if (!is_kept)
        return fail(EXIT_INPUT, "%s", error);
    return s == OK ? EXIT_FINE : fail_tree(s, r->paths[0]);
}

static int write_proof(making *m, arena *memory, arena *scratch, const request *r)
{
    if (r->parts)
        return write_parts(m, memory, r->out);
    int code = join_parts(m, memory, scratch, r);
    if (code == EXIT_FINE)
        code = write_joined(memory, r->out, &m->joined, &m->verifier);
    else
        leave_parts(m, memory, r);
    return code;
}

static void print_worker(void *context, const char *line)
{
    bool *is_first = context;
    printf("%-16s %s\n", *is_first ? "workers" : "", line);
    *is_first = false;
}

static int prove(arena *memory, arena *scratch, const request *r)
{
    subject s = {.is_batch = r->is_batch};
    int code = s.is_batch ? execute_batches(&s, memory, scratch, r->paths[0])
                          : execute_blocks(&s, memory, r->paths, r->count, r->genesis, r->receipts_before);
    if (code != EXIT_FINE)
        return code;
    making *m = ARENA_NEW(memory, making, 1);
    if ((code = make_proof(m, memory, scratch, &s, r)) == EXIT_FINE)
        code = write_proof(m, memory, scratch, r);
    jobs_directory_close(m->directory, code == EXIT_FINE);
    bool is_first = true;
    if (code == EXIT_FINE) {
        print_subject(&s);
        print_report(&m->report, &m->parts, r->parts ? NULL : &m->joined, &m->tree, &m->verifier, m->keeper != NULL);
        if (m->keeper != NULL)
            jobs_keeper_report(m->keeper, print_worker, &is_first);
        if (r->by_chip)
            print_details(&m->report, &m->verifier.machine);
    }
    jobs_keeper_close(m->keeper, code == EXIT_FINE);
    if (code != EXIT_FINE)
        return code;
    printf("written to       %s\n", r->out);
    return EXIT_FINE;
}

static int run(int argc, char **argv)
{
    const char *out = NULL, *threads = NULL, *memory_text = NULL, *genesis = NULL, *segment = NULL;
    const char *receipts_text = NULL, *work = NULL, *queue = NULL;
    bool report = false, batch = false, parts = false, small = false;
    if (argc == 2 && strcmp(argv[1], "--job") == 0)
        return proving_job(build_of_command());
    wait_without_spinning(argv - 1); /* before a command's arguments is the program's name */
    const option options[] = {{"-o", &out, NULL},           {"--threads", &threads, NULL},
                              {"--memory", &memory_text, NULL}, {"--segment", &segment, NULL},
                              {"--genesis", &genesis, NULL}, {"--report", NULL, &report},
                              {"--receipts-before", &receipts_text, NULL}, {"--batch", NULL, &batch},
                              {"--work", &work, NULL}, {"--queue", &queue, NULL},
                              {"--parts", NULL, &parts}, {"--small", NULL, &small}};
    int operands;
    int code = options_parse(&command_prove, argc, argv, options, sizeof options / sizeof *options, 1, 4096,
                             &operands);
    if (code != EXIT_FINE)
        return code;
    if (out == NULL)
        return fail_usage(&command_prove, "-o PROOF is needed");
    if (batch && (operands != 1 || genesis != NULL))
        return fail_usage(&command_prove, "--batch takes one file, which has its chain's rules with it");
    if (work != NULL && queue != NULL)
        return fail_usage(&command_prove, "--work and --queue do not go together: the queue keeps what is proven");
    if (parts && small)
        return fail_usage(&command_prove, "--parts and --small do not go together: what is joined once more is one proof");
    hash256 receipts_before;
    if (receipts_text != NULL && batch)
        return fail_usage(&command_prove, "--receipts-before is about blocks, not --batch");
    if (receipts_text != NULL &&
        hex_decode_exact(receipts_before.bytes, 32, receipts_text, strlen(receipts_text)) != OK)
        return fail_usage(&command_prove, "--receipts-before must be 32 bytes in hex");
    uint64_t log2_cycles = 0;
    prover_resources resources;
    if ((code = read_resources(&resources, &command_prove, threads, memory_text)) != EXIT_FINE)
        return code;
    if (segment != NULL &&
        (code = option_number(&command_prove, &log2_cycles, "--segment", segment, 14, 23)) != 0)
        return code;
    omp_set_num_threads((int)resources.threads);

    double last_progress = 0;
    request r = {.paths = argv + 1, .count = (size_t)operands, .genesis = genesis, .out = out, .work = work,
                 .queue = queue,
                 .receipts_before = receipts_text != NULL ? &receipts_before : NULL, .is_batch = batch,
                 .by_chip = report, .parts = parts, .small = small,
                 .prover = {.memory_bytes = resources.memory_bytes, .segment_log2_cycles = (uint32_t)log2_cycles}};
    if (isatty(STDERR_FILENO)) {
        r.prover.progress = show_progress;
        r.prover.progress_context = &last_progress;
    }

    arena memory, scratch;
    arena_open(&memory, BLOCK_ARENA_BYTES);
    arena_open(&scratch, BLOCK_ARENA_BYTES);
    code = prove(&memory, &scratch, &r);
    arena_close(&scratch);
    arena_close(&memory);
    return code;
}

const command command_prove = {
    .name = "prove",
    .usage = "FILE… -o PROOF [--threads N] [--memory GIB] [--report] [--segment LOG2] [--genesis GENESIS] "
             "[--receipts-before HASH] [--batch] [--parts | --small] [--work DIR] [--queue postgres://…]",
    .summary =
        "Executes the block in FILE, or several blocks that follow each other, and writes one proof that "
        "their headers "
        "follow from the pre-state of the first.",
    .help =
        "  FILE               as for `ashlar execute`\n"
        "  -o PROOF           where the proof goes\n"
        "  --threads N        processor cores to use; all by default\n"
        "  --memory GIB       memory to stay under; three quarters of the machine's by default\n"
        "  --report           show seconds by stage, and rows and cells by chip, too\n"
        "  --segment LOG2     at most 2^LOG2 cycles in a segment; by default as many as memory allows\n"
        "  --genesis GENESIS  the chain's rules from a geth-style genesis.json\n"
        "  --receipts-before HASH\n"
        "                     what `ashlar verify` shows as receipts after of the run that this one follows, "
        "so that\n"
        "                     the two outputs join; zeros by default\n"
        "  --parts            leave the proofs of the run's parts as they are, one file of them all; by default they are\n"
        "                     joined into one proof of bounded size, as by `ashlar join`, and where they cannot be, are\n"
        "                     left in PROOF.parts\n"
        "  --small            one join more, for a smaller proof\n"
        "  --work DIR         keep what is proven there until the proof is written: the same command goes on where "
        "it was\n"
        "                     ended, at whatever moment\n"
        "  --queue postgres://…\n"
        "                     have parts and nodes proven by whoever is an `ashlar worker` there; the same command goes on "
        "where it was\n"
        "                     ended. --memory is what a job may take at a worker\n"
        "  --batch            FILE is what the guest program `batch` reads, as for `ashlar execute --batch`\n"
        "  --job              alone: a job of `ashlar node --prover local`, which starts this by itself\n"
        "\nExample: ashlar prove block.json -o block.proof --memory 16\n",
    .run = run,
};
