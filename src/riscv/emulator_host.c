#define _GNU_SOURCE
#include "riscv/emulator.h"

#include "base/check.h"
#include "crypto/hint.h"
#include "riscv/calls.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MEMORY_BYTES (UINT64_C(1) << 32)
#define MEMORY_WORDS (UINT64_C(1) << 29)

/* An instruction as the interpreter wants it. */
typedef struct riscv_operation {
    uint64_t constants;
    uint64_t registers; /* the registers it accesses, as bits */
    uint32_t target;    /* as an index */
    uint8_t kind, rd, rs1, rs2;
    uint64_t reserved; /* a power of two makes indices shifts */
} operation;

/* What a block allows. ACCESS_OUTPUT: both, but only in the output words. */
enum { ACCESS_NONE = 0, ACCESS_READ = 1, ACCESS_WRITE = 2, ACCESS_OUTPUT = 4 };

typedef enum { MODE_RUN, MODE_PROFILE, MODE_RECORD, MODE_TRACE } mode;

typedef struct {
    uint16_t segment;
    riscv_touched *touched;
    uint32_t touched_count, touched_limit;
    uint32_t call_words, call_words_limit;
    bool full; /* end after this instruction */
    uint32_t cycles_left; /* at the window's start; no limit to the first instruction of a segment */
    bool is_empty;        /* nothing stands before the window */
    uint64_t registers, window_registers; /* accessed in the segment; in this window */
    uint32_t window, register_windows[RISCV_REGISTERS]; /* of the last access */
    uint32_t refresh_count;
    uint64_t kind_counts[RISCV_KINDS];
    uint64_t misaligned_loads[2], misaligned_stores[2]; /* [1] for 64 bits */
    uint64_t call_counts[CALL_INDEX_COUNT], call_items[CALL_INDEX_COUNT], leaf_parts[CALL_LEAF_PARTS];
    const riscv_weights *weights; /* NULL: rows weigh nothing */
    uint64_t weight_limit;
} recorder;

typedef struct {
    riscv_trace_data *data;
    uint32_t register_ticks[RISCV_REGISTERS];
} tracer;

const char *riscv_fault_message(riscv_fault fault)
{
    static const char *const messages[RISCV_FAULTS] = {
#define FAULT(NAME, message) message,
#include "riscv/faults.def"
#undef FAULT
    };
    return messages[fault];
}

/* ---- opening -------------------------------------------------------------------------------------- */

/* Zeroes that cost nothing until they are touched. */
static void *reserve(size_t size_bytes)
{
    void *memory =
        mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(memory != MAP_FAILED);
    return memory;
}

static size_t operations_bytes(const riscv_program *program)
{
    return ((size_t)program->instruction_count + 2) * sizeof(operation);
}

static const uint8_t call_registers[7] = {10, 11, 12, 13, 14, 15, 17};

/* Two more operations stand for everything outside: where the text ends, and any other target. */
static void predecode(operation *operations, const riscv_program *program)
{
    uint32_t count = program->instruction_count, base = program->instructions[0].pc4;
    for (uint32_t i = 0; i < count; i++) {
        const riscv_instruction *in = &program->instructions[i];
        const riscv_kind_info *info = &riscv_kinds[in->kind];
        uint64_t registers = 0;
        if (info->reads_rs1)
            registers |= UINT64_C(1) << in->rs1;
        if (info->reads_rs2)
            registers |= UINT64_C(1) << in->rs2;
        if (info->writes_rd)
            registers |= UINT64_C(1) << in->rd;
        if (in->kind == RISCV_CALL)
            for (size_t r = 0; r < sizeof call_registers; r++)
                registers |= UINT64_C(1) << call_registers[r];
        uint32_t target = in->target4 - base;
        operations[i] = (operation){.constants = in->constants,
                                    .registers = registers,
                                    .target = target <= count ? target : count + 1,
                                    .kind = in->kind,
                                    .rd = in->rd,
                                    .rs1 = in->rs1,
                                    .rs2 = in->rs2};
    }
}

status riscv_open(riscv_machine *machine, const riscv_program *program, bytes input)
{
    if (input.size > MAP_INPUT_END - MAP_INPUT_BASE - 8)
        return INPUT_MALFORMED;
    *machine = (riscv_machine){.program = program, .pc4 = program->entry_pc4};
    machine->operations = reserve(operations_bytes(program));
    predecode(machine->operations, program);
    machine->memory = reserve(MEMORY_BYTES + MAP_BLOCK_BYTES);
    machine->block_access = reserve(MAP_BLOCKS + 1);
    for (uint32_t block = 0; block < MAP_BLOCKS; block++) {
        riscv_region region = riscv_region_of(program, block);
        bool writable = (uint64_t)block << MAP_BLOCK_LOG2 >= MAP_WRITABLE_BASE;
        machine->block_access[block] = region == RISCV_UNMAPPED        ? ACCESS_NONE
                                       : region == RISCV_REGION_OUTPUT ? ACCESS_OUTPUT
                                       : writable                      ? ACCESS_READ | ACCESS_WRITE
                                                                       : ACCESS_READ;
    }
    if (program->image_blocks != 0)
        memcpy(machine->memory + MAP_IMAGE_BASE, program->image_words,
               (size_t)program->image_blocks * MAP_BLOCK_BYTES);
    uint64_t size = input.size;
    memcpy(machine->memory + MAP_INPUT_BASE, &size, 8);
    if (size != 0)
        memcpy(machine->memory + MAP_INPUT_BASE + 8, input.data, size);
    return OK;
}

void riscv_close(riscv_machine *machine)
{
    munmap(machine->operations, operations_bytes(machine->program));
    munmap(machine->memory, MEMORY_BYTES + MAP_BLOCK_BYTES);
    munmap(machine->block_access, MAP_BLOCKS + 1);
    if (machine->last_segments != NULL)
        munmap(machine->last_segments, MEMORY_WORDS * sizeof *machine->last_segments);
    if (machine->ticks != NULL)
        munmap(machine->ticks, MEMORY_WORDS * sizeof *machine->ticks);
    if (machine->counts != NULL)
        munmap(machine->counts, operations_bytes(machine->program));
    *machine = (riscv_machine){0};
}

uint64_t riscv_word(const riscv_machine *machine, uint32_t w)
{
    uint64_t value;
    memcpy(&value, machine->memory + 8 * (uint64_t)w, 8);
    return value;
}

hash256 riscv_output(const riscv_machine *machine)
{
    hash256 output;
    memcpy(output.bytes, machine->memory + MAP_OUTPUT_BASE, sizeof output.bytes);
    return output;
}

/* ---- accesses ------------------------------------------------------------------------------------- */

#define INLINE static inline __attribute__((always_inline))
#define LIKELY(x) __builtin_expect((x), 1)

/* Whether [address, address + size) may be read or written; it spans at most two blocks. */
INLINE bool mapped(const uint8_t *block_access, uint8_t wanted, uint64_t address, uint64_t size_bytes)
{
    if (!LIKELY(address < MEMORY_BYTES))
        return false;
    uint64_t last = address + size_bytes - 1;
    uint8_t access = block_access[address >> MAP_BLOCK_LOG2] & block_access[last >> MAP_BLOCK_LOG2];
    if (LIKELY((access & wanted) != 0))
        return true;
    return access == ACCESS_OUTPUT && last < MAP_OUTPUT_BASE + MAP_OUTPUT_BYTES;
}

/* The same for any size below 2^32, by blocks. */
static bool range_mapped(const uint8_t *block_access, uint8_t wanted, uint64_t address, uint64_t size_bytes)
{
    if (address >= MEMORY_BYTES || size_bytes > MEMORY_BYTES - address)
        return false;
    uint64_t last = address + size_bytes - 1;
    for (uint64_t at = address; at <= last; at = (at | (MAP_BLOCK_BYTES - 1)) + 1) {
        uint64_t block_last = at | (MAP_BLOCK_BYTES - 1);
        if (!mapped(block_access, wanted, at, (last < block_last ? last : block_last) - at + 1))
            return false;
    }
    return true;
}

