# What the tests of whole proofs run; order only, so that a rebuilt program does not relink them.
$(BUILD)/programs/tests/prover/run_test: | $(BUILD)/guest/three.elf $(BUILD)/guest/fibonacci.elf
$(BUILD)/programs/tests/soundness/attacks_test: | $(BUILD)/guest/fibonacci.elf $(BUILD)/guest/runtime_check.elf
$(BUILD)/programs/tests/prover/recursion_test $(BUILD)/programs/bench/recursion_bench: | $(BUILD)/guest/fibonacci.elf $(BUILD)/guest/verify.elf
$(BUILD)/programs/tests/prover/proof_file_test: | $(BUILD)/ashlar

# build/guest/join_few.elf, join_tree.elf: `join` for proofs with the parameters of tests (tests/soundness/join_few.c).
$(BUILD)/join_few_id: tests/soundness/join_few_id.c $(patsubst %,$(BUILD)/lib/%.a,$(PROOF))
	$(CC) $(CFLAGS) $< -o $@ -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LDLIBS)
$(BUILD)/generated/join_few_id.h: $(BUILD)/join_few_id
	@mkdir -p $(@D)
	$< >$@.part
	mv $@.part $@
$(GUEST)/object/tests/soundness/join_few.o: JOIN_FOR := -DJOIN_ID=JOIN_FEW_ID -DJOIN_PARAMETERS=test_parameters
$(GUEST)/object/tests/soundness/join_tree.o: JOIN_FOR := -DJOIN_ID=JOIN_TREE_ID -DJOIN_PARAMETERS=test_tree_parameters
$(GUEST)/object/tests/soundness/join_few.o $(GUEST)/object/tests/soundness/join_tree.o: tests/soundness/join_few.c \
    $(BUILD)/generated/join_few_id.h
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_CFLAGS) $(JOIN_FOR) -c $< -o $@
$(GUEST)/join_few.elf $(GUEST)/join_tree.elf: $(GUEST)/join_%.elf: $(GUEST)/object/tests/soundness/join_%.o $(GUEST_START_elf) \
    $(GUEST_RUNTIME) $(GUEST_MODULES_join:%=$(GUEST)/lib/%.a) $(GUEST)/guest.ld
	$(GUEST_CC) $(GUEST_LDFLAGS) -Wl,-T,$(GUEST)/guest.ld $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -lgcc -Wl,--end-group -o $@
$(BUILD)/programs/tests/prover/tree_heavy_test $(BUILD)/programs/tests/queue/directory_tree_heavy_test \
    $(BUILD)/programs/tests/queue/queue_tree_heavy_test: | $(GUEST)/join_tree.elf
$(BUILD)/programs/tests/soundness/join_guest_test $(BUILD)/programs/tests/prover/tree_test: | $(GUEST)/join_few.elf

# What comments beside constraints say of bounds, computed anew.
.PHONY: check-bounds
check-bounds:
	python3 tools/chip_bounds.py

# A search for second witnesses of rows, over the recorded constraints; a few minutes.
.PHONY: check-determinism
check-determinism: $(BUILD)/programs/vm/mutation_test $(BUILD)/reference/machine.json
	VM_ROWS_WRITE=$(BUILD)/reference/rows.json $<
	python3 tools/determinism.py $(BUILD)/reference/machine.json $(BUILD)/reference/rows.json
