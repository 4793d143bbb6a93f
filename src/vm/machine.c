#include "vm/machine.h"

#define CHIP(NAME, name, tree, in_segment, in_ledger) extern const air vm_air_##name;
#include "vm/chips.def"
#undef CHIP

const air *const vm_airs[VM_CHIPS] = {
#define CHIP(NAME, name, tree, in_segment, in_ledger) &vm_air_##name,
#include "vm/chips.def"
#undef CHIP
};

#define CHIP(NAME) \
    _Static_assert((int)VM_CHIP_##NAME == (int)RISCV_CHIP_##NAME, "instruction chips come first");
#include "riscv/chips.def"
#undef CHIP
_Static_assert((int)VM_CHIPS <= (int)STARK_MAX_CHIPS, "the key has room for every chip");

static const uint8_t trees[VM_CHIPS] = {
#define CHIP(NAME, name, tree, in_segment, in_ledger) VM_TREE_##tree,
#include "vm/chips.def"
#undef CHIP
};

static const struct {
    uint8_t in_segment, in_ledger;
} presences[VM_CHIPS] = {
#define CHIP(NAME, name, tree, in_segment, in_ledger) {VM_##in_segment, VM_##in_ledger},
#include "vm/chips.def"
#undef CHIP
};

void vm_machine_open(stark_machine *m, arena *memory)
{
    stark_machine_open(m, memory, vm_airs, trees, VM_CHIPS);
}

vm_presence vm_chip_presence(vm_kind kind, vm_chip chip)
{
    vm_presence in_segment = kind & VM_SEGMENT ? (vm_presence)presences[chip].in_segment : VM_FORBIDDEN;
    vm_presence in_ledger = kind & VM_LEDGER ? (vm_presence)presences[chip].in_ledger : VM_FORBIDDEN;
    return in_segment > in_ledger ? in_segment : in_ledger;
}

status vm_check_presence(vm_kind kind, const uint32_t rows[STARK_MAX_CHIPS])
{
    for (uint32_t chip = 0; chip < STARK_MAX_CHIPS; chip++) {
        vm_presence presence = chip < VM_CHIPS ? vm_chip_presence(kind, (vm_chip)chip) : VM_FORBIDDEN;
        if ((presence == VM_MANDATORY && rows[chip] == 0) ||
            (presence == VM_FORBIDDEN && rows[chip] != 0))
            return PROOF_SHAPE;
    }
    return OK;
}

void vm_claim_public(proof_claim *claim, const vm_public *values)
{
    claim->opens[VM_TREE_PROGRAM - 1] = (values->kind & VM_SEGMENT) != 0;
    claim->opens[VM_TREE_IMAGE - 1] = (values->kind & VM_LEDGER) != 0;
    if (values->kind & VM_SEGMENT)
        claim->public_values[VM_CHIP_MEMORY][0] = fp_from_u32(values->segment);
}

fp vm_ledger_key(uint32_t space, uint32_t w)
{
    return fp_from_u32((space << 29) + w);
}

fp vm_first_key_before(void)
{
    return fp_neg(FP_ONE);
}

bool vm_message_term(fp5 *term, const bus_challenge *challenge, bus_tag tag, const uint32_t *message,
                     uint32_t length)
{
    fp5 f = fp5_add_fp(challenge->gamma, fp_from_u32(tag));
    fp5 power = challenge->alpha;
    for (uint32_t i = 0; i < length; i++) {
        f = fp5_add_mul_fp(f, power, fp_from_u32(message[i]));
        power = fp5_mul(power, challenge->alpha);
    }
    *term = fp5_inverse(f);
    return !fp5_is_zero(f);
}

bool vm_execution_terms(fp5 *sum, const bus_challenge *local, uint32_t pc4_first, uint32_t pc4_last,
                        uint32_t cycles)
{
    fp5 first, last;
    bool ok = vm_message_term(&first, local, BUS_EXEC, (uint32_t[]){pc4_first, 0}, 2);
    ok = vm_message_term(&last, local, BUS_EXEC, (uint32_t[]){pc4_last, cycles}, 2) && ok;
    *sum = fp5_sub(first, last);
    return ok;
}

bool vm_order_terms(fp5 *sum, const bus_challenge *local, fp key_before, fp key_after)
{
    fp5 first, last;
    bool ok = vm_message_term(&first, local, BUS_ORDER, (uint32_t[]){fp_to_u32(key_before)}, 1);
    ok = vm_message_term(&last, local, BUS_ORDER, (uint32_t[]){fp_to_u32(key_after)}, 1) && ok;
    *sum = fp5_sub(first, last);
    return ok;
}

void vm_output_limbs(uint32_t limbs[16], const hash256 *output)
{
    for (int i = 0; i < 16; i++)
        limbs[i] = output->bytes[2 * i] | (uint32_t)output->bytes[2 * i + 1] << 8;
}

bool vm_output_terms(fp5 *sum, const bus_challenge *shared, const hash256 *output)
{
    uint32_t limbs[16];
    vm_output_limbs(limbs, output);
    bool ok = true;
    *sum = FP5_ZERO;
    for (uint32_t i = 0; i < 4; i++) {
        fp5 term;
        const uint32_t *v = limbs + 4 * i;
        ok = vm_message_term(&term, shared, BUS_OUTPUT, (uint32_t[]){i, v[0], v[1], v[2], v[3]}, 5) && ok;
        *sum = fp5_sub(*sum, term);
    }
    return ok;
}
