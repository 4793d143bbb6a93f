/* Runs a program: at full speed; cut into segments, noting what each touches; or one segment with every
 * access, which is what traces are filled from. Hosted only.
 *
 * To prove: open a machine, riscv_record until it halts (segments, ledger); open a second one and
 * for each segment in order riscv_trace it, or riscv_skip it. One machine does not mix the two. */
#ifndef ASHLAR_RISCV_EMULATOR_H
#define ASHLAR_RISCV_EMULATOR_H

#include "abi/calls.h"
#include "riscv/program.h"

typedef enum {
#define FAULT(NAME, message) RISCV_FAULT_##NAME,
#include "riscv/faults.def"
#undef FAULT
    RISCV_FAULTS
} riscv_fault;

const char *riscv_fault_message(riscv_fault fault);

/* ---- the machine ---------------------------------------------------------------------------------- */

typedef struct {
    const riscv_program *program;
    uint64_t registers[RISCV_REGISTERS];
    uint32_t pc4; /* RISCV_HALT after exit 0 */
    uint64_t cycles;
    uint32_t segments; /* finished; segments count from 1 */

    /* After a refusal. */
    riscv_fault fault;
    uint64_t fault_address; /* of memory, the jump, the list's word; the call's number or the exit code */

    /* Private. */
    struct riscv_operation *operations;
    uint8_t *memory;         /* 4 GiB, reserved; taken page by page */
    uint8_t *block_access;   /* by block */
    /* by word of memory: the segment that last touched it, 0 none; made by riscv_record */
    uint16_t *last_segments;
    /* by word of memory: tick of the last access in this segment; made by riscv_trace */
    uint32_t *ticks;
    uint64_t *counts;        /* by instruction; made by riscv_profile */
    uint16_t register_segments[RISCV_REGISTERS];
} riscv_machine;

/* Owned: close it. `program` is borrowed until then, `input` only during the call. INPUT_MALFORMED: longer
 * than the input region. */
__attribute__((warn_unused_result)) status riscv_open(riscv_machine *machine, const riscv_program *program,
                                                      bytes input);
void riscv_close(riscv_machine *machine);

/* Runs on until exit 0, at most max_cycles (0: no limit) further cycles, and those of the last instruction. OK with pc4 == RISCV_HALT: exited;
 * OK otherwise: the limit. GUEST_FAULT: see `fault`; pc4 is the instruction at fault, which had no effect
 * (but items of a list before the one at fault), or where there is none (RISCV_NOWHERE: a branch or JAL out
 * of the text). */
__attribute__((warn_unused_result)) status riscv_run(riscv_machine *machine, uint64_t max_cycles);

/* The four output words as they stand. */
hash256 riscv_output(const riscv_machine *machine);

/* A word of memory; w < 2^29. */
uint64_t riscv_word(const riscv_machine *machine, uint32_t w);

/* ---- segments ------------------------------------------------------------------------------------- */

/* What rows of a segment's tables weigh, in whatever unit the caller counts. */
typedef struct {
    uint32_t chip[RISCV_CHIPS], call[CALL_INDEX_COUNT], call_item[CALL_INDEX_COUNT];
    uint32_t leaf_part[CALL_LEAF_PARTS];
    uint32_t touched, refresh;
} riscv_weights;

/* When a segment ends. More than RISCV_ROWS_MAX of anything means RISCV_ROWS_MAX, the height of the tallest
 * table. */
typedef struct {
    uint32_t cycles;     /* at least 1; a call that alone takes more has a segment of its own */
    uint32_t words;      /* touched words, registers included; at least RISCV_WORDS_MIN */
    uint32_t call_words; /* words that calls read and write; at least RISCV_CALL_WORDS_MAX */
    /* The segment ends with the window of RISCV_WINDOW cycles in which its rows come to weigh so much, and before a call
     * whose own rows would make them weigh more, unless it begins with that. NULL: no matter. */
    const riscv_weights *weights;
    uint64_t weight;
} riscv_limits;

#define RISCV_ROWS_MAX (UINT32_C(1) << 23)

/* What a single call may read and write together: more is refused (RISCV_FAULT_CALL_COUNT), in every mode. */
#define RISCV_CALL_WORDS_MAX (UINT32_C(1) << 20)

/* So that a single call fits an empty segment. */
#define RISCV_WORDS_MIN (RISCV_CALL_WORDS_MAX + 64)

/* A row of the `memory` table. */
typedef struct {
    uint64_t initial, final;
    uint32_t w;            /* word, or register in space 1 */
    uint16_t last_segment; /* that touched it before; 0: none */
    uint16_t space;        /* 0 memory, 1 register */
} riscv_touched;

typedef struct {
    uint32_t index; /* from 1 */
    uint32_t pc4_first, pc4_last; /* pc4_last is the next segment's first, or RISCV_HALT */
    uint32_t cycles;              /* clk_end */
    riscv_touched *touched;       /* words of memory in order of first touch, then registers */
    uint32_t touched_count;
    uint32_t call_words;          /* that calls read and wrote */
    uint32_t refresh_count;       /* registers that were accessed after a pause, each time */
    uint64_t chip_rows[RISCV_CHIPS];       /* executed instructions by chip */
    uint64_t call_counts[CALL_INDEX_COUNT]; /* calls by accelerator */
    uint64_t call_items[CALL_INDEX_COUNT];  /* and the sum of their n */
    uint64_t leaf_parts[CALL_LEAF_PARTS];   /* of the call open, besides */
} riscv_segment;

