# What the verifier in Python (tests/reference) is held against and told of: the machine as JSON, proofs, the verifier in C.
REFERENCE_TOOLS := $(BUILD)/reference/machine_dump $(BUILD)/reference/oracle

$(BUILD)/reference/machine_dump: tools/machine_dump.c $(ALL_LIBRARIES)
$(BUILD)/reference/oracle: tests/reference/oracle.c $(ALL_LIBRARIES)
$(REFERENCE_TOOLS):
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -I. $< -o $@ -Wl,--start-group $(ALL_LIBRARIES) -Wl,--end-group $(TEST_LDLIBS)
$(BUILD)/reference/machine.json: $(BUILD)/reference/machine_dump
	$< >$@.part
	mv $@.part $@
check-programs: $(BUILD)/reference/machine.json $(BUILD)/reference/oracle

# What takes minutes: full parameters, and as many changed files as you like: make check-reference COUNT=5000 SEED=7
.PHONY: check-reference
check-reference: $(BUILD)/reference/machine.json $(BUILD)/reference/oracle $(BUILD)/guest/fibonacci.elf
	@mkdir -p $(BUILD)/reference/full
	$(BUILD)/reference/oracle prove-full $(BUILD)/reference/full
	tests/reference/verify.py $(BUILD)/reference/machine.json $(BUILD)/reference/full/full.id $(BUILD)/reference/full/full.proof
	LIES=100 COUNT=$(or $(COUNT),500) SEED=$(or $(SEED),1) tests/reference/reference_test.sh
