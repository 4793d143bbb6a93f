#include "cli/batch.h"

#include "base/clock.h"

static int refuse(const batch_execution *e, status why)
{
    return fail(status_exit_code(why) == EXIT_UNSUPPORTED ? EXIT_UNSUPPORTED : EXIT_INPUT, "%s: %s", e->path,
                status_message(why));
}

int batch_execute(batch_execution *e, arena *memory, arena *scratch, const char *path)
{
    bytes file;
    e->path = path;
    int code = file_read(&file, memory, path);
    if (code != EXIT_FINE)
        return code;
    status s = rollup_run_parse(&e->config, &e->run, memory, file);
    if (s == OK && !chain_is_rollup(&e->config))
        return fail(EXIT_INPUT, "%s: is no batch, but a block's input", path);
    if (s != OK)
        return fail(EXIT_INPUT, "%s: is no batch as `ashlar prove --batch` takes it: %s", path,
                    status_message(s));
    e->results = ARENA_NEW(memory, rollup_batch_result, e->run.step_count);
    double start = clock_seconds();
    s = rollup_run_derive(&e->output, e->results, memory, scratch, &e->config, &e->run);
    e->seconds = clock_seconds() - start;
    if (s != OK)
        return refuse(e, s);
    uint8_t *encoding = arena_allocate(memory, BATCH_OUTPUT_BYTES, 8);
    batch_output_write(encoding, &e->output);
    e->guest.path = path;
    e->guest.input = file;
    e->guest.output = (bytes){encoding, BATCH_OUTPUT_BYTES};
    return EXIT_FINE;
}
