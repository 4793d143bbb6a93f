# What the verifier in Python (tests/reference) is held against and told of: the machine as JSON, proofs, the
# verifier in C.
REFERENCE := $(BUILD)/reference
REFERENCE_FILES := $(addprefix $(REFERENCE)/,machine.json oracle verdict)

$(REFERENCE)/machine_dump: tools/machine_dump.c $(ALL_LIBRARIES)
$(REFERENCE)/oracle: tests/reference/oracle.c $(ALL_LIBRARIES)
$(REFERENCE)/machine_dump $(REFERENCE)/oracle:
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -I. $< -o $@ -Wl,--start-group $(ALL_LIBRARIES) -Wl,--end-group $(TEST_LDLIBS)
$(REFERENCE)/machine.json: $(REFERENCE)/machine_dump
	$< >$@.part
	mv $@.part $@
$(REFERENCE)/verdict: tests/reference/verdict.c $(BUILD)/verify/objects.a
	@mkdir -p $(@D)
	$(CC) -O2 -g -std=c17 $(WARNINGS) -Isrc -I. -MMD -MP $< $(BUILD)/verify/objects.a -o $@
check-programs: $(REFERENCE_FILES) $(BUILD)/guest/join_tree.elf

# What takes minutes: full parameters, and as many changed files as you like, COUNT=5000 SEED=7
.PHONY: check-reference check-hostile
check-reference: $(REFERENCE_FILES) $(BUILD)/guest/fibonacci.elf $(BUILD)/guest/join_tree.elf $(BUILD)/ashlar \
    $(BUILD)/test-proofs/id
	@mkdir -p $(REFERENCE)/full
	$(REFERENCE)/oracle prove-full $(REFERENCE)/full
	tests/reference/verify.py $(REFERENCE)/machine.json $(REFERENCE)/full/full.id $(REFERENCE)/full/full.proof
	for proof in both joined; do tests/reference/verify.py --join "$$($(BUILD)/ashlar info $(BUILD)/guest/join.elf | \
	    sed -n 's/^program id *//p')" $(REFERENCE)/machine.json $(BUILD)/test-proofs/id $(BUILD)/test-proofs/$$proof.proof || exit 1; done
	LIES=100 COUNT=$(or $(COUNT),500) SEED=$(or $(SEED),1) tests/reference/reference_test.sh
	COUNT=$(or $(COUNT),500) SEED=$(or $(SEED),1) tests/reference/shapes_test.sh

# The verifier in C under sanitizers: every word of a small proof changed, words at full parameters, changes
# of structure.
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=undefined
$(BUILD)/sanitized/verdict: tests/reference/verdict.c $(BUILD)/verify/objects.a
	@mkdir -p $(@D)
	$(CC) -O1 -g -std=c17 $(WARNINGS) $(SANITIZERS) -fno-strict-aliasing -Isrc -I. -I$(BUILD)/generated $< $(VERIFY_SOURCES) -o $@
$(BUILD)/sanitized/machine.json: $(REFERENCE)/machine.json
	@mkdir -p $(@D)
	cp $< $@
check-hostile: $(REFERENCE_FILES) $(BUILD)/sanitized/verdict $(BUILD)/sanitized/machine.json \
    $(BUILD)/guest/fibonacci.elf $(BUILD)/guest/join_tree.elf
	@mkdir -p $(BUILD)/sanitized/proofs/joined
	OMP_WAIT_POLICY=passive $(REFERENCE)/oracle prove $(BUILD)/sanitized/proofs 0
	$(REFERENCE)/oracle prove-full $(BUILD)/sanitized/proofs
	$(REFERENCE)/oracle join $(BUILD)/sanitized/proofs/joined
	cd $(BUILD)/sanitized && for arguments in \
	    "small proofs/id proofs/both.proof $(or $(SEED),1) $(or $(COUNT),1000) 1" \
	    "small proofs/id proofs/split.proof $(or $(SEED),1) $(or $(COUNT),1000) 101" \
	    "tree proofs/joined/id proofs/joined/join proofs/joined/run.proof $(or $(SEED),1) $(or $(COUNT),1000) 31" \
	    "tree proofs/joined/id proofs/joined/join proofs/joined/runs.proof $(or $(SEED),1) $(or $(COUNT),1000) 157" \
	    "full proofs/full.id proofs/full.proof $(or $(SEED),1) $(or $(COUNT),1000) 157"; do \
	    $(CURDIR)/tests/reference/hostile.py . $$arguments || exit 1; done

# The rooms verify and prover under sanitizers, the rest as it is: whole proofs made, changed and verified, joins.
SANITIZED_ROOMS := verify prover
SANITIZED_TESTS := src/verify/run_test tests/prover/proof_file_test tests/prover/parts_test tests/soundness/join_test
SANITIZED_OBJECTS := $(patsubst src/%.c,$(BUILD)/sanitized/%.o,$(foreach room,$(SANITIZED_ROOMS),$(call sources_of,$(room))))
$(BUILD)/sanitized/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(filter-out -O2,$(CFLAGS)) -O1 $(SANITIZERS) -c $< -o $@
$(BUILD)/sanitized/verify/constant.o: $(BUILD)/generated/machine.inc
$(patsubst %,$(BUILD)/sanitized/programs/%,$(SANITIZED_TESTS)): $(BUILD)/sanitized/programs/%: %.c $(SANITIZED_OBJECTS) $(ALL_LIBRARIES)
	@mkdir -p $(@D)
	$(CC) $(filter-out -O2,$(CFLAGS)) -O1 $(SANITIZERS) -I. $< $(SANITIZED_OBJECTS) -o $@ \
	    -Wl,--start-group $(ALL_LIBRARIES) -Wl,--end-group $(TEST_LDLIBS)
.PHONY: check-sanitized
check-sanitized: $(patsubst %,$(BUILD)/sanitized/programs/%,$(SANITIZED_TESTS)) guests $(BUILD)/ashlar
	for test in $^; do case $$test in *_test) $$test || exit 1 ;; esac; done