/* Why it may not be written. */
static riscv_fault write_fault(const riscv_machine *machine, uint64_t address, uint64_t size_bytes)
{
    bool readable = range_mapped(machine->block_access, ACCESS_READ, address, size_bytes);
    return readable ? RISCV_FAULT_WRITE_READ_ONLY : RISCV_FAULT_ACCESS_OUTSIDE_MAP;
}

static void touch(const riscv_machine *machine, recorder *r, uint32_t w)
{
    uint16_t last = machine->last_segments[w];
    if (last == r->segment)
        return;
    machine->last_segments[w] = r->segment;
    r->touched[r->touched_count++] =
        (riscv_touched){.initial = riscv_word(machine, w), .w = w, .last_segment = last, .space = 0};
    if (r->touched_count >= r->touched_limit)
        r->full = true;
}

/* Opens an access: the new value equals the old one until close_access. */
INLINE void open_access(riscv_access *access, const riscv_machine *machine, uint32_t w, uint32_t tick)
{
    uint64_t value = riscv_word(machine, w);
    *access = (riscv_access){.old = value, .new = value, .w = w, .previous_tick = machine->ticks[w]};
    machine->ticks[w] = tick;
}

static void close_access(riscv_access *access, const riscv_machine *machine)
{
    access->new = riscv_word(machine, access->w);
}

/* Returns the tick before, after a pause that of the refresh. */
INLINE uint32_t access_register(const riscv_machine *machine, tracer *t, uint32_t r, uint32_t clk, uint32_t k)
{
    uint32_t previous = t->register_ticks[r], window = clk / RISCV_WINDOW;
    uint32_t previous_window = previous == 0 ? 0 : (previous - 1) / 8 / RISCV_WINDOW;
    if (!LIKELY(window < previous_window + 2)) {
        uint32_t tick = riscv_tick((window - 1) * RISCV_WINDOW, 0);
        t->data->refreshes[t->data->refresh_count++] =
            (riscv_refresh){.value = machine->registers[r], .r = r, .previous_tick = previous, .tick = tick};
        previous = tick;
    }
    t->register_ticks[r] = riscv_tick(clk, k);
    return previous;
}

/* Fills the registers of an event, and its place. */
INLINE void trace_registers(riscv_machine *machine, tracer *t, riscv_event *event, const operation *op,
                            uint32_t clk)
{
    const riscv_kind_info *info = &riscv_kinds[op->kind];
    uint32_t instruction = (uint32_t)(op - machine->operations);
    *event = (riscv_event){.pc4 = machine->program->instructions[0].pc4 + instruction,
                           .instruction = instruction,
                           .kind = op->kind,
                           .chip = (uint8_t)info->chip};
    if (info->reads_rs1) {
        event->rs1 = machine->registers[op->rs1];
        event->rs1_previous_tick = access_register(machine, t, op->rs1, clk, RISCV_K_RS1);
    }
    if (info->reads_rs2) {
        event->rs2 = machine->registers[op->rs2];
        event->rs2_previous_tick = access_register(machine, t, op->rs2, clk, RISCV_K_RS2);
    }
    if (info->writes_rd) {
        event->rd_old = machine->registers[op->rd];
        event->rd_previous_tick = access_register(machine, t, op->rd, clk, RISCV_K_RD);
    }
}

/* Opens the accesses of a load or store. */
INLINE void trace_access(const riscv_machine *machine, riscv_event *event, uint64_t address,
                         uint32_t size_bytes,
                         uint32_t tick, uint8_t misaligned_chip)
{
    uint32_t w = (uint32_t)(address / 8);
    open_access(&event->memory[0], machine, w, tick);
    event->accesses = 1;
    if (address % 8 + size_bytes > 8) {
        open_access(&event->memory[1], machine, w + 1, tick);
        event->accesses = 2;
    }
    if (address % size_bytes != 0)
        event->chip = misaligned_chip;
}

/* ---- weights ------------------------------------------------------------------------------------- */

static void count_chip_rows(uint64_t chip_rows[RISCV_CHIPS], const recorder *r)
{
    memset(chip_rows, 0, RISCV_CHIPS * sizeof *chip_rows);
    for (uint32_t kind = 1; kind < RISCV_KINDS; kind++)
        chip_rows[riscv_kinds[kind].chip] += r->kind_counts[kind];
    static const riscv_chip loads[2] = {RISCV_CHIP_LOAD_NARROW, RISCV_CHIP_LOAD_DOUBLE};
    static const riscv_chip stores[2] = {RISCV_CHIP_STORE_NARROW, RISCV_CHIP_STORE_DOUBLE};
    for (int i = 0; i < 2; i++) {
        chip_rows[loads[i]] -= r->misaligned_loads[i];
        chip_rows[RISCV_CHIP_LOAD_MISALIGNED] += r->misaligned_loads[i];
        chip_rows[stores[i]] -= r->misaligned_stores[i];
        chip_rows[RISCV_CHIP_STORE_MISALIGNED] += r->misaligned_stores[i];
    }
}

static uint64_t weigh_rows(const recorder *r)
{
    const riscv_weights *weights = r->weights;
    uint64_t chip_rows[RISCV_CHIPS];
    uint64_t weight = (uint64_t)r->touched_count * weights->touched + (uint64_t)r->refresh_count * weights->refresh;
    count_chip_rows(chip_rows, r);
    for (uint32_t chip = 0; chip < RISCV_CHIPS; chip++)
        weight += chip_rows[chip] * weights->chip[chip];
    for (uint32_t call = 0; call < CALL_INDEX_COUNT; call++)
        weight += r->call_counts[call] * weights->call[call] + r->call_items[call] * weights->call_item[call];
    for (uint32_t part = 0; part < CALL_LEAF_PARTS; part++)
        weight += r->leaf_parts[part] * weights->leaf_part[part];
    return weight;
}

/* ---- calls ---------------------------------------------------------------------------------------- */

typedef enum { CALL_DONE, CALL_HALTED, CALL_REFUSED, CALL_CUT } call_result;

static call_result refuse(riscv_machine *machine, riscv_fault fault, uint64_t address)
{
    machine->fault = fault;
    machine->fault_address = address;
    return CALL_REFUSED;
}

/* An operand of a call: `items` stretches of `words` words, from the aligned address on, `step` words apart. Item i is
 * accessed in cycle first_cycle + i. Blocks have no items. */
typedef struct {
    uint64_t address, words, items, step;
    uint32_t first_cycle;
} checked_operand;

typedef struct {
    uint32_t index, n, operand_count;
    uint32_t cycles;
    checked_operand operands[CALL_OPERANDS_MAX];
    uint64_t total_words;
    const checked_operand *list, *blocks; /* NULL: there is none */
    uint32_t blocks_read, block_words;
    bool writes_blocks;
} checked_call;

/* Words of all blocks of an item. */
static uint32_t item_block_words(const checked_call *call)
{
    return (call->blocks_read + call->writes_blocks) * call->block_words;
}

/* Of a call with a good count. */
static checked_operand operand_of(const checked_call *call, const call_operand *operand, uint64_t address)
{
    if ((operand->access & CALL_BLOCKS) != 0)
        return (checked_operand){.address = address};
    uint64_t words = (uint64_t)(operand->fixed_words + (int64_t)operand->words_per_item * call->n);
    if (!(call_descriptions[call->index].flags & CALL_ITEMS))
        return (checked_operand){address, words, 1, words, 0};
    if (operand->words_per_item == 0)
        return (checked_operand){address, words, 1, words, call->n - 1};
    uint32_t step = operand->words_per_item;
    return (checked_operand){address & ~UINT64_C(7), step + (address % 8 != 0), words / step, step, 0};
}

