# What every rollup's genesis holds, as C.
$(BUILD)/predeploys: tools/predeploys.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $< -o $@ -ljansson
$(BUILD)/generated/predeploys.inc: contracts/l2/predeploys.json $(BUILD)/predeploys
	@mkdir -p $(@D)
	$(BUILD)/predeploys $< >$@.part
	mv $@.part $@
$(BUILD)/native/rollup/genesis.o $(BUILD)/guest/object/rollup/genesis.o: $(BUILD)/generated/predeploys.inc

# At length: a million streams against zlib, a million mutated batches, a thousand of them in the guest, and a hundred on L1.
.PHONY: test-batches
test-batches: $(BUILD)/programs/rollup/inflate_test $(BUILD)/programs/tests/rollup/derive_test \
    $(BUILD)/programs/tests/rollup/run_test $(BUILD)/guest/batch.elf
	$(BUILD)/programs/rollup/inflate_test 1000000
	$(BUILD)/programs/tests/rollup/derive_test 1000000
	$(BUILD)/programs/tests/rollup/run_test 1000
	tools/run_tests rollup/full/l1_test
$(BUILD)/programs/tests/rollup/run_test $(BUILD)/programs/tests/rollup/derive_test: | $(BUILD)/guest/batch.elf

# The worst batches that the limits of gas allow: bench/README.md has the table.
.PHONY: bench-batches
bench-batches: $(BUILD)/programs/bench/rollup/worst_bench $(BUILD)/guest/batch.elf
	$< --guest
