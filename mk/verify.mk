# build/lib/libashlar_verify.a: the verifier as a library of its own (src/verify/run.h). It is freestanding: besides the four
# functions of base/memory.h its user gives it check_failed (base/check.h). What is hosted or faster stays out: whatever has
# a fast build for a machine with an operating system has a portable one here, with the same results.
VERIFY_SOURCES := src/base/arena.c src/base/status.c src/abi/calls.c src/crypto/keccak.c src/field/fp.c src/field/fp5.c \
    $(addprefix src/stark/,air.c constraints.c gkr.c hash.c layout.c machine.c multilinear.c opening.c poseidon2.c \
        poseidon2_constants.c proof_shape.c proof_verify.c sumcheck.c transcript.c tree.c) \
    $(filter-out %_host.c,$(call sources_of,vm) $(call sources_of,verify))

# The machine as constants, for verifiers that are proven: recorded from the chips by a program of the build.
MACHINE_CONSTANTS := $(BUILD)/machine_constants
$(MACHINE_CONSTANTS): tools/machine_constants.c $(patsubst %,$(BUILD)/lib/%.a,base abi crypto field stark riscv vm)
	$(CC) $(CFLAGS) $< -o $@ -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LDLIBS)
$(BUILD)/generated/machine.inc: $(MACHINE_CONSTANTS)
	@mkdir -p $(@D)
	$< >$@.part
	mv $@.part $@
$(BUILD)/native/verify/constant.o $(BUILD)/guest/object/verify/constant.o $(BUILD)/verify/verify-constant.o: \
    $(BUILD)/generated/machine.inc

# Members are named by their whole path, vm-add-add.o: that is what the test of the layers reads.
verify_object_of = $(BUILD)/verify/$(subst /,-,$(patsubst src/%.c,%,$(1))).o
VERIFY_OBJECTS := $(foreach source,$(VERIFY_SOURCES),$(call verify_object_of,$(source)))
VERIFY_CFLAGS := -O2 -g -std=c17 $(WARNINGS) -ffreestanding -fbuiltin -fno-stack-protector -fno-strict-aliasing -Isrc \
    -I$(BUILD)/generated -MMD -MP

define verify_object
$(call verify_object_of,$(1)): $(1)
	@mkdir -p $$(@D)
	$$(CC) $$(VERIFY_CFLAGS) -c $$< -o $$@
endef
$(foreach source,$(VERIFY_SOURCES),$(eval $(call verify_object,$(source))))

$(BUILD)/lib/libashlar_verify.a: $(VERIFY_OBJECTS)
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^
all: $(BUILD)/lib/libashlar_verify.a

# Verifies a proof with that library alone.
$(BUILD)/programs/tests/layers/verify_alone: tests/layers/verify_alone.c $(BUILD)/lib/libashlar_verify.a
	@mkdir -p $(@D)
	$(CC) -O2 -g -std=c17 $(WARNINGS) -Isrc $^ -o $@
check-programs: $(BUILD)/programs/tests/layers/verify_alone
