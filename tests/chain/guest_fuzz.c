/* libFuzzer: the input drives a small generator of programs; what they do natively, the guest does too.
 * The generator keeps the stack filled, so that most instructions run, and prefers what has edges: words
 * near powers of two, memory, storage, calls to each other and to precompiles, creations, copies beyond
 * ends. */
#include "base/check.h"
#include "base/hex.h"
#include "cli/block_program.h"
#include "conformance/fixture_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PROGRAMS = 3, PROGRAM_BYTES = 700 };

typedef struct {
    const uint8_t *data;
    size_t size, at;
    uint64_t state;
    fork_id fork;
} guest_fuzz_source;

/* The input's bytes, then what follows from them. */
static unsigned guest_fuzz_take(guest_fuzz_source *s, unsigned below)
{
    if (s->at < s->size)
        s->state ^= (uint64_t)s->data[s->at++] * 0x9e3779b97f4a7c15u;
    s->state ^= s->state << 13;
    s->state ^= s->state >> 7;
    s->state ^= s->state << 17;
    return (unsigned)(s->state >> 33) % below;
}

typedef struct {
    uint8_t code[PROGRAM_BYTES + 128];
    size_t size;
    unsigned depth; /* of the stack, where nothing jumps */
} guest_fuzz_program;

static const struct {
    uint8_t opcode, in, out, fork;
} guest_fuzz_opcodes[] = {
#define OPCODE(value, name, in, out, gas, fork) {value, in, out, FORK_##fork},
#include "evm/opcodes.def"
#undef OPCODE
};

static void guest_fuzz_put(guest_fuzz_program *p, unsigned byte) { p->code[p->size++] = (uint8_t)byte; }

static void guest_fuzz_push_small(guest_fuzz_program *p, unsigned value)
{
    guest_fuzz_put(p, 0x61);
    guest_fuzz_put(p, value >> 8);
    guest_fuzz_put(p, value);
    p->depth++;
}

static void guest_fuzz_push_word(guest_fuzz_program *p, guest_fuzz_source *s)
{
    guest_fuzz_put(p, 0x7f);
    uint8_t *word = &p->code[p->size];
    p->size += 32;
    p->depth++;
    memset(word, guest_fuzz_take(s, 2) ? 0xff : 0, 32);
    switch (guest_fuzz_take(s, 4)) {
    case 0:
        for (unsigned i = 0; i < 32; i++)
            word[i] = (uint8_t)guest_fuzz_take(s, 256);
        break;
    case 1:
        word[guest_fuzz_take(s, 32)] ^= (uint8_t)(1u << guest_fuzz_take(s, 8));
        break;
    case 2:
        word[31] = (uint8_t)guest_fuzz_take(s, 256);
        break;
    default:
        break;
    }
}

static void guest_fuzz_op(guest_fuzz_program *p, unsigned opcode, unsigned in, unsigned out)
{
    guest_fuzz_put(p, opcode);
    p->depth = (p->depth > in ? p->depth - in : 0) + out;
}

static void guest_fuzz_call(guest_fuzz_program *p, guest_fuzz_source *s)
{
    static const uint8_t kinds[] = {0xf1, 0xf2, 0xf4, 0xfa};
    uint8_t kind = kinds[guest_fuzz_take(s, 4)];
    for (unsigned i = 0; i < 4; i++)
        guest_fuzz_push_small(p, guest_fuzz_take(s, i % 2 == 0 ? 400 : 300));
    if (kind == 0xf1 || kind == 0xf2)
        guest_fuzz_push_small(p, guest_fuzz_take(s, 3));
    switch (guest_fuzz_take(s, 4)) {
    case 0:
        guest_fuzz_push_small(p, 0xc0 + guest_fuzz_take(s, PROGRAMS + 1));
        break;
    case 1:
        guest_fuzz_push_small(p, guest_fuzz_take(s, 8) == 0 ? 0x100 : guest_fuzz_take(s, 20));
        break;
    case 2:
        guest_fuzz_push_word(p, s);
        break;
    default:
        guest_fuzz_op(p, 0x30, 0, 1);
        break;
    }
    guest_fuzz_push_small(p, guest_fuzz_take(s, 65536));
    guest_fuzz_op(p, kind, kind == 0xf1 || kind == 0xf2 ? 7 : 6, 1);
}

