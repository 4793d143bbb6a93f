#include "cli/tally.h"

int tally_print(const fixture_tally *tally, const fixture_options *options)
{
    if (options->guest)
        printf("guest: %s runs, %s cycles, at most %s in one\n", grouped(tally->guest_runs),
               grouped(tally->guest_cycles), grouped(tally->guest_cycles_most));
    printf("%llu passed, %llu failed", (unsigned long long)tally->passed, (unsigned long long)tally->failed);
    if (tally->unsupported > 0)
        printf(", %llu not supported", (unsigned long long)tally->unsupported);
    putchar('\n');
    if (tally->failed > 0 || tally->passed + tally->unsupported == 0)
        return EXIT_INVALID;
    return tally->passed == 0 ? EXIT_UNSUPPORTED : EXIT_FINE;
}
