/* libashlar_verify: says what a proof of Ashlar proves, from the proof file alone, of parts or joined.
 *
 * The library allocates nothing, keeps nothing between calls, opens no file and asks nobody: its memory is the caller's
 * scratch. It needs no other library, and may be used from any number of threads at once. Of hostile bytes it makes a
 * verdict, never more. What a proof says, and what it does not: docs/protocol.md, sections 10 to 12. A complete example:
 * examples/verify/verify.c.
 *
 *     size_t scratch_size;
 *     ashlar_statement statement;
 *     ashlar_expected expected = {.program = ashlar_program_id("block"), .join = ashlar_program_id("join")};
 *     ashlar_verdict verdict = ashlar_verify_scratch(&scratch_size, file, file_size, file_size);
 *     if (verdict == ASHLAR_VERIFIED)
 *         verdict = ashlar_verify(&statement, &expected, file, file_size, malloc(scratch_size), scratch_size);
 *
 * For machines that are little-endian. A call takes less than 128 KiB of stack. */
#ifndef ASHLAR_VERIFY_H
#define ASHLAR_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ASHLAR_VERIFY_API __attribute__((visibility("default")))
#else
#define ASHLAR_VERIFY_API
#endif

/* Numbers stay what they are; later versions may add some. */
typedef enum {
    ASHLAR_VERIFIED = 0,

    /* The file is refused. */
    ASHLAR_MALFORMED = 1,       /* not a proof file, cut short, longer than it says, or with a word that is no element */
    ASHLAR_OTHER_VERSION = 2,   /* of a version or form that this library does not know, or joined where none is expected */
    ASHLAR_OTHER_PROGRAM = 3,   /* about another program than the one expected */
    ASHLAR_SHAPE = 4,           /* parts or tables are missing, doubled, out of order, or of sizes that are not allowed */
    ASHLAR_CHAIN = 5,           /* the parts do not continue each other from the program's entry to its exit */
    ASHLAR_GRINDING = 6,        /* a nonce does not grind */
    ASHLAR_BUS = 7,             /* what tables send and receive does not balance */
    ASHLAR_CONSTRAINTS = 8,     /* constraints do not hold at the random point */
    ASHLAR_OPENING = 9,         /* a Merkle path does not lead to its cap */
    ASHLAR_FOLDING = 10,        /* a value does not fold to the next one */
    ASHLAR_STATEMENT = 11,      /* a joined proof says what is no whole run, or not what stands in the file beside it */

    /* The call is wrong; nothing is said about the file. */
    ASHLAR_ID_MALFORMED = 32,     /* no expected id, or one with a word that is not below the field's modulus */
    ASHLAR_MISALIGNED = 33,       /* the file is not at a multiple of 4 bytes, or the scratch not at one of 16 */
    ASHLAR_SCRATCH_TOO_SMALL = 34 /* less than ashlar_verify_scratch gives for a file of this size */
} ashlar_verdict;

enum { ASHLAR_ID_BYTES = 32, ASHLAR_HEAD_BYTES = 65536 };

/* What the caller relies on: it must come from elsewhere than the proof. Borrowed for the call. */
typedef struct {
    /* The program's id, ASHLAR_ID_BYTES as `ashlar info` prints them. */
    const uint8_t *program;
    /* Likewise of the program `join`, which verifies proofs and says in one what they prove; NULL: joined proofs are not
     * expected. `last` is for a form that this version does not know. Proofs of parts need neither. */
    const uint8_t *join, *last;
} ashlar_expected;

/* By ashlar_statement.form; later versions may add some. */
enum {
    ASHLAR_FORM_PARTS = 0, /* a proof for each part of one run */
    ASHLAR_FORM_JOINED = 1 /* one proof, made by `join`, that others were verified */
};

/* What a verified file proves: the program ended with exit code 0 and made this output public; or, where is_linked, it did
 * so once or several times, and by the rules of its output's format these runs follow each other and come to this output
 * together (docs/protocol.md, section 12). Of a file that is refused all is zero but bad_part. */
typedef struct {
    uint8_t program[ASHLAR_ID_BYTES];
    const uint8_t *output; /* borrowed: in the caller's file */
    size_t output_size;
    uint64_t cycles; /* of the run that the file has the proofs of: in a joined one that of `join`, as are the counts */
    uint32_t form;
    uint32_t segment_count, ledger_count;
    uint32_t bad_part; /* the part to blame, counted from 1: segments, then ledger parts; 0: none of them alone */
    uint32_t is_linked; /* 0 or 1 */
    uint32_t reserved[7]; /* 0 */
} ashlar_statement;

/* Verifies a whole file. The file is at a multiple of 4 bytes, the scratch at one of 16; what is in the scratch before
 * does not matter, and after the call it may be given back or used again. Any pointer is the caller's promise that as
 * many bytes can be read, or in the scratch written, there. */
ASHLAR_VERIFY_API ashlar_verdict ashlar_verify(ashlar_statement *statement, const ashlar_expected *expected,
                                               const void *file, size_t file_size, void *scratch, size_t scratch_size);

/* The scratch that ashlar_verify takes for a file of `file_size` bytes that begins with `head`: its first
 * ASHLAR_HEAD_BYTES, or all of it if it is shorter, at a multiple of 4 bytes. It is 3 MiB and a sixty-fourth of the file
 * at most. ASHLAR_MALFORMED, ASHLAR_OTHER_VERSION: the file can be refused by its head, among others because it is larger
 * than a file with this head can be; so whoever reads from a stranger need not read on. ASHLAR_MISALIGNED. */
ASHLAR_VERIFY_API ashlar_verdict ashlar_verify_scratch(size_t *scratch_size, const void *head, size_t head_size,
                                                       uint64_t file_size);

/* The id of a program as it was when the library was built, "block", "stateless", "batch" or "join"; NULL: there is none of
 * this name. Static. */
ASHLAR_VERIFY_API const uint8_t *ashlar_program_id(const char *name);

/* A sentence in lower case without a full stop; of what is no verdict "unknown verdict". Static. */
ASHLAR_VERIFY_API const char *ashlar_verdict_message(ashlar_verdict verdict);

/* Of the library, "MAJOR.MINOR.PATCH". Static. */
ASHLAR_VERIFY_API const char *ashlar_verify_version(void);

#ifdef __cplusplus
}
#endif

#endif