static void guest_fuzz_piece(guest_fuzz_program *p, guest_fuzz_source *s)
{
    size_t count = sizeof guest_fuzz_opcodes / sizeof guest_fuzz_opcodes[0];
    unsigned kind = guest_fuzz_take(s, 20);
    if (kind < 3 || p->depth < 2) {
        guest_fuzz_push_word(p, s);
    } else if (kind < 5) {
        guest_fuzz_push_small(p, guest_fuzz_take(s, 700));
    } else if (kind < 13) {
        /* What has its operands; big ones of memory are made small first. */
        for (unsigned tries = 0; tries < 8; tries++) {
            size_t i = guest_fuzz_take(s, (unsigned)count);
            uint8_t opcode = guest_fuzz_opcodes[i].opcode;
            bool ends = opcode == 0x00 || opcode >= 0xf0 || opcode == 0x56 || opcode == 0x57;
            bool pushes = opcode >= 0x60 && opcode <= 0x7f;
            if (ends || pushes || guest_fuzz_opcodes[i].in > p->depth || guest_fuzz_opcodes[i].fork > s->fork)
                continue;
            bool ranges = opcode == 0x20 || (opcode >= 0x37 && opcode <= 0x3e) || (opcode >= 0x51 &&
                                                                                   opcode <= 0x53) ||
                          opcode == 0x5e || opcode >= 0xa0;
            for (unsigned k = 0; ranges && k < guest_fuzz_opcodes[i].in && k < 3; k++)
                guest_fuzz_push_small(p, guest_fuzz_take(s, 300));
            guest_fuzz_op(p, opcode, guest_fuzz_opcodes[i].in, guest_fuzz_opcodes[i].out);
            break;
        }
    } else if (kind < 15) {
        guest_fuzz_call(p, s);
    } else if (kind == 15) {
        guest_fuzz_push_word(p, s);
        guest_fuzz_push_small(p, guest_fuzz_take(s, 320));
        guest_fuzz_op(p, 0x52, 2, 0);
    } else if (kind == 16) {
        guest_fuzz_push_small(p, guest_fuzz_take(s, 3));
        guest_fuzz_push_small(p, guest_fuzz_take(s, 4));
        guest_fuzz_op(p, s->fork >= FORK_CANCUN && guest_fuzz_take(s, 2) ? 0x5d : 0x55, 2, 0);
    } else if (kind == 17) {
        bool salted = guest_fuzz_take(s, 2);
        if (salted)
            guest_fuzz_push_small(p, guest_fuzz_take(s, 2));
        guest_fuzz_push_small(p, guest_fuzz_take(s, 128));
        guest_fuzz_push_small(p, guest_fuzz_take(s, 300));
        guest_fuzz_push_small(p, guest_fuzz_take(s, 2));
        guest_fuzz_op(p, salted ? 0xf5 : 0xf0, salted ? 4 : 3, 1);
    } else if (kind == 18) {
        /* A jump over a byte that may be anything. */
        guest_fuzz_push_small(p, (unsigned)p->size + 5);
        guest_fuzz_op(p, 0x56, 1, 0);
        guest_fuzz_put(p, guest_fuzz_take(s, 0x60));
        guest_fuzz_put(p, 0x5b);
    } else if (guest_fuzz_take(s, 10) == 0) {
        guest_fuzz_put(p, guest_fuzz_take(s, 256));
    }
}

