# build/guest/crypto.elf and crypto_qemu.elf: src/crypto as a guest has it, for its tests and measurements.

# Both only stretch live ranges, and a spilled register costs instructions: 5 % of a recovery.
GUEST_CFLAGS_secp256k1 := -fno-tree-pre -fno-schedule-insns
GUEST_CFLAGS_secp256k1_field := $(GUEST_CFLAGS_secp256k1)
GUEST_CFLAGS_secp256k1_recover := $(GUEST_CFLAGS_secp256k1)
GUEST_CFLAGS_secp256k1_scalar := $(GUEST_CFLAGS_secp256k1)
GUEST_CFLAGS_modular_inverse := $(GUEST_CFLAGS_secp256k1)
GUEST_CFLAGS_sha256 := -fno-schedule-insns
GUEST_CFLAGS_ripemd160 := -fno-schedule-insns

CRYPTO_GUEST_OBJECTS := $(BUILD)/guest/object/tests/crypto/program.o $(BUILD)/guest/object/guest/runtime.o \
    $(BUILD)/guest/object/guest/memory.o
CRYPTO_GUEST_LIBRARIES := $(BUILD)/guest/lib/crypto.a $(BUILD)/guest/lib/base.a $(BUILD)/guest/lib/abi.a

$(BUILD)/guest/object/tests/crypto/program.o: tests/crypto/program.c
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_CFLAGS) -c $< -o $@

$(BUILD)/guest/crypto.elf: $(BUILD)/guest/object/guest/start.o $(BUILD)/guest/object/guest/calls_machine.o
$(BUILD)/guest/crypto_qemu.elf: $(BUILD)/guest/object/guest/calls_qemu.o
$(BUILD)/guest/crypto.elf $(BUILD)/guest/crypto_qemu.elf: $(CRYPTO_GUEST_OBJECTS) $(CRYPTO_GUEST_LIBRARIES) $(BUILD)/guest/guest.ld
	$(GUEST_CC) $(GUEST_LDFLAGS) -Wl,-T,$(BUILD)/guest/guest.ld $(filter %.o,$^) \
	    -Wl,--start-group $(filter %.a,$^) -lgcc -Wl,--end-group -o $@

ifneq ($(shell command -v $(GUEST_CC) 2>/dev/null),)
$(BUILD)/programs/crypto/rv64_test: $(BUILD)/guest/crypto_qemu.elf
endif

.PHONY: measure-crypto
measure-crypto: $(BUILD)/guest/crypto_qemu.elf
	tools/measure_crypto $<

# What is generated and committed must come out the same.
.PHONY: check-crypto-table
check-crypto-table:
	python3 tools/generate_secp256k1_table.py | cmp - src/crypto/secp256k1_table.h
