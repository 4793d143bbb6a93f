# Figures of bench/README.md. Nothing here is part of `make` or of the tests.
BENCH := $(BUILD)/bench

$(BENCH)/contracts: bench/contracts/package-lock.json
	cd bench/contracts && npm ci --ignore-scripts --no-audit --no-fund
	@mkdir -p $(@D)
	touch $@
$(BENCH)/cases.txt: bench/evm/cases.mjs bench/contracts/compile.mjs bench/contracts/Workloads.sol \
    $(BENCH)/contracts src/evm/opcodes.def
	node bench/evm/cases.mjs src/evm/opcodes.def >$@.part
	mv $@.part $@

# Other EVMs, built from their registries on demand.
$(BENCH)/revm-bench: bench/peers/revm/Cargo.lock bench/peers/revm/src/main.rs
	@mkdir -p $(@D)
	cargo build --release --locked --manifest-path bench/peers/revm/Cargo.toml --target-dir $(BENCH)/revm
	cp $(BENCH)/revm/release/revm-bench $@

$(BENCH)/geth-bench: bench/peers/geth/go.sum bench/peers/geth/main.go
	@mkdir -p $(@D)
	cd bench/peers/geth && go build -o $(abspath $@) .

.PHONY: bench-evm bench-evm-guest bench-cycles
bench-evm: $(BENCH)/evm_native $(BENCH)/revm-bench $(BENCH)/geth-bench $(BENCH)/cases.txt bench-evm-guest
	bench/evm/table $(BENCH)/cases.txt $(BENCH)/evm_native revm=$(BENCH)/revm-bench geth=$(BENCH)/geth-bench

bench-evm-guest: $(BENCH)/evm_cycles $(BUILD)/guest/evm_bench.elf $(BENCH)/cases.txt
	$< $(BENCH)/cases.txt $(BUILD)/guest/evm_bench.elf

$(BENCH)/evm_native $(BENCH)/evm_cycles: $(BENCH)/evm_%: bench/evm/%.c \
    $(patsubst %,$(BUILD)/lib/%.a,base abi crypto codec state evm field stark riscv vm)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -I. $< -o $@ -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LDLIBS)

# What costs most to prove for its gas.
.PHONY: bench-worst
bench-worst: $(BUILD)/ashlar $(BENCH)/evm_cycles $(BENCH)/cases.txt $(BUILD)/guest/evm_bench.elf \
    $(BUILD)/programs/bench/precompiles_bench $(BUILD)/guest/precompile.elf
	bench/worst $(BUILD)/ashlar $(BENCH)/evm_cycles $(BENCH)/cases.txt $(BUILD)/guest/evm_bench.elf \
	    $(BUILD)/programs/bench/precompiles_bench \
	    $(or $(ASHLAR_FIXTURES),../shared/fixtures)/real_blocks/mainnet-24628607.json >$(BENCH)/worst.md
	mv $(BENCH)/worst.md bench/worst.md

# Cycles of each real block, to compare with the table of bench/README.md.
bench-cycles: $(BUILD)/ashlar
	bench/cycles $< $(or $(ASHLAR_FIXTURES),../shared/fixtures)

EVM_GUEST := $(BUILD)/guest/evm_bench.elf
$(BUILD)/guest/object/bench/evm/guest.o: bench/evm/guest.c
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_CFLAGS) -I. -c $< -o $@
$(EVM_GUEST): $(BUILD)/guest/object/bench/evm/guest.o \
    $(patsubst %,$(BUILD)/guest/object/guest/%.o,start calls_machine runtime memory) \
    $(patsubst %,$(BUILD)/guest/lib/%.a,base abi crypto codec state evm) $(BUILD)/guest/guest.ld
	$(GUEST_CC) $(GUEST_LDFLAGS) -Wl,-T,$(BUILD)/guest/guest.ld $(filter %.o,$^) \
	    -Wl,--start-group $(filter %.a,$^) -lgcc -Wl,--end-group -o $@

# The node under load, beside another one.
$(BENCH)/node: bench/node/package-lock.json
	cd bench/node && npm ci --ignore-scripts --no-audit --no-fund
	@mkdir -p $(@D)
	touch $@
$(BENCH)/token.hex: bench/node/token.mjs bench/contracts/compile.mjs bench/contracts/Workloads.sol $(BENCH)/contracts
	node $< >$@.part
	mv $@.part $@
$(BENCH)/load: bench/node/load.c bench/node/client.c $(patsubst %,$(BUILD)/lib/%.a,base abi crypto codec)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -I. $(filter %.c,$^) -o $@ -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
	    -lsecp256k1 $(LDLIBS)

.PHONY: bench-node
bench-node: $(BUILD)/ashlar $(BENCH)/load $(BENCH)/token.hex $(BENCH)/node
	bench/node/table $(BUILD)/ashlar $(BENCH)/load $(BENCH)/token.hex bench/node/node_modules

# The opening with several parameters; CELLS is the log2 of their number.
.PHONY: bench-opening
bench-opening: $(BUILD)/programs/stark/opening_bench
	$< $(or $(CELLS),26)

# How long proofs take to be verified, natively and in WebAssembly (bench/README.md).
$(BUILD)/programs/bench/verify/library_bench: $(BUILD)/lib/libashlar_verify.a
$(BUILD)/programs/bench/verify/library_bench: TEST_LDLIBS := $(BUILD)/lib/libashlar_verify.a $(TEST_LDLIBS)
.PHONY: bench-verify
bench-verify: $(BUILD)/ashlar $(BUILD)/programs/bench/verify/library_bench $(BUILD)/npm/ashlar-verify/package.json
	./setup --explorer
	node bench/verify/bench.mjs $(or $(PROOFS),$(error name proofs: make bench-verify PROOFS="FILE FILE"))
