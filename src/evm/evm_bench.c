/* Native speed of the interpreter: loops that run until 30 million gas are gone. */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/hex.h"
#include "crypto/keccak.h"
#include "evm/evm.h"

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#define ONES_17 "ffffffffffffffffffffffffffffffffff"
#define ONES ONES_17 "ffffffffffffffffffffffffffffff"

static const struct {
    const char *name;
    const char *code;
} loops[] = {
    {"PUSH1 POP", "5b600150600150600150600150600150600150600150600150600056"},
    {"DUP1 SWAP1 POP", "60015b809050809050809050809050809050809050809050809050600256"},
    {"DUP2 ADD", "60037f" ONES "5b8101810181018101810181018101810181018101602356"},
    {"DUP2 MUL", "7f" ONES "7f" ONES "5b8102810281028102810281028102810281028102604256"},
    {"DUP1 PUSH32 DIV POP", "70" ONES_17 "5b807f" ONES "0450807f" ONES "0450601256"},
    {"PUSH1 MLOAD PUSH1 MSTORE", "5b604051604052604051604052604051604052604051604052600056"},
    {"KECCAK256 of 64 bytes", "5b604060002050604060002050604060002050604060002050600056"},
    {"SLOAD, warm", "5b60005450600054506000545060005450600056"},
    {"CALL of itself with all gas, again and again", "5b60006000600060006000305af150600056"},
};

int main(void)
{
    static const uint8_t empty_list = 0x80;
    hash256 empty_root;
    keccak256(&empty_root, &empty_list, 1);
    const uint64_t gas = 30000000;
    printf("%-50s %10s\n", "loop", "Mgas/s");
    for (size_t i = 0; i < sizeof loops / sizeof loops[0]; i++) {
        arena memory;
        arena_open(&memory, (size_t)4 << 30);
        witness *nothing;
        CHECK(witness_open(&nothing, &memory, NULL, 0, NULL, 0) == OK);
        state *s = state_open(&memory, nothing, &empty_root);
        evm_block block = {.fork = FORK_OSAKA, .chain_id = 1, .number = 1, .gas_limit = gas};
        evm_transaction transaction = {.blob_hash_count = 0};
        evm *vm = evm_open(&memory, &block, s);
        evm_message message = {.kind = EVM_CALL, .sender = {{1}}, .recipient = {{2}}, .gas = gas};
        account *a;
        bytes code;
        CHECK(state_account(s, &a, &message.recipient) == OK);
        CHECK(hex_decode(&memory, &code, loops[i].code, strlen(loops[i].code)) == OK);
        state_set_code(s, a, code);
        double best = 1e9;
        for (int round = 0; round < 3; round++) {
            evm_result result;
            state_begin_transaction(s);
            double start = seconds();
            CHECK(evm_run(vm, &result, &transaction, &message) == OK);
            double taken = seconds() - start;
            CHECK(result.halt == EVM_OUT_OF_GAS);
            best = taken < best ? taken : best;
            CHECK(state_end_transaction(s, false) == OK);
        }
        printf("%-50s %10.0f\n", loops[i].name, (double)gas / best / 1e6);
        arena_close(&memory);
    }
    return 0;
}