/* Which call it is, and that its operands are what the chip can prove. */
static call_result check_call(riscv_machine *machine, checked_call *call)
{
    const uint64_t *x = machine->registers;
    *call = (checked_call){.index = CALL_INDEX_COUNT, .n = 1};
    for (uint32_t i = 0; i < CALL_INDEX_COUNT; i++)
        if (x[17] == call_descriptions[i].number)
            call->index = i;
    if (call->index == CALL_INDEX_COUNT)
        return refuse(machine, RISCV_FAULT_CALL_UNKNOWN, x[17]);
    const call_description *description = &call_descriptions[call->index];
    if ((description->flags & CALL_COUNTED) != 0) {
        if (x[15] == 0 || x[15] > RISCV_CALL_WORDS_MAX)
            return refuse(machine, RISCV_FAULT_CALL_COUNT, x[15]);
        call->n = (uint32_t)x[15];
    }
    if ((description->flags & CALL_ITEMS) != 0 && call->n > CALL_ITEMS_MAX)
        return refuse(machine, RISCV_FAULT_CALL_COUNT, x[15]);
    call->cycles = (description->flags & CALL_ITEMS) != 0 ? call->n : 1;
    if ((description->flags & CALL_UNPROVEN) != 0)
        return CALL_DONE;
    for (uint32_t i = 0; i < CALL_OPERANDS_MAX && description->operands[i].access != 0; i++) {
        const call_operand *operand = &description->operands[i];
        uint64_t address = x[10 + i];
        call->operand_count = i + 1;
        if (address % 8 != 0 && (operand->access & CALL_BYTES) == 0)
            return refuse(machine, RISCV_FAULT_CALL_MISALIGNED, address);
        call->operands[i] = operand_of(call, operand, address);
        const checked_operand *o = &call->operands[i];
        call->total_words += o->items * o->words * (operand->access == CALL_UPDATE ? 2 : 1);
        bool writes = (operand->access & CALL_WRITE) != 0; /* what can be written can be read */
        if ((operand->access & CALL_LIST) != 0)
            call->list = o;
        if ((operand->access & CALL_BLOCKS) != 0) {
            call->blocks = o;
            call->blocks_read = (uint32_t)operand->fixed_words;
            call->block_words = operand->words_per_item;
            call->writes_blocks = writes;
            call->total_words += (uint64_t)call->n * item_block_words(call);
            if (writes && address < MAP_WRITABLE_BASE)
                return refuse(machine, RISCV_FAULT_WRITE_READ_ONLY, address);
        }
        /* What has no items may point anywhere. */
        uint64_t size = o->items == 0 ? 0 : 8 * ((o->items - 1) * o->step + o->words);
        bool there = size == 0 ? address < MEMORY_BYTES
                               : range_mapped(machine->block_access, writes ? ACCESS_WRITE : ACCESS_READ, o->address, size);
        if (!there)
            return refuse(machine, writes ? write_fault(machine, address, size) : RISCV_FAULT_ACCESS_OUTSIDE_MAP,
                          address);
    }
    if (call->total_words > RISCV_CALL_WORDS_MAX)
        return refuse(machine, RISCV_FAULT_CALL_COUNT, call->n);
    /* Results are written in one tick. */
    if (call->operand_count > 1 && (description->operands[1].access & CALL_WRITE) != 0 &&
        x[10] < x[11] + 8 * call->operands[1].words && x[11] < x[10] + 8 * call->operands[0].words)
        return refuse(machine, RISCV_FAULT_CALL_REFUSED, x[17]);
    return CALL_DONE;
}

static uint32_t word_of(const checked_operand *operand, uint64_t item, uint64_t word)
{
    return (uint32_t)(operand->address / 8 + item * operand->step + word);
}

static void record_call(const riscv_machine *machine, recorder *r, const checked_call *call)
{
    r->call_words += (uint32_t)call->total_words;
    r->call_counts[call->index]++;
    r->call_items[call->index] += call->n;
    for (uint32_t i = 0; i < call->operand_count; i++)
        for (uint64_t item = 0; item < call->operands[i].items; item++)
            for (uint64_t j = 0; j < call->operands[i].words; j++)
                touch(machine, r, word_of(&call->operands[i], item, j));
}

static void count_leaf_parts(uint64_t parts[CALL_LEAF_PARTS], const checked_call *call, const call_leaves *leaves)
{
    parts[CALL_LEAF_BLOCKS] = (uint64_t)call->n * ((leaves->words + 7) / 8);
    parts[CALL_PATH_LEVELS] = (uint64_t)call->n * leaves->levels;
    parts[CALL_WEIGHED_WORDS] = leaves->words;
}

/* Rows of the call's own chips. */
static uint64_t weigh_call(const riscv_weights *weights, const checked_call *call, const call_leaves *leaves)
{
    uint64_t weight = weights->call[call->index] + (uint64_t)call->n * weights->call_item[call->index];
    if (leaves != NULL) {
        uint64_t parts[CALL_LEAF_PARTS];
        count_leaf_parts(parts, call, leaves);
        for (uint32_t part = 0; part < CALL_LEAF_PARTS; part++)
            weight += parts[part] * weights->leaf_part[part];
    }
    return weight;
}

static riscv_call *trace_call_registers(const riscv_machine *machine, tracer *t, uint32_t clk)
{
    riscv_call *call = &t->data->calls[t->data->call_count];
    *call = (riscv_call){
        .clk = clk, .number = (uint32_t)machine->registers[17], .call_index = CALL_INDEX_COUNT};
    for (size_t i = 0; i < sizeof call_registers; i++) {
        call->registers[i] = machine->registers[call_registers[i]];
        call->previous_ticks[i] = access_register(machine, t, call_registers[i], clk, RISCV_K_CALL_REGISTERS);
    }
    t->data->events[clk].call = t->data->call_count++;
    return call;
}

static riscv_access *next_call_access(tracer *t)
{
    return &t->data->call_accesses[t->data->call_access_count++];
}

/* Those that are read, or that are written, in order: before the call reads or writes them. Of a call with a
 * list, those without items. */
static void trace_call_operands(const riscv_machine *machine, tracer *t, uint32_t clk, riscv_call *row,
                                const checked_call *call, int access)
{
    const call_description *description = &call_descriptions[call->index];
    bool by_items = (description->flags & CALL_ITEMS) != 0;
    bool before_items = call->list != NULL && access == CALL_READ;
    uint32_t k = access == CALL_WRITE ? RISCV_K_WRITE : before_items ? RISCV_K_BEFORE_ITEMS : RISCV_K_READ;
    for (uint32_t i = 0; i < call->operand_count; i++) {
        const checked_operand *o = &call->operands[i];
        if ((description->operands[i].access & access) == 0 || o == call->list || o == call->blocks)
            continue;
        row->words[i] = (uint32_t)(o->items * o->words);
        *(access == CALL_READ ? &row->first_read[i] : &row->first_write[i]) = t->data->call_access_count;
        uint32_t tick = riscv_tick(clk + (before_items ? 0 : o->first_cycle), k);
        for (uint64_t item = 0; item < o->items; item++, tick += riscv_tick(1, 0) - riscv_tick(0, 0))
            for (uint64_t j = 0; j < o->words; j++)
                open_access(next_call_access(t), machine, word_of(o, item, j), tick);
        bool has_items = by_items && description->operands[i].words_per_item != 0; /* and so cycles of its own */
        if (access == CALL_READ && call->list == NULL && !has_items)
            k++;
    }
}

static void trace_call_results(const riscv_machine *machine, tracer *t, const riscv_call *row,
                               const checked_call *call)
{
    for (uint32_t i = 0; i < call->operand_count; i++)
        if ((call_descriptions[call->index].operands[i].access & CALL_WRITE) != 0)
            for (uint32_t j = 0; j < row->words[i]; j++)
                close_access(&t->data->call_accesses[row->first_write[i] + j], machine);
}

/* The cycles of a call beyond its first. */
static void trace_waiting(tracer *t, uint32_t clk, uint32_t cycles)
{
    for (uint32_t i = 1; i < cycles; i++)
        t->data->events[clk + i] = (riscv_event){.chip = RISCV_CHIPS};
}

static riscv_access *trace_block(const riscv_machine *machine, tracer *t, const checked_operand *block,
                                 uint32_t words, uint32_t tick)
{
    riscv_access *first = &t->data->call_accesses[t->data->call_access_count];
    for (uint32_t j = 0; j < words; j++)
        open_access(next_call_access(t), machine, word_of(block, 0, j), tick);
    return first;
}

