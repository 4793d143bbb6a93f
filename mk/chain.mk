# What the tests of this folder have from the command: how it reads genesis files, and the guest program in it.
FIXTURE_OBJECTS := $(patsubst %,$(BUILD)/native/cli/%.o,cli json genesis block_program)
$(BUILD)/lib/fixtures.a: $(FIXTURE_OBJECTS)
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^
CHAIN_TESTS := $(patsubst %.c,$(BUILD)/programs/%,$(filter tests/chain/%,$(CROSS_SOURCES)))
$(CHAIN_TESTS): $(BUILD)/lib/fixtures.a
$(CHAIN_TESTS): TEST_LDLIBS := -Wl,--start-group $(BUILD)/lib/fixtures.a $(ALL_LIBRARIES) -Wl,--end-group $(TEST_LDLIBS)
# guest_test reads the guest program from its file; order only: a rebuilt program does not relink it.
$(BUILD)/programs/tests/chain/guest_test: | $(BUILD)/guest/block.elf

# Everything: what ./test runs, and every state and blockchain test and vector of a precompile in the guest too.
ASHLAR_FIXTURES ?= ../shared/fixtures
TEST_JOBS ?= $(shell nproc)
.PHONY: test-all
test-all: all check-programs
	tools/run_tests
	ASHLAR_MEASURE= $(BUILD)/programs/tests/crypto/precompiles_guest_test
	$(BUILD)/ashlar blocktest --guest --jobs $(TEST_JOBS) $(ASHLAR_FIXTURES)/blockchain_tests \
	    $(ASHLAR_FIXTURES)/blockchain_tests_legacy $(ASHLAR_FIXTURES)/blockchain_tests_amsterdam
	$(BUILD)/ashlar statetest --guest --jobs $(TEST_JOBS) $(ASHLAR_FIXTURES)/state_tests $(ASHLAR_FIXTURES)/state_tests_legacy

# ---- fuzz targets --------------------------------------------------------------------------------
# `make fuzz` builds them with clang (./setup --fuzz) and writes seeds from the fixtures; then, for example,
#   build/fuzz/evm_fuzz -max_total_time=600 build/fuzz/corpus/evm
FUZZ_CC ?= clang
FUZZ_SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZ_CFLAGS := -O1 -g -std=c17 -fno-strict-aliasing -fno-omit-frame-pointer -Isrc -I. $(FUZZ_SANITIZERS)
FUZZ := $(BUILD)/fuzz
FUZZ_SOURCES := $(foreach module,base abi crypto codec state evm chain conformance,$(call sources_of,$(module)))
# The emulated machine stays as fast as it is: what it runs is what is fuzzed.
FUZZ_OBJECTS := $(patsubst src/%.c,$(FUZZ)/object/%.o,$(FUZZ_SOURCES)) $(call object_of,$(foreach module,field stark riscv,$(call sources_of,$(module))))
FUZZ_TARGETS := $(FUZZ)/rlp_fuzz $(FUZZ)/transaction_fuzz $(FUZZ)/input_fuzz $(FUZZ)/evm_fuzz $(FUZZ)/guest_fuzz

# clang 14 crashes where it checks __builtin_assume_aligned.
$(patsubst src/%.c,$(FUZZ)/object/%.o,$(shell grep -ls assume_aligned $(FUZZ_SOURCES))): FUZZ_CFLAGS += -fno-sanitize=alignment
$(FUZZ)/object/%.o: src/%.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -isystem $(BLST)/bindings -MMD -MP -c $< -o $@
vpath %_fuzz.c src/codec src/chain src/evm tests/chain
$(FUZZ_TARGETS): $(FUZZ)/%: %.c $(FUZZ_OBJECTS) $(BLST_OBJECTS) $(BUILD)/native/cli/block_program.o
	$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer $^ -o $@ -ljansson $(LDLIBS)
$(FUZZ)/corpus: $(BUILD)/programs/tests/chain/fuzz_test
	mkdir -p $(patsubst %,$@/%,rlp transaction input evm guest)
	ASHLAR_FIXTURES=$(ASHLAR_FIXTURES) $< $@
.PHONY: fuzz
fuzz: $(FUZZ_TARGETS) $(FUZZ)/corpus

# ---- against other EVMs ---------------------------------------------------------------------------
# Generated state tests in which geth's `evm` and revm's `revme`, built from their registries on demand, must come to the
# same, and for each tenth of them a whole block, for geth's t8n; each hundredth runs in the guest too.
#   make fuzz-differential [CASES=100000] [SEED=1]
DIFFERENTIAL := $(BUILD)/differential
CASES ?= 100000
SEED ?= 1
$(DIFFERENTIAL)/evm:
	@mkdir -p $(@D)
	GOBIN=$(abspath $(@D)) go install github.com/ethereum/go-ethereum/cmd/evm@v1.16.7
$(DIFFERENTIAL)/revme:
	@mkdir -p $(@D)
	cargo install revme --version 43.0.3 --locked --root $(@D)/cargo
	cp $(@D)/cargo/bin/revme $@
.PHONY: fuzz-differential
fuzz-differential: $(BUILD)/programs/tests/chain/differential_test \
    $(BUILD)/programs/tests/chain/differential_blocks_test $(DIFFERENTIAL)/evm $(DIFFERENTIAL)/revme
	tests/chain/differential $(<D) $(DIFFERENTIAL) $(SEED) $(CASES)
