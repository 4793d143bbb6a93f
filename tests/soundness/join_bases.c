/* Writes inputs that `join` accepts, for join_fuzz: join_bases FOLDER. Of each kind one, with the parameters of tests. */
#include "tests/soundness/join.h"

static void write_base(const char *folder, int number, const join_job *job)
{
    assert_status(verdict(job), OK);
    bytes data = join_input_write(&memory, &tiny, job);
    char path[512];
    snprintf(path, sizeof path, "%s/%d", folder, number);
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(data.data, 1, data.size, f) != data.size || fclose(f) != 0) {
        fprintf(stderr, "join_bases: %s cannot be written\n", path);
        exit(3);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "join_bases FOLDER\n");
        return 2;
    }
    open_all(NULL);
    join_child children[PARTS], both = leaf(&whole.parts[0]);
    join_job job = span_of(&both, 1, &states[0]);
    job.header = header_of(&program, &whole);
    write_base(argv[1], 0, &job);
    job = parts_of(children, 0, 2);
    write_base(argv[1], 1, &job);
    join_statement said = span_said(0, 4);
    fact span = fact_of(&said);
    join_child mixed[] = {inner(&span), leaf(&split.parts[4])};
    job = span_of(mixed, 2, &states[0]);
    write_base(argv[1], 2, &job);
    said = run_said(STATEMENT_RUN, output);
    fact run = fact_of(&said);
    join_child pass = inner(&run);
    job = runs_of(JOIN_PASS, &pass, 1);
    write_base(argv[1], 3, &job);

    /* Two outputs of blocks. */
    static uint8_t outputs[2][14 * 32];
    fact facts[2];
    join_child links[2];
    for (int i = 0; i < 2; i++) {
        memcpy(outputs[i], "ASHLAR/block/3", 14);
        outputs[i][7 * 32 + 31] = outputs[i][8 * 32 + 31] = (uint8_t)(5 + i); /* numbers */
        outputs[i][13 * 32 + 31] = 1;                                         /* held against its parent */
        said = run_said(STATEMENT_RUN, (bytes){outputs[i], sizeof outputs[i]});
        facts[i] = fact_of(&said);
        links[i] = inner(&facts[i]);
        links[i].preimage = (bytes){outputs[i], sizeof outputs[i]};
    }
    job = runs_of(JOIN_LINK, links, 2);
    write_base(argv[1], 4, &job);
    close_all(NULL);
    return 0;
}