/* Item `item` of a call with a list, in its own cycle. */
static call_result execute_item(riscv_machine *machine, mode m, recorder *r, tracer *t, uint32_t clk,
                                const checked_call *call, call_state *state, uint32_t item)
{
    uint32_t list_w = word_of(call->list, item, 0), used = call->blocks_read + call->writes_blocks;
    uint64_t word = riscv_word(machine, list_w), size = 8 * (uint64_t)call->block_words;
    checked_operand block[CALL_LIST_NUMBERS];
    uint8_t *data[CALL_LIST_NUMBERS] = {0};
    for (uint32_t k = 0; k < used; k++) {
        block[k] = (checked_operand){.address = call->blocks->address + size * (word >> 16 * k & 0xFFFF)};
        bool writes = k == call->blocks_read;
        if (!range_mapped(machine->block_access, writes ? ACCESS_WRITE : ACCESS_READ, block[k].address, size))
            return refuse(machine, RISCV_FAULT_ACCESS_OUTSIDE_MAP, block[k].address);
        data[k] = machine->memory + block[k].address;
        for (uint32_t j = 0; m == MODE_RECORD && j < call->block_words; j++)
            touch(machine, r, word_of(&block[k], 0, j));
    }
    riscv_access *written = NULL;
    if (m == MODE_TRACE) {
        for (uint32_t k = 0; k < call->blocks_read; k++)
            trace_block(machine, t, &block[k], call->block_words, riscv_tick(clk, RISCV_K_READ + k));
        open_access(next_call_access(t), machine, list_w, riscv_tick(clk, RISCV_K_LIST));
        if (call->writes_blocks)
            written = trace_block(machine, t, &block[call->blocks_read], call->block_words,
                                  riscv_tick(clk, RISCV_K_WRITE));
    }
    if (!call_list_item(call->index, state, word, data))
        return refuse(machine, RISCV_FAULT_CALL_REFUSED, 8 * (uint64_t)list_w);
    for (uint32_t j = 0; written != NULL && j < call->block_words; j++)
        close_access(&written[j], machine);
    return CALL_DONE;
}

/* One item after another: each sees what those before wrote, even in the list. */
static call_result execute_list(riscv_machine *machine, mode m, recorder *r, tracer *t, uint32_t clk,
                                riscv_call *row, const checked_call *call,
                                uint8_t *const operands[CALL_OPERANDS_MAX])
{
    call_state state = {{0}};
    call_list_begin(call->index, &state, operands);
    if (m == MODE_TRACE) {
        row->first_item = t->data->call_access_count;
        row->item_words = item_block_words(call) + 1;
    }
    for (uint32_t i = 0; i < call->n; i++) {
        call_result result = execute_item(machine, m, r, t, clk + i, call, &state, i);
        if (result != CALL_DONE)
            return result;
    }
    if (m == MODE_TRACE)
        trace_call_operands(machine, t, clk, row, call, CALL_WRITE);
    call_list_end(call->index, &state, operands);
    return CALL_DONE;
}

/* ---- leaves ---- */

enum { LEAF_SUMS, LEAF_DATA, LEAF_WEIGHTS, LEAF_CAP, LEAF_LIST };

static bool is_read(const riscv_machine *machine, uint64_t address, uint64_t words)
{
    return range_mapped(machine->block_access, ACCESS_READ, address, 8 * words);
}

/* What a call open reaches, as the word before its list says. */
static call_result check_leaves(riscv_machine *machine, checked_call *call, call_leaves *leaves)
{
    uint64_t list = call->operands[LEAF_LIST].address, weights = call->operands[LEAF_WEIGHTS].address;
    if (!is_read(machine, list, 1))
        return refuse(machine, RISCV_FAULT_ACCESS_OUTSIDE_MAP, list);
    if (!call_leaves_begin(leaves, riscv_word(machine, (uint32_t)(list / 8))))
        return refuse(machine, RISCV_FAULT_CALL_REFUSED, list);
    uint64_t of_weights = (uint64_t)CALL_WEIGHT_WORDS * leaves->words;
    uint64_t of_item = 1 + leaves->words + CALL_DIGEST_WORDS * (leaves->levels + 1) + CALL_SUM_WORDS;
    call->total_words = 1 + of_weights + of_item * call->n;
    if (call->total_words > RISCV_CALL_WORDS_MAX)
        return refuse(machine, RISCV_FAULT_CALL_COUNT, call->n);
    if (!is_read(machine, weights, of_weights))
        return refuse(machine, RISCV_FAULT_ACCESS_OUTSIDE_MAP, weights);
    if (list >= weights && list < weights + 8 * of_weights) /* both are read in one tick */
        return refuse(machine, RISCV_FAULT_CALL_REFUSED, list);
    memcpy(leaves->weights, machine->memory + weights, 8 * of_weights);
    return call_leaves_weights(leaves) ? CALL_DONE : refuse(machine, RISCV_FAULT_CALL_REFUSED, weights);
}

/* Words that are read, or written, in one tick. */
static void access_words(riscv_machine *machine, mode m, recorder *r, tracer *t, uint64_t address, uint64_t words,
                         uint32_t tick)
{
    const checked_operand all = {.address = address};
    for (uint32_t j = 0; j < words; j++) {
        if (m == MODE_RECORD)
            touch(machine, r, word_of(&all, 0, j));
        if (m == MODE_TRACE)
            open_access(next_call_access(t), machine, word_of(&all, 0, j), tick);
    }
}

static call_result execute_leaf(riscv_machine *machine, mode m, recorder *r, tracer *t, uint32_t clk,
                                const checked_call *call, const call_leaves *leaves, uint32_t item)
{
    uint64_t data = call->operands[LEAF_DATA].address + UINT64_C(8) * leaves->stride * item;
    uint64_t data_words = leaves->words + (uint64_t)CALL_DIGEST_WORDS * leaves->levels;
    uint64_t list = call->operands[LEAF_LIST].address + 8 + UINT64_C(8) * item;
    uint64_t sum = call->operands[LEAF_SUMS].address + UINT64_C(8) * CALL_SUM_WORDS * item;
    if (!is_read(machine, data, data_words))
        return refuse(machine, RISCV_FAULT_ACCESS_OUTSIDE_MAP, data);
    if (!is_read(machine, list, 1))
        return refuse(machine, RISCV_FAULT_ACCESS_OUTSIDE_MAP, list);
    uint64_t index = riscv_word(machine, (uint32_t)(list / 8));
    if (index >> leaves->levels > UINT16_MAX || index > UINT32_MAX)
        return refuse(machine, RISCV_FAULT_CALL_REFUSED, list);
    uint64_t entry = call->operands[LEAF_CAP].address + 8 * CALL_DIGEST_WORDS * (index >> leaves->levels);
    if (!is_read(machine, entry, CALL_DIGEST_WORDS))
        return refuse(machine, RISCV_FAULT_ACCESS_OUTSIDE_MAP, entry);
    if (!range_mapped(machine->block_access, ACCESS_WRITE, sum, 8 * CALL_SUM_WORDS))
        return refuse(machine, write_fault(machine, sum, 8 * CALL_SUM_WORDS), sum);
    access_words(machine, m, r, t, data, data_words, riscv_tick(clk, RISCV_K_READ));
    access_words(machine, m, r, t, entry, CALL_DIGEST_WORDS, riscv_tick(clk, RISCV_K_READ + 1));
    access_words(machine, m, r, t, list, 1, riscv_tick(clk, RISCV_K_LIST));
    riscv_access *written = m == MODE_TRACE ? &t->data->call_accesses[t->data->call_access_count] : NULL;
    access_words(machine, m, r, t, sum, CALL_SUM_WORDS, riscv_tick(clk, RISCV_K_WRITE));
    uint8_t result[8 * CALL_SUM_WORDS];
    if (!call_leaves_item(leaves, result, machine->memory + data, machine->memory + entry, index))
        return refuse(machine, RISCV_FAULT_CALL_REFUSED, data);
    memcpy(machine->memory + sum, result, sizeof result);
    for (uint32_t j = 0; written != NULL && j < CALL_SUM_WORDS; j++)
        close_access(&written[j], machine);
    return CALL_DONE;
}

