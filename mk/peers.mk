# Other proof systems on the same work: the table of bench/README.md. Rust's crates are built on demand.
PEERS := $(BUILD)/bench/peers

# Each is proven PEER_SCALE times as long: at 5 the first two take five million cycles.
PEER_SCALE ?= 5
PEER_COUNT_fibonacci := 200000
PEER_COUNT_sha256    := 250
PEER_COUNT_keccak    := 1000
PEER_COUNT_recover   := 25
PEER_PLAIN := fibonacci sha256
PEER_CALLS := sha256 keccak recover
PEER_ELFS  := $(PEERS)/$(PEER_SCALE)

# $(1) work, $(2) suffix of the file
PEER_DEFINES = -DWORK=$(1) -DCOUNT=$(PEER_COUNT_$(1))*$(PEER_SCALE) $(if $(2),-DPRECOMPILES)

define peer_program
$(PEER_ELFS)/ashlar_$(1)$(2).elf: bench/peers/programs/program.c bench/peers/programs/ashlar_start.c $(GUEST_START_elf) \
    $(GUEST_RUNTIME) $(GUEST)/lib/base.a $(GUEST)/lib/abi.a $(GUEST)/lib/crypto.a $(GUEST)/guest.ld
	@mkdir -p $$(@D)
	$$(GUEST_CC) $$(GUEST_CFLAGS) $(PEER_DEFINES) $$(GUEST_LDFLAGS) -Wl,-T,$(GUEST)/guest.ld $$(filter %.c %.o,$$^) \
	    -Wl,--start-group $$(filter %.a,$$^) -lgcc -Wl,--end-group -o $$@

# The same C for SP1, which has no misaligned accesses; memcpy must not become a call of memcpy.
$(PEER_ELFS)/sp1_$(1)$(2).elf: bench/peers/programs/program.c bench/peers/programs/sp1_start.c \
    bench/peers/programs/sp1_start.S bench/peers/programs/sp1.ld src/crypto/sha256.c
	@mkdir -p $$(@D)
	$$(GUEST_CC) $$(filter-out -mno-strict-align -mtune=size -DASHLAR_GUEST,$$(GUEST_CFLAGS)) -mstrict-align \
	    -fno-tree-loop-distribute-patterns -DPEER_SP1 $(PEER_DEFINES) $$(GUEST_LDFLAGS) \
	    -Wl,-T,bench/peers/programs/sp1.ld $$(filter %.c %.S,$$^) -lgcc -o $$@
endef
$(foreach name,$(PEER_PLAIN),$(eval $(call peer_program,$(name),)))
$(foreach name,$(PEER_CALLS),$(eval $(call peer_program,$(name),_calls)))

$(PEERS)/ashlar $(PEERS)/keccak_air: $(PEERS)/%: bench/peers/%.c $(patsubst %,$(BUILD)/lib/%.a,base abi crypto field stark riscv vm verify prover)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $< -o $@ -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LDLIBS)

$(PEERS)/sp1 $(PEERS)/plonky3: $(PEERS)/%: bench/peers/%/Cargo.toml bench/peers/%/Cargo.lock bench/peers/%/src/main.rs bench/peers/measure.rs
	@mkdir -p $(@D)
	RUSTFLAGS="-C target-cpu=native" cargo build --release --locked --manifest-path bench/peers/$*/Cargo.toml \
	    --target-dir $(BUILD)/bench/$*
	cp $(BUILD)/bench/$*/release/$*-bench $@

.PHONY: bench-peers
bench-peers: $(addprefix $(PEERS)/,ashlar sp1 keccak_air plonky3) \
    $(foreach prover,ashlar sp1,$(PEER_PLAIN:%=$(PEER_ELFS)/$(prover)_%.elf) $(PEER_CALLS:%=$(PEER_ELFS)/$(prover)_%_calls.elf))
	bench/peers/table $(PEERS) $(PEER_ELFS)