/* Runs one segment (the next) and notes what it touched, in the arena (which needs room for limits->words of
 * them). The end of the run is pc4_last == RISCV_HALT. GUEST_FAULT as above. RUN_TOO_LONG: more than 65,535
 * segments. */
__attribute__((warn_unused_result)) status riscv_record(riscv_machine *machine, riscv_segment *segment,
                                                        arena *a, const riscv_limits *limits);

/* A row of the `ledger`: a word of the run with its first and last value, in rising order of (space, w). */
typedef struct {
    uint64_t initial, final;
    uint32_t w;
    uint16_t last_segment;
    uint8_t space;
    uint8_t region; /* riscv_region */
} riscv_ledger_row;

/* Every word that the recorded segments (all of them, in order) touched, and the four output words. */
void riscv_ledger(riscv_ledger_row **rows, uint32_t *count, arena *a, const riscv_program *program,
                  const riscv_segment *segments, uint32_t segment_count);

/* ---- traces --------------------------------------------------------------------------------------- */

/* tick = 8·clk + k + 1, clk from 0 in each segment; 0 is "not yet accessed in this segment". */
enum {
    RISCV_K_RS1 = 0,
    RISCV_K_CALL_REGISTERS = 0,
    RISCV_K_RS2 = 1,
    RISCV_K_BEFORE_ITEMS = 1, /* the operand without items that a call with a list reads */
    RISCV_K_READ = 2, /* a load's words; the i-th operand that a call reads, or block of an item: + i */
    RISCV_K_LIST = 5,
    RISCV_K_WRITE = 6,
    RISCV_K_RD = 7
};

static inline uint32_t riscv_tick(uint32_t clk, uint32_t k) { return 8 * clk + k + 1; }

/* A register's gap to the access before must be less than 2^16 ticks. So cycles are counted in windows of RISCV_WINDOW:
 * a register that is accessed in window j, but was last in j − 2 or earlier (or is accessed for the first time: in window
 * 0), is refreshed at the first tick of window j − 1. */
enum { RISCV_WINDOW = 1 << 12 };

typedef struct {
    uint64_t value;
    uint32_t r, previous_tick, tick;
} riscv_refresh;

typedef struct {
    uint64_t old, new; /* equal for a read */
    uint32_t w;
    uint32_t previous_tick;
} riscv_access;

/* One executed instruction; its clk is its place in the array. What the kind does not use is 0. The cycles of a call
 * beyond its first have chip RISCV_CHIPS and nothing else. */
typedef struct {
    uint32_t pc4, next_pc4;
    uint32_t instruction; /* index into program->instructions */
    uint8_t kind;
    uint8_t chip;     /* riscv_chip, after alignment */
    uint8_t accesses; /* used entries of `memory` */
    uint8_t reserved;
    uint64_t rs1, rs2, rd_old, rd_new;
    uint32_t rs1_previous_tick, rs2_previous_tick, rd_previous_tick;
    uint32_t call; /* index into calls, for kind RISCV_CALL */
    riscv_access memory[2];
} riscv_event;

_Static_assert(sizeof(riscv_event) <= 112, "the event fills memory bandwidth");

/* One ECALL. The registers are a0 … a5, a7 in this order. */
typedef struct {
    uint32_t clk;
    uint32_t number;     /* CALL_EXIT or one of calls.def */
    uint32_t call_index; /* CALL_INDEX_…; CALL_INDEX_COUNT for exit */
    uint32_t n;          /* items: a5, or 1 if the call is not counted; 0 for exit */
    uint64_t registers[7];
    uint32_t previous_ticks[7];
    /* Of a call with a list: into call_accesses, item after item the blocks that are read, the list's word,
     * the block that is written; and how many words these are. */
    uint32_t first_item, item_words;
    uint32_t operands;                        /* used pointers */
    /* into call_accesses, for operands that are read, at tick k = 2 + order among them; if items take cycles,
     * those that have items at 2, and at 2 + order the others */
    uint32_t first_read[CALL_OPERANDS_MAX];
    /* into call_accesses, for operands that are written, at tick k = 6 */
    uint32_t first_write[CALL_OPERANDS_MAX];
    uint32_t words[CALL_OPERANDS_MAX];        /* accesses of each, one item's after another's */
} riscv_call;

typedef struct {
    riscv_event *events;
    uint32_t event_count;
    riscv_call *calls;
    uint32_t call_count;
    riscv_access *call_accesses;
    uint32_t call_access_count;
    riscv_refresh *refreshes;
    uint32_t refresh_count;
    uint32_t *last_ticks; /* for each entry of segment->touched: its last access */
} riscv_trace_data;

/* Executes a recorded segment again and notes every access. The machine stands at the segment's start
 * (CHECKed). Everything lies in the arena: 112 bytes a cycle and the calls. */
void riscv_trace(riscv_machine *machine, riscv_trace_data *trace, arena *a, const riscv_segment *segment);

/* Steps over a recorded segment by its final values. */
void riscv_skip(riscv_machine *machine, const riscv_segment *segment);

/* ---- profile -------------------------------------------------------------------------------------- */

/* Like riscv_run without a limit, counting executed instructions in machine->counts by instruction. */
__attribute__((warn_unused_result)) status riscv_profile(riscv_machine *machine);

/* Cycles of a function (symbol_count of them, plus one last entry for what belongs to none), from
 * machine->counts. */
typedef struct {
    const char *name;
    uint64_t cycles;
} riscv_profile_row;

/* By falling cycles, without functions that never ran. */
void riscv_profile_rows(riscv_profile_row **rows, uint32_t *count, arena *a, const riscv_machine *machine);

#endif