static call_result execute_leaves(riscv_machine *machine, mode m, recorder *r, tracer *t, uint32_t clk, riscv_call *row,
                                  const checked_call *call, const call_leaves *leaves)
{
    uint64_t list = call->operands[LEAF_LIST].address, weights = call->operands[LEAF_WEIGHTS].address;
    uint32_t tick = riscv_tick(clk, RISCV_K_BEFORE_ITEMS);
    if (m == MODE_RECORD) {
        uint64_t parts[CALL_LEAF_PARTS];
        count_leaf_parts(parts, call, leaves);
        for (uint32_t part = 0; part < CALL_LEAF_PARTS; part++)
            r->leaf_parts[part] += parts[part];
    }
    if (m == MODE_TRACE)
        row->first_read[LEAF_LIST] = t->data->call_access_count;
    access_words(machine, m, r, t, list, 1, tick);
    if (m == MODE_TRACE)
        row->first_read[LEAF_WEIGHTS] = t->data->call_access_count;
    access_words(machine, m, r, t, weights, (uint64_t)CALL_WEIGHT_WORDS * leaves->words, tick);
    if (m == MODE_TRACE) {
        row->first_item = t->data->call_access_count;
        row->item_words = 1 + leaves->words + CALL_DIGEST_WORDS * (leaves->levels + 1) + CALL_SUM_WORDS;
    }
    for (uint32_t i = 0; i < call->n; i++) {
        call_result result = execute_leaf(machine, m, r, t, clk + i, call, leaves, i);
        if (result != CALL_DONE)
            return result;
    }
    return CALL_DONE;
}

/* Fills words of the input that nobody has read. A recorded segment lists them as words that it touched, so
 * that later machines have them. */
static call_result execute_hint(riscv_machine *machine, mode m, recorder *r)
{
    const uint64_t to = machine->registers[10], from = machine->registers[11], kind = machine->registers[12];
    if (kind >= HINT_COUNT)
        return refuse(machine, RISCV_FAULT_CALL_UNKNOWN, kind);
    const hint_description *hint = &hint_descriptions[kind];
    const uint64_t input_end = MAP_INPUT_BASE + 8 + riscv_word(machine, MAP_INPUT_BASE / 8);
    if (to % 8 != 0 || from % 8 != 0)
        return refuse(machine, RISCV_FAULT_CALL_MISALIGNED, to % 8 != 0 ? to : from);
    if (!range_mapped(machine->block_access, ACCESS_READ, from, 8 * (uint64_t)hint->argument_words))
        return refuse(machine, RISCV_FAULT_ACCESS_OUTSIDE_MAP, from);
    if (to < input_end || to > MAP_INPUT_END || 8 * (uint64_t)hint->result_words > MAP_INPUT_END - to)
        return refuse(machine, RISCV_FAULT_HINT_PLACE, to);
    for (uint32_t i = 0; m == MODE_RECORD && i < hint->result_words; i++)
        if (machine->last_segments[to / 8 + i] != 0)
            return refuse(machine, RISCV_FAULT_HINT_PLACE, to);
    if (m == MODE_RECORD && hint->result_words + r->touched_count > r->touched_limit)
        return CALL_CUT;
    uint64_t arguments[HINT_WORDS_MAX], results[HINT_WORDS_MAX] = {0};
    memcpy(arguments, machine->memory + from, 8 * (size_t)hint->argument_words);
    hint_compute(results, (call_hint_kind)kind, arguments);
    memcpy(machine->memory + to, results, 8 * (size_t)hint->result_words);
    for (uint32_t i = 0; m == MODE_RECORD && i < hint->result_words; i++)
        touch(machine, r, (uint32_t)(to / 8) + i);
    return CALL_DONE;
}

static call_result execute_call(riscv_machine *machine, mode m, recorder *r, tracer *t, uint32_t clk, uint32_t *cycles)
{
    *cycles = 1;
    if (machine->registers[17] == CALL_EXIT) {
        if (machine->registers[10] != 0)
            return refuse(machine, RISCV_FAULT_EXIT_CODE, machine->registers[10]);
        if (m == MODE_TRACE)
            (void)trace_call_registers(machine, t, clk);
        return CALL_HALTED;
    }
    checked_call call;
    if (check_call(machine, &call) != CALL_DONE)
        return CALL_REFUSED;
    if ((call_descriptions[call.index].flags & CALL_UNPROVEN) != 0) {
        call_result result = execute_hint(machine, m, r);
        if (result == CALL_DONE && m == MODE_RECORD)
            record_call(machine, r, &call);
        if (result == CALL_DONE && m == MODE_TRACE) {
            riscv_call *row = trace_call_registers(machine, t, clk);
            row->call_index = call.index;
            row->n = call.n;
        }
        return result;
    }
    static _Thread_local call_leaves leaves;
    bool has_leaves = (call_descriptions[call.index].flags & CALL_LEAVES) != 0;
    if (has_leaves && check_leaves(machine, &call, &leaves) != CALL_DONE)
        return CALL_REFUSED;
    if (m == MODE_RECORD) {
        bool is_first = r->is_empty && clk == 0;
        bool is_too_long = call.cycles > r->cycles_left - clk ||
                           (r->weights != NULL && weigh_rows(r) + weigh_call(r->weights, &call, has_leaves ? &leaves : NULL) >
                                                      r->weight_limit);
        if (call.total_words > r->call_words_limit - r->call_words ||
            call.total_words + r->touched_count > r->touched_limit || (is_too_long && !is_first))
            return CALL_CUT;
        record_call(machine, r, &call);
    }
    riscv_call *row = NULL;
    if (m == MODE_TRACE) {
        row = trace_call_registers(machine, t, clk);
        row->call_index = call.index;
        row->n = call.n;
        row->operands = call.operand_count;
        trace_waiting(t, clk, call.cycles);
    }
    *cycles = call.cycles;
    if (has_leaves)
        return execute_leaves(machine, m, r, t, clk, row, &call, &leaves);
    if (m == MODE_TRACE) {
        trace_call_operands(machine, t, clk, row, &call, CALL_READ);
        if (call.list == NULL)
            trace_call_operands(machine, t, clk, row, &call, CALL_WRITE);
    }
    uint8_t *operands[CALL_OPERANDS_MAX] = {0};
    for (uint32_t i = 0; i < call.operand_count; i++)
        operands[i] = machine->memory + machine->registers[10 + i];
    if (call.list != NULL) {
        call_result result = execute_list(machine, m, r, t, clk, row, &call, operands);
        if (result != CALL_DONE)
            return result;
    } else if (!call_execute(call.index, operands, call.n)) {
        return refuse(machine, RISCV_FAULT_CALL_REFUSED, machine->registers[17]);
    }
    if (m == MODE_TRACE)
        trace_call_results(machine, t, row, &call);
    return CALL_DONE;
}

/* ---- arithmetic: RISC-V Unprivileged ISA, chapters 4 and 12 --------------------------------------- */

INLINE uint64_t sign_extend_word(uint64_t value) { return (uint64_t)(int64_t)(int32_t)value; }

INLINE uint64_t multiply_high(uint64_t a, uint64_t b)
{
    return (uint64_t)((__int128)(int64_t)a * (int64_t)b >> 64);
}

INLINE uint64_t multiply_high_signed_unsigned(uint64_t a, uint64_t b)
{
    return (uint64_t)((__int128)(int64_t)a * (__int128)b >> 64);
}

INLINE uint64_t multiply_high_unsigned(uint64_t a, uint64_t b)
{
    return (uint64_t)((unsigned __int128)a * b >> 64);
}

INLINE uint64_t divide(uint64_t a, uint64_t b)
{
    if (b == 0)
        return UINT64_MAX;
    return b == UINT64_MAX ? 0 - a : (uint64_t)((int64_t)a / (int64_t)b);
}

INLINE uint64_t remainder_signed(uint64_t a, uint64_t b)
{
    if (b == 0)
        return a;
    return b == UINT64_MAX ? 0 : (uint64_t)((int64_t)a % (int64_t)b);
}

INLINE uint64_t divide_word(uint64_t a, uint64_t b)
{
    return sign_extend_word((uint32_t)b == 0 ? UINT64_MAX : divide(sign_extend_word(a), sign_extend_word(b)));
}

INLINE uint64_t remainder_word(uint64_t a, uint64_t b)
{
    return sign_extend_word(remainder_signed(sign_extend_word(a), sign_extend_word(b)));
}

INLINE uint64_t divide_unsigned(uint64_t a, uint64_t b) { return b == 0 ? UINT64_MAX : a / b; }

