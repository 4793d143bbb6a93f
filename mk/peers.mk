# Other proof systems on the same work: the table of bench/README.md. Rust's crates are built on demand.
PEERS := $(BUILD)/bench/peers

# Name, work, how often: some four million cycles each without precompiles.
PEER_WORK_fibonacci := fibonacci 1000000
PEER_WORK_sha256    := sha256 1500
PEER_WORK_keccak    := keccak 4000
PEER_NAMES := fibonacci sha256 keccak

PEER_DEFINES = -DWORK=$(word 1,$(PEER_WORK_$(1))) -DCOUNT=$(word 2,$(PEER_WORK_$(1)))

define peer_program
$(PEERS)/ashlar_$(1).elf: bench/peers/programs/program.c bench/peers/programs/ashlar_start.c $(GUEST_START_elf) \
    $(GUEST_RUNTIME) $(GUEST)/lib/base.a $(GUEST)/lib/abi.a $(GUEST)/lib/crypto.a $(GUEST)/guest.ld
	@mkdir -p $$(@D)
	$$(GUEST_CC) $$(GUEST_CFLAGS) $(PEER_DEFINES) $$(GUEST_LDFLAGS) -Wl,-T,$(GUEST)/guest.ld $$(filter %.c %.o,$$^) \
	    -Wl,--start-group $$(filter %.a,$$^) -lgcc -Wl,--end-group -o $$@

# The same C for SP1, which has no misaligned accesses; `_calls` with its precompiles.
$(PEERS)/sp1_$(1).elf $(PEERS)/sp1_$(1)_calls.elf: bench/peers/programs/program.c bench/peers/programs/sp1_start.c \
    bench/peers/programs/sp1_start.S bench/peers/programs/sp1.ld src/crypto/sha256.c src/crypto/keccak.c src/crypto/keccak_rv64.c
	@mkdir -p $$(@D)
	$$(GUEST_CC) $$(filter-out -mno-strict-align -mtune=size -DASHLAR_GUEST,$$(GUEST_CFLAGS)) -mstrict-align \
	    -DPEER_SP1 $$(if $$(findstring _calls,$$@),-DPRECOMPILES) $(PEER_DEFINES) $$(GUEST_LDFLAGS) \
	    -Wl,-T,bench/peers/programs/sp1.ld $$(filter %.c %.S,$$^) -lgcc -o $$@
endef
$(foreach name,$(PEER_NAMES),$(eval $(call peer_program,$(name))))

$(PEERS)/ashlar: bench/peers/ashlar.c $(patsubst %,$(BUILD)/lib/%.a,base abi crypto field stark riscv vm verify prover)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $< -o $@ -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LDLIBS)

$(PEERS)/sp1: bench/peers/sp1/Cargo.toml bench/peers/sp1/Cargo.lock bench/peers/sp1/src/main.rs
	@mkdir -p $(@D)
	RUSTFLAGS="-C target-cpu=native" cargo build --release --locked --manifest-path bench/peers/sp1/Cargo.toml \
	    --target-dir $(BUILD)/bench/sp1
	cp $(BUILD)/bench/sp1/release/sp1-bench $@

$(PEERS)/plonky3: bench/peers/plonky3/Cargo.toml bench/peers/plonky3/Cargo.lock bench/peers/plonky3/src/main.rs
	@mkdir -p $(@D)
	RUSTFLAGS="-C target-cpu=native" cargo build --release --locked --manifest-path bench/peers/plonky3/Cargo.toml \
	    --target-dir $(BUILD)/bench/plonky3
	cp $(BUILD)/bench/plonky3/release/plonky3-bench $@

.PHONY: bench-peers
bench-peers: $(addprefix $(PEERS)/,ashlar sp1 plonky3) $(PEER_NAMES:%=$(PEERS)/ashlar_%.elf) \
    $(PEER_NAMES:%=$(PEERS)/sp1_%.elf) $(PEERS)/sp1_sha256_calls.elf $(PEERS)/sp1_keccak_calls.elf
	bench/peers/table $(PEERS)
