# libashlar_verify, static and shared: the verifier as a library of its own (src/library/ashlar_verify.h, docs/verifying.md).
# What it is made of is freestanding: besides the four functions of base/memory.h it needs check_failed (base/check.h),
# which the library brings. What is hosted stays out, and what is faster, but for the hashes of trees (src/library/checker.c):
# whatever has a fast build for a machine with an operating system has a portable one here, with the same results.
VERIFY_SOURCES := src/base/arena.c src/base/status.c src/abi/calls.c src/crypto/keccak.c src/field/fp.c src/field/fp5.c \
    $(addprefix src/stark/,air.c calls_plain.c constraint_list.c constraints.c gkr.c hash.c layout.c list.c machine.c multilinear.c opening.c poseidon2.c \
        poseidon2_constants.c proof_shape.c proof_verify.c sumcheck.c transcript.c tree.c) \
    $(filter-out %_host.c,$(call sources_of,vm) $(call sources_of,verify))
LIBRARY_SOURCES := src/library/verify.c src/library/checker.c src/library/trap.c
# For processors that have more; the verifier runs without.
LIBRARY_KERNELS := src/stark/tree_batch.c src/stark/poseidon2_avx2.c src/stark/poseidon2_avx512.c

# The machine as constants, for the library and for verifiers that are proven: recorded from the chips by a program of the build.
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
LIBRARY_OBJECTS := $(foreach source,$(LIBRARY_SOURCES) $(LIBRARY_KERNELS),$(call verify_object_of,$(source)))
VERIFY_CFLAGS := -O2 -g -std=c17 $(WARNINGS) -ffreestanding -fbuiltin -fno-stack-protector -fno-strict-aliasing \
    -fPIC -fvisibility=hidden -ffunction-sections -fdata-sections -Isrc -I$(BUILD)/generated -MMD -MP

define verify_object
$(call verify_object_of,$(1)): $(1) mk/verify.mk
	@mkdir -p $$(@D)
	$$(CC) $$(VERIFY_CFLAGS) $(if $(filter %_avx2.c,$(1)),$(AVX2))$(if $(filter %_avx512.c,$(1)),$(AVX512)) -c $$< -o $$@
endef
$(foreach source,$(VERIFY_SOURCES) $(LIBRARY_SOURCES) $(LIBRARY_KERNELS),$(eval $(call verify_object,$(source))))
$(call verify_object_of,src/library/verify.c): $(BUILD)/generated/block_program_id.h $(BUILD)/generated/join_program_id.h

# What the library is made of, by its own names: for tests alone.
$(BUILD)/verify/objects.a: $(VERIFY_OBJECTS)
	@rm -f $@
	ar rcs $@ $^

comma := ,
VERIFY_FUNCTIONS := ashlar_verify ashlar_verify_scratch ashlar_program_id ashlar_verdict_message ashlar_verify_version
# One object, of which nothing is seen from outside but what the header declares.
$(BUILD)/verify/whole.o: $(VERIFY_OBJECTS) $(LIBRARY_OBJECTS)
	$(CC) -nostdlib -r $^ -o $@.part -Wl,--gc-sections $(patsubst %,-Wl$(comma)-u$(comma)%,$(VERIFY_FUNCTIONS))
	objcopy --localize-hidden $@.part $@
	@rm $@.part
$(BUILD)/lib/libashlar_verify.a: $(BUILD)/verify/whole.o
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^

# The first number is the ABI's: it grows when a program that was linked with the library before would go wrong.
VERIFY_ABI := 0
ASHLAR_VERSION := $(shell sed -n 's/^#define ASHLAR_VERSION "\(.*\)"/\1/p' src/base/version.h)
VERIFY_SHARED := libashlar_verify.so.$(VERIFY_ABI).$(ASHLAR_VERSION)
$(BUILD)/lib/$(VERIFY_SHARED): $(VERIFY_OBJECTS) $(LIBRARY_OBJECTS) src/library/symbols.map
	@mkdir -p $(@D)
	$(CC) -shared -g $(filter %.o,$^) -o $@ -Wl,-soname,libashlar_verify.so.$(VERIFY_ABI) \
	    -Wl,--version-script=src/library/symbols.map -Wl,--gc-sections,-z,defs,-z,relro,-z,now
	ln -sf $(VERIFY_SHARED) $(BUILD)/lib/libashlar_verify.so.$(VERIFY_ABI)
	ln -sf $(VERIFY_SHARED) $(BUILD)/lib/libashlar_verify.so
all: $(BUILD)/lib/libashlar_verify.a $(BUILD)/lib/$(VERIFY_SHARED)

# ---- tests ---------------------------------------------------------------------------------------
# The example of the page, with the library and nothing else of Ashlar.
$(BUILD)/programs/examples/verify: examples/verify/verify.c $(BUILD)/lib/libashlar_verify.a
	@mkdir -p $(@D)
	$(CC) -O2 -g -std=c17 $(WARNINGS) -Isrc/library $^ -o $@
$(BUILD)/programs/tests/library/proofs: tests/library/proofs.c $(ALL_LIBRARIES)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -I. $< -o $@ -Wl,--start-group $(ALL_LIBRARIES) -Wl,--end-group $(TEST_LDLIBS)
$(BUILD)/programs/tests/library/library_test: $(BUILD)/lib/libashlar_verify.a
$(BUILD)/programs/tests/library/library_test: TEST_LDLIBS := $(BUILD)/lib/libashlar_verify.a $(TEST_LDLIBS)

# Proofs for those who test it from outside: the machine decides what is in them.
$(BUILD)/test-proofs/id: $(BUILD)/programs/tests/library/proofs $(BUILD)/guest/join.elf
	@mkdir -p $(@D)
	$< $(@D)
	@touch $@
check-programs: $(BUILD)/programs/examples/verify $(BUILD)/test-proofs/id $(BUILD)/verify/objects.a

# `make fuzz-join`: build/fuzz/join_fuzz and inputs for it; then, for example,
#   build/fuzz/join_fuzz -max_total_time=600 -len_control=0 -max_len=200 build/fuzz/corpus/join
JOIN_FUZZ_OBJECTS := $(patsubst src/%.c,$(FUZZ)/object/%.o,$(VERIFY_SOURCES) src/base/arena_host.c src/base/check_host.c)
$(patsubst src/%.c,$(FUZZ)/object/%.o,$(shell grep -ls assume_aligned $(VERIFY_SOURCES))): FUZZ_CFLAGS += -fno-sanitize=alignment
$(FUZZ)/object/verify/constant.o: $(BUILD)/generated/machine.inc
$(FUZZ)/object/verify/constant.o: FUZZ_CFLAGS += -I$(BUILD)/generated
$(FUZZ)/join_fuzz: src/verify/join_fuzz.c $(JOIN_FUZZ_OBJECTS)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer $^ -o $@ $(LDLIBS)
$(BUILD)/join_bases: tests/soundness/join_bases.c $(patsubst %,$(BUILD)/lib/%.a,$(PROOF))
	$(CC) $(CFLAGS) -I. $< -o $@ -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(TEST_LDLIBS)
$(FUZZ)/join_bases: $(BUILD)/join_bases
	@mkdir -p $@ $(FUZZ)/corpus/join
	OMP_WAIT_POLICY=passive $< $@
.PHONY: fuzz-join
fuzz-join: $(FUZZ)/join_fuzz $(FUZZ)/join_bases