INLINE uint64_t remainder_unsigned(uint64_t a, uint64_t b) { return b == 0 ? a : a % b; }

/* ---- the interpreter ------------------------------------------------------------------------------ */

typedef enum { STOP_LIMIT, STOP_HALT, STOP_FAULT } stop;

/* Executes from machine->pc4 until exit, a fault or `limit` instructions; *executed tells how many. The mode
 * is a constant in every copy. */
INLINE stop interpret(riscv_machine *machine, uint64_t *executed, uint64_t limit, mode m, recorder *r,
                      tracer *t)
{
    const operation *const operations = machine->operations;
    const uint32_t count = machine->program->instruction_count;
    const uint32_t base = machine->program->instructions[0].pc4;
    const uint8_t *const block_access = machine->block_access;
    uint8_t *const memory = machine->memory;
    uint64_t *const x = machine->registers;
    const operation *op = operations + (machine->pc4 - base);
    uint64_t clk = 0;
    uint32_t cycles = 1; /* of the present call */
    stop result = STOP_LIMIT;
    riscv_event *event = NULL;

#define RD x[op->rd]
#define RS1 x[op->rs1]
#define RS2 x[op->rs2]
#define CONSTANTS op->constants

#define OPERATION(NAME, value) \
    case RISCV_##NAME:         \
        RD = (value);          \
        next = op + 1;         \
        break;
#define BRANCH(NAME, condition)                                 \
    case RISCV_##NAME:                                          \
        next = (condition) ? operations + op->target : op + 1;  \
        break;
#define LOAD(NAME, type, extended)                                         \
    case RISCV_##NAME: {                                                   \
        uint64_t address = RS1 + CONSTANTS;                                \
        type value;                                                        \
        if (!LIKELY(mapped(block_access, ACCESS_READ, address, sizeof value))) \
            goto read_fault;                                               \
        memcpy(&value, memory + address, sizeof value);                    \
        if (m == MODE_RECORD) {                                            \
            touch(machine, r, (uint32_t)(address / 8));                    \
            if (address % 8 + sizeof value > 8)                            \
                touch(machine, r, (uint32_t)(address / 8) + 1);            \
            r->misaligned_loads[sizeof value == 8] += address % sizeof value != 0; \
        }                                                                  \
        if (m == MODE_TRACE)                                               \
            trace_access(machine, event, address, sizeof value, riscv_tick((uint32_t)clk, RISCV_K_READ), \
                         RISCV_CHIP_LOAD_MISALIGNED);                      \
        RD = extended;                                                     \
        next = op + 1;                                                     \
        break;                                                             \
    }
#define STORE(NAME, type)                                                  \
    case RISCV_##NAME: {                                                   \
        uint64_t address = RS1 + CONSTANTS;                                \
        type value = (type)RS2;                                            \
        if (!LIKELY(mapped(block_access, ACCESS_WRITE, address, sizeof value))) { \
            machine->fault = write_fault(machine, address, sizeof value);  \
            goto access_fault;                                             \
        }                                                                  \
        if (m == MODE_RECORD) {                                            \
            touch(machine, r, (uint32_t)(address / 8));                    \
            if (address % 8 + sizeof value > 8)                            \
                touch(machine, r, (uint32_t)(address / 8) + 1);            \
            r->misaligned_stores[sizeof value == 8] += address % sizeof value != 0; \
        }                                                                  \
        if (m == MODE_TRACE)                                               \
            trace_access(machine, event, address, sizeof value, riscv_tick((uint32_t)clk, RISCV_K_WRITE), \
                         RISCV_CHIP_STORE_MISALIGNED);                     \
        memcpy(memory + address, &value, sizeof value);                    \
        if (m == MODE_TRACE)                                               \
            for (int i = 0; i < event->accesses; i++)                      \
                close_access(&event->memory[i], machine);                  \
        next = op + 1;                                                     \
        break;                                                             \
    }

    while (clk < limit) {
        const operation *next;
        if (m == MODE_TRACE) {
            event = &t->data->events[clk];
            trace_registers(machine, t, event, op, (uint32_t)clk);
        }
        switch ((riscv_kind)op->kind) {
            OPERATION(ADD, RS1 + RS2)
            OPERATION(SUB, RS1 - RS2)
            OPERATION(ADD_IMMEDIATE, RS1 + CONSTANTS)
            OPERATION(ADD_WORD, sign_extend_word(RS1 + RS2))
            OPERATION(SUB_WORD, sign_extend_word(RS1 - RS2))
            OPERATION(ADD_WORD_IMMEDIATE, sign_extend_word(RS1 + CONSTANTS))
        case RISCV_CONSTANT:
            RD = CONSTANTS;
            next = operations + op->target;
            break;
            OPERATION(AND, RS1 & RS2)
            OPERATION(OR, RS1 | RS2)
            OPERATION(XOR, RS1 ^ RS2)
            OPERATION(AND_IMMEDIATE, RS1 & CONSTANTS)
            OPERATION(OR_IMMEDIATE, RS1 | CONSTANTS)
            OPERATION(XOR_IMMEDIATE, RS1 ^ CONSTANTS)
            OPERATION(REVERSE_BYTES, __builtin_bswap64(RS1))
            OPERATION(LESS, (int64_t)RS1 < (int64_t)RS2)
            OPERATION(LESS_UNSIGNED, RS1 < RS2)
            OPERATION(LESS_IMMEDIATE, (int64_t)RS1 < (int64_t)CONSTANTS)
            OPERATION(LESS_UNSIGNED_IMMEDIATE, RS1 < CONSTANTS)
            OPERATION(SHIFT_LEFT, RS1 << (RS2 & 63))
            OPERATION(SHIFT_RIGHT, RS1 >> (RS2 & 63))
            OPERATION(SHIFT_RIGHT_SIGNED, (uint64_t)((int64_t)RS1 >> (RS2 & 63)))
            OPERATION(SHIFT_LEFT_WORD, sign_extend_word(RS1 << (RS2 & 31)))
            OPERATION(SHIFT_RIGHT_WORD, sign_extend_word((uint32_t)RS1 >> (RS2 & 31)))
            OPERATION(SHIFT_RIGHT_SIGNED_WORD, (uint64_t)(int64_t)((int32_t)RS1 >> (RS2 & 31)))
            OPERATION(SHIFT_LEFT_IMMEDIATE, RS1 << CONSTANTS)
            OPERATION(SHIFT_RIGHT_IMMEDIATE, RS1 >> CONSTANTS)
            OPERATION(SHIFT_RIGHT_SIGNED_IMMEDIATE, (uint64_t)((int64_t)RS1 >> CONSTANTS))
            OPERATION(SHIFT_LEFT_WORD_IMMEDIATE, sign_extend_word(RS1 << CONSTANTS))
            OPERATION(SHIFT_RIGHT_WORD_IMMEDIATE, sign_extend_word((uint32_t)RS1 >> CONSTANTS))
            OPERATION(SHIFT_RIGHT_SIGNED_WORD_IMMEDIATE, (uint64_t)(int64_t)((int32_t)RS1 >> CONSTANTS))
            BRANCH(BRANCH_EQUAL, RS1 == RS2)
            BRANCH(BRANCH_NOT_EQUAL, RS1 != RS2)
            BRANCH(BRANCH_LESS, (int64_t)RS1 < (int64_t)RS2)
            BRANCH(BRANCH_GREATER_EQUAL, (int64_t)RS1 >= (int64_t)RS2)
            BRANCH(BRANCH_LESS_UNSIGNED, RS1 < RS2)
            BRANCH(BRANCH_GREATER_EQUAL_UNSIGNED, RS1 >= RS2)
        case RISCV_JUMP: {
            uint64_t immediate = (CONSTANTS >> 32 & 0xFFFF) | (0 - (CONSTANTS >> 48)) << 16;
            uint64_t address = (RS1 + immediate) & ~UINT64_C(1);
            uint64_t target = address / 4 - base;
            if (!LIKELY(address % 4 == 0 && target < count)) {
                machine->fault = address % 4 != 0 ? RISCV_FAULT_JUMP_MISALIGNED : RISCV_FAULT_PC_OUTSIDE_TEXT;
                machine->fault_address = address;
                result = STOP_FAULT;
                goto stopped;
            }
            RD = CONSTANTS & UINT32_MAX;
            next = operations + target;
            break;
        }
            LOAD(LOAD_BYTE, int8_t, (uint64_t)(int64_t)value)
            LOAD(LOAD_HALF, int16_t, (uint64_t)(int64_t)value)
            LOAD(LOAD_WORD, int32_t, (uint64_t)(int64_t)value)
            LOAD(LOAD_BYTE_UNSIGNED, uint8_t, value)
            LOAD(LOAD_HALF_UNSIGNED, uint16_t, value)
            LOAD(LOAD_WORD_UNSIGNED, uint32_t, value)
            LOAD(LOAD_DOUBLE, uint64_t, value)
            STORE(STORE_BYTE, uint8_t)
            STORE(STORE_HALF, uint16_t)
            STORE(STORE_WORD, uint32_t)
            STORE(STORE_DOUBLE, uint64_t)
            OPERATION(MULTIPLY, RS1 * RS2)
            OPERATION(MULTIPLY_HIGH, multiply_high(RS1, RS2))
            OPERATION(MULTIPLY_HIGH_SIGNED_UNSIGNED, multiply_high_signed_unsigned(RS1, RS2))
            OPERATION(MULTIPLY_HIGH_UNSIGNED, multiply_high_unsigned(RS1, RS2))
            OPERATION(MULTIPLY_WORD, sign_extend_word(RS1 * RS2))
            OPERATION(DIVIDE, divide(RS1, RS2))
            OPERATION(DIVIDE_UNSIGNED, divide_unsigned(RS1, RS2))
            OPERATION(REMAINDER, remainder_signed(RS1, RS2))
            OPERATION(REMAINDER_UNSIGNED, remainder_unsigned(RS1, RS2))
            OPERATION(DIVIDE_WORD, divide_word(RS1, RS2))
            OPERATION(DIVIDE_UNSIGNED_WORD, sign_extend_word(divide_unsigned((uint32_t)RS1, (uint32_t)RS2)))
            OPERATION(REMAINDER_WORD, remainder_word(RS1, RS2))
            OPERATION(REMAINDER_UNSIGNED_WORD,
                      sign_extend_word(remainder_unsigned((uint32_t)RS1, (uint32_t)RS2)))
        case RISCV_CALL:
            next = op + 1;
            switch (execute_call(machine, m, r, t, (uint32_t)clk, &cycles)) {
            case CALL_DONE:
                if (m == MODE_PROFILE)
                    machine->counts[op - operations] += cycles - 1;
                clk += cycles - 1;
                break;
            case CALL_HALTED:
                result = STOP_HALT;
                break;
            case CALL_REFUSED:
                result = STOP_FAULT;
                goto stopped;
            case CALL_CUT:
                goto stopped;
            }
            break;
        case RISCV_ILLEGAL:
            machine->fault = op < operations + count ? RISCV_FAULT_ILLEGAL_INSTRUCTION
                : RISCV_FAULT_PC_OUTSIDE_TEXT;
            machine->fault_address = 0;
            result = STOP_FAULT;
            goto stopped;
        case RISCV_KINDS:
            __builtin_unreachable();
        }

        clk++;
        if (m == MODE_PROFILE)
            machine->counts[op - operations]++;
        if (m == MODE_RECORD) {
            r->window_registers |= op->registers;
            r->kind_counts[op->kind]++;
            if (r->full)
                limit = clk;
        }
        if (m == MODE_TRACE) {
            event->next_pc4 = result == STOP_HALT ? RISCV_HALT : base + (uint32_t)(next - operations);
            if (riscv_kinds[op->kind].writes_rd)
                event->rd_new = RD;
        }
        op = next;
        if (__builtin_expect(result == STOP_HALT, 0))
            break;
        continue;

    read_fault:
        machine->fault = RISCV_FAULT_ACCESS_OUTSIDE_MAP;
    access_fault:
        machine->fault_address = RS1 + CONSTANTS;
        result = STOP_FAULT;
        break;
    }
