/* CHECK: a condition that only a bug in our own code can break. Never compiled out. In the guest a
 * failed CHECK ends the run without a proof; natively it prints where and aborts. */
#ifndef ASHLAR_BASE_CHECK_H
#define ASHLAR_BASE_CHECK_H

/* `file` NULL: no condition of ours, but a limit that was reached, in words; natively exit code 4. */
_Noreturn void check_failed(const char *condition, const char *file, int line);

#define CHECK(condition)                                   \
    do {                                                   \
        if (__builtin_expect(!(condition), 0))             \
            check_failed(#condition, __FILE__, __LINE__);  \
    } while (0)

#endif
