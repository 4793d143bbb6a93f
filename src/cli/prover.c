#define _GNU_SOURCE
#include "cli/prover.h"

#include "cli/block_program.h"

#include <stdlib.h>
#include <unistd.h>

static char **started_with;

void wait_without_spinning(char **argv)
{
    started_with = argv;
    if (getenv("OMP_WAIT_POLICY") == NULL && setenv("OMP_WAIT_POLICY", "passive", 1) == 0)
        begin_anew(); /* where that fails it is only slower */
}

void begin_anew(void) { execv("/proc/self/exe", started_with); }

uint64_t memory_to_use(uint64_t gib)
{
    return gib != 0 ? gib << 30 : (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 4 * 3;
}

const jobs_build *build_of_command(const verifier *v)
{
    static jobs_program programs[3];
    static jobs_build build;
    programs[0] = (jobs_program){block_program_id, block_program_elf()};
    programs[1] = (jobs_program){stateless_program_id, stateless_program_elf()};
    programs[2] = (jobs_program){batch_program_id, batch_program_elf()};
    build = (jobs_build){.verifier = v, .programs = programs, .program_count = sizeof programs / sizeof *programs};
    return &build;
}