stopped:
    machine->pc4 = result == STOP_HALT                 ? RISCV_HALT
                   : op == operations + count + 1 ? RISCV_NOWHERE
                                                       : base + (uint32_t)(op - operations);
    machine->cycles += clk;
    *executed = clk;
    return result;
}

/* A machine that can go on. */
static void check_running(const riscv_machine *machine)
{
    CHECK(machine->fault == RISCV_FAULT_NONE);
    CHECK(machine->pc4 - machine->program->instructions[0].pc4 <= machine->program->instruction_count);
}

status riscv_run(riscv_machine *machine, uint64_t max_cycles)
{
    uint64_t executed;
    check_running(machine);
    stop result = interpret(machine, &executed, max_cycles == 0 ? UINT64_MAX : max_cycles, MODE_RUN, NULL,
                            NULL);
    return result == STOP_FAULT ? GUEST_FAULT : OK;
}

/* ---- segments ------------------------------------------------------------------------------------- */

/* Counts the registers that were accessed after a pause, as access_register finds them. */
static void close_window(recorder *r)
{
    for (uint64_t left = r->window_registers; left != 0; left &= left - 1) {
        uint32_t *last = &r->register_windows[__builtin_ctzll(left)];
        r->refresh_count += r->window >= *last + 2;
        *last = r->window;
    }
    r->registers |= r->window_registers;
    r->window_registers = 0;
}

static void finish_segment(riscv_segment *segment, riscv_machine *machine, recorder *r,
                           const uint64_t *registers_before)
{
    for (uint32_t i = 0; i < r->touched_count; i++)
        r->touched[i].final = riscv_word(machine, r->touched[i].w);
    for (uint32_t i = 0; i < RISCV_REGISTERS; i++)
        if ((r->registers >> i & 1) != 0) {
            r->touched[r->touched_count++] = (riscv_touched){.initial = registers_before[i],
                                                             .final = machine->registers[i],
                                                             .w = i,
                                                             .last_segment = machine->register_segments[i],
                                                             .space = 1};
            machine->register_segments[i] = r->segment;
        }
    segment->touched = r->touched;
    segment->touched_count = r->touched_count;
    segment->call_words = r->call_words;
    segment->refresh_count = r->refresh_count;
    count_chip_rows(segment->chip_rows, r);
    memcpy(segment->call_counts, r->call_counts, sizeof r->call_counts);
    memcpy(segment->call_items, r->call_items, sizeof r->call_items);
    memcpy(segment->leaf_parts, r->leaf_parts, sizeof r->leaf_parts);
}

static uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

status riscv_record(riscv_machine *machine, riscv_segment *segment, arena *a, const riscv_limits *limits)
{
    check_running(machine);
    CHECK(limits->cycles >= 1 && limits->call_words >= RISCV_CALL_WORDS_MAX && limits->words >=
          RISCV_WORDS_MIN);
    uint32_t cycles = smaller(limits->cycles, RISCV_ROWS_MAX), words = smaller(limits->words, RISCV_ROWS_MAX);
    if (machine->segments >= UINT16_MAX)
        return RUN_TOO_LONG;
    if (machine->last_segments == NULL)
        machine->last_segments = reserve(MEMORY_WORDS * sizeof *machine->last_segments);

    recorder r = {.segment = (uint16_t)(machine->segments + 1),
                  .touched = arena_allocate(a, words * sizeof(riscv_touched), alignof(riscv_touched)),
                  .touched_limit = words - RISCV_REGISTERS - 2,
                  .call_words_limit = smaller(limits->call_words, RISCV_ROWS_MAX),
                  .weights = limits->weights,
                  .weight_limit = limits->weight};
    *segment = (riscv_segment){.index = r.segment, .pc4_first = machine->pc4};
    uint64_t registers_before[RISCV_REGISTERS];
    memcpy(registers_before, machine->registers, sizeof registers_before);
    uint32_t total = 0;
    for (bool goes_on = true; goes_on && total < cycles;) {
        uint64_t executed, limit = smaller(RISCV_WINDOW - total % RISCV_WINDOW, cycles - total);
        r.window = total / RISCV_WINDOW;
        r.cycles_left = cycles - total;
        r.is_empty = total == 0;
        stop result = interpret(machine, &executed, limit, MODE_RECORD, &r, NULL);
        if (result == STOP_FAULT)
            return GUEST_FAULT;
        close_window(&r);
        total += (uint32_t)executed;
        goes_on = result == STOP_LIMIT && executed >= limit && !r.full;
        if (r.weights != NULL && weigh_rows(&r) >= r.weight_limit)
            goes_on = false;
    }
    finish_segment(segment, machine, &r, registers_before);
    arena_rewind(a, (size_t)((uint8_t *)(r.touched + r.touched_count) - a->base));
    segment->pc4_last = machine->pc4;
    segment->cycles = total;
    machine->segments++;
    return OK;
}