static void guest_fuzz_generate(guest_fuzz_program *p, guest_fuzz_source *s)
{
    p->size = p->depth = 0;
    unsigned pieces = 10 + guest_fuzz_take(s, 60);
    for (unsigned i = 0; i < pieces && p->size < PROGRAM_BYTES; i++)
        guest_fuzz_piece(p, s);
    if (guest_fuzz_take(s, 4) > 0) {
        guest_fuzz_push_small(p, guest_fuzz_take(s, 200));
        guest_fuzz_push_small(p, guest_fuzz_take(s, 200));
        guest_fuzz_op(p, guest_fuzz_take(s, 5) == 0 ? 0xfd : 0xf3, 2, 0);
    }
}

/* {"pre", "env", "transaction"} of a state test whose transaction calls the first program, or creates from
 * it. */
static json_t *guest_fuzz_test(guest_fuzz_source *s)
{
    json_t *pre = json_object();
    char name[43], code[2 * sizeof((guest_fuzz_program *)0)->code + 3];
    guest_fuzz_program p;
    for (unsigned i = 0; i < PROGRAMS; i++) {
        guest_fuzz_generate(&p, s);
        snprintf(name, sizeof name, "0x%040x", 0xc0 + i);
        snprintf(code, sizeof code, "0x");
        hex_encode(code + 2, p.code, p.size);
        CHECK(json_object_set_new(pre, name, json_pack("{sssssss{ssss}}", "balance", "0x64", "nonce", "0x1",
                                                       "code", code,
                                                       "storage", "0x00", "0x01", "0x02", "0xff")) == 0);
    }
    /* The account of the secret key 1. */
    CHECK(json_object_set_new(pre, "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
                              json_pack("{ssss}", "balance", "0xffffffffffffffff", "nonce", "0x0")) == 0);
    char to[43] = "0x00000000000000000000000000000000000000c0", gas[16];
    bool creates = guest_fuzz_take(s, 8) == 0;
    snprintf(gas, sizeof gas, "0x%x", 60000 + guest_fuzz_take(s, 400000));
    guest_fuzz_generate(&p, s);
    snprintf(code, sizeof code, "0x");
    hex_encode(code + 2, p.code, p.size);
    return json_pack("{so s{ssssssssssssss} s{sssssss[s]s[s]s[s]ssss}}", "pre", pre, "env", "currentCoinbase",
                     "0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba", "currentGasLimit", "0x1c9c380",
                     "currentNumber", "0x12c", "currentTimestamp", "0x3e8", "currentRandom",
                     "0x0101010101010101010101010101010101010101010101010101010101010101", "currentBaseFee",
                     "0x7", "currentExcessBlobGas", "0x0", "transaction", "nonce", "0x0", "gasPrice", "0x9",
                     "to", creates ? "" : to, "gasLimit", gas, "value", "0x1", "data", code, "secretKey",
                     "0x0000000000000000000000000000000000000000000000000000000000000001", "sender",
                     "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static fixture_options options = {.guest = true, .unjudged = true};
    static fixture_worker worker;
    options.program = block_program_elf();
    options.stateless_program = stateless_program_elf();
    if (worker.options == NULL)
        fixture_worker_open(&worker, &options);
    guest_fuzz_source source = {.data = data, .size = size, .state = 0x1234567 + size};
    static const fork_id forks[] = {FORK_PARIS,  FORK_SHANGHAI, FORK_CANCUN,
                                    FORK_PRAGUE, FORK_OSAKA,    FORK_AMSTERDAM};
    fork_id fork = forks[guest_fuzz_take(&source, sizeof forks / sizeof forks[0])];
    source.fork = fork;
    json_t *test = guest_fuzz_test(&source);
    CHECK(test != NULL);
    json_t *post = json_pack("{s{sisisi}ssss}", "indexes", "data", 0, "gas", 0, "value", 0, "hash",
                             "0x0000000000000000000000000000000000000000000000000000000000000000", "logs",
                             "0x0000000000000000000000000000000000000000000000000000000000000000");
    CHECK(statetest_run(&worker, fork_name(fork), test, post));
    json_decref(test);
    json_decref(post);
    return 0;
}