static int compare_ledger_rows(const void *a, const void *b)
{
    const riscv_ledger_row *x = a, *y = b;
    uint64_t key_x = (uint64_t)x->space << 29 | x->w, key_y = (uint64_t)y->space << 29 | y->w;
    return (key_x > key_y) - (key_x < key_y);
}

/* The row of a key, which is there. */
static riscv_ledger_row *find_ledger_row(riscv_ledger_row *rows, uint32_t count, uint32_t w, uint16_t space)
{
    riscv_ledger_row key = {.w = w, .space = (uint8_t)space};
    riscv_ledger_row *row = bsearch(&key, rows, count, sizeof *rows, compare_ledger_rows);
    CHECK(row != NULL);
    return row;
}

void riscv_ledger(riscv_ledger_row **rows, uint32_t *count, arena *a, const riscv_program *program,
                  const riscv_segment *segments, uint32_t segment_count)
{
    uint64_t total = 4;
    for (uint32_t s = 0; s < segment_count; s++)
        for (uint32_t i = 0; i < segments[s].touched_count; i++)
            total += segments[s].touched[i].last_segment == 0;
    riscv_ledger_row *ledger = ARENA_NEW(a, riscv_ledger_row, total);
    uint32_t used = 0;
    bool output_touched[4] = {false};
    for (uint32_t s = 0; s < segment_count; s++)
        for (uint32_t i = 0; i < segments[s].touched_count; i++) {
            const riscv_touched *t = &segments[s].touched[i];
            if (t->last_segment != 0)
                continue;
            riscv_region region = t->space == 1 ? RISCV_REGION_REGISTERS
                                                : riscv_region_of(program, t->w >> (MAP_BLOCK_LOG2 - 3));
            if (region == RISCV_REGION_OUTPUT)
                output_touched[t->w % 4] = true;
            ledger[used++] = (riscv_ledger_row){.initial = t->initial,
                                                .final = t->final,
                                                .w = t->w,
                                                .last_segment = (uint16_t)segments[s].index,
                                                .space = (uint8_t)t->space,
                                                .region = (uint8_t)region};
        }
    for (uint32_t i = 0; i < 4; i++)
        if (!output_touched[i])
            ledger[used++] = (riscv_ledger_row){.w = MAP_OUTPUT_BASE / 8 + i, .region = RISCV_REGION_OUTPUT};
    qsort(ledger, used, sizeof *ledger, compare_ledger_rows);

    /* Later segments overwrite what the first one left. */
    for (uint32_t s = 1; s < segment_count; s++)
        for (uint32_t i = 0; i < segments[s].touched_count; i++) {
            const riscv_touched *t = &segments[s].touched[i];
            if (t->last_segment == 0)
                continue;
            riscv_ledger_row *row = find_ledger_row(ledger, used, t->w, t->space);
            CHECK(row->last_segment == t->last_segment && row->final == t->initial);
            row->final = t->final;
            row->last_segment = (uint16_t)segments[s].index;
        }
    *rows = ledger;
    *count = used;
}

/* ---- traces --------------------------------------------------------------------------------------- */

static void check_segment_start(const riscv_machine *machine, const riscv_segment *segment)
{
    check_running(machine);
    CHECK(machine->segments + 1 == segment->index && machine->pc4 == segment->pc4_first);
    CHECK(machine->last_segments == NULL);
}

void riscv_trace(riscv_machine *machine, riscv_trace_data *trace, arena *a, const riscv_segment *segment)
{
    check_segment_start(machine, segment);
    if (machine->ticks == NULL)
        machine->ticks = reserve(MEMORY_WORDS * sizeof *machine->ticks);
    uint64_t calls = segment->chip_rows[RISCV_CHIP_CALL];
    *trace = (riscv_trace_data){
        .events = arena_allocate(a, segment->cycles * sizeof(riscv_event), 64),
        .calls = arena_allocate(a, calls * sizeof(riscv_call), alignof(riscv_call)),
        .call_accesses = arena_allocate(a, segment->call_words * sizeof(riscv_access), alignof(riscv_access)),
        .refreshes = arena_allocate(a, segment->refresh_count * sizeof(riscv_refresh), alignof(riscv_refresh)),
        .last_ticks = ARENA_NEW(a, uint32_t, segment->touched_count),
    };
    tracer t = {.data = trace};
    uint64_t executed;
    stop result = interpret(machine, &executed, segment->cycles, MODE_TRACE, NULL, &t);
    CHECK(result != STOP_FAULT && executed == segment->cycles && machine->pc4 == segment->pc4_last);
    CHECK(trace->call_count == calls && trace->call_access_count == segment->call_words);
    CHECK(trace->refresh_count == segment->refresh_count);
    trace->event_count = segment->cycles;
    for (uint32_t i = 0; i < segment->touched_count; i++) {
        const riscv_touched *touched = &segment->touched[i];
        uint32_t *tick = touched->space == 1 ? &t.register_ticks[touched->w] : &machine->ticks[touched->w];
        CHECK(*tick != 0 || touched->initial == touched->final); /* a hint may be read later */
        trace->last_ticks[i] = *tick;
        *tick = 0;
    }
    machine->segments++;
}

void riscv_skip(riscv_machine *machine, const riscv_segment *segment)
{
    check_segment_start(machine, segment);
    for (uint32_t i = 0; i < segment->touched_count; i++) {
        const riscv_touched *touched = &segment->touched[i];
        if (touched->space == 1)
            machine->registers[touched->w] = touched->final;
        else
            memcpy(machine->memory + 8 * (uint64_t)touched->w, &touched->final, 8);
    }
    machine->pc4 = segment->pc4_last;
    machine->cycles += segment->cycles;
    machine->segments++;
}

/* ---- profile -------------------------------------------------------------------------------------- */

status riscv_profile(riscv_machine *machine)
{
    uint64_t executed;
    check_running(machine);
    if (machine->counts == NULL)
        machine->counts = reserve(operations_bytes(machine->program));
    stop result = interpret(machine, &executed, UINT64_MAX, MODE_PROFILE, NULL, NULL);
    return result == STOP_FAULT ? GUEST_FAULT : OK;
}

static int compare_profile_rows(const void *a, const void *b)
{
    const riscv_profile_row *x = a, *y = b;
    return (x->cycles < y->cycles) - (x->cycles > y->cycles);
}

void riscv_profile_rows(riscv_profile_row **rows, uint32_t *count, arena *a, const riscv_machine *machine)
{
    const riscv_program *program = machine->program;
    riscv_profile_row *all = ARENA_NEW(a, riscv_profile_row, program->symbol_count + 1);
    for (uint32_t i = 0; i < program->symbol_count; i++)
        all[i].name = program->symbols[i].name;
    all[program->symbol_count].name = "(no symbol)";
    uint32_t symbol = 0; /* the first that starts behind the instruction */
    for (uint32_t i = 0; i < program->instruction_count && machine->counts != NULL; i++) {
        uint32_t pc4 = program->instructions[i].pc4;
        while (symbol < program->symbol_count && program->symbols[symbol].pc4 <= pc4)
            symbol++;
        bool inside = symbol > 0 &&
            pc4 - program->symbols[symbol - 1].pc4 < program->symbols[symbol - 1].count;
        all[inside ? symbol - 1 : program->symbol_count].cycles += machine->counts[i];
    }
    qsort(all, program->symbol_count + 1, sizeof *all, compare_profile_rows);
    *rows = all;
    *count = 0;
    while (*count < program->symbol_count + 1 && all[*count].cycles != 0)
        ++*count;
}
