# blst, the arithmetic of BLS12-381, from the npm package c-kzg (third_party/package-lock.json; ./setup installs it). Its
# objects go into the crypto libraries: natively with its assembly where it has one for the machine, in the guest in C.
BLST := third_party/node_modules/c-kzg/deps/blst
BLST_WARNINGS := -w

BLST_ASSEMBLY := $(filter x86_64-% aarch64-%,$(shell $(CC) -dumpmachine))
BLST_OBJECTS := $(BUILD)/native/third_party/blst.o $(if $(BLST_ASSEMBLY),$(BUILD)/native/third_party/blst_assembly.o)
BLST_CFLAGS := -O2 -g -fno-builtin -fPIC -ffile-prefix-map=$(CURDIR)=. $(BLST_WARNINGS) \
    $(if $(BLST_ASSEMBLY),-D__BLST_PORTABLE__,-D__BLST_NO_ASM__)

$(BLST)/src/server.c $(BLST)/bindings/blst.h:
	@echo "make: $@ is missing; ./setup installs it" >&2; false

$(BUILD)/native/third_party/blst.o: $(BLST)/src/server.c
	@mkdir -p $(@D)
	$(CC) $(BLST_CFLAGS) -c $< -o $@
$(BUILD)/native/third_party/blst_assembly.o: $(BLST)/build/assembly.S
	@mkdir -p $(@D)
	$(CC) $(BLST_CFLAGS) -c $< -o $@
$(BLST)/build/assembly.S: $(BLST)/src/server.c
$(BUILD)/lib/crypto.a: $(BLST_OBJECTS)

BLST_USERS := bls12_381 kzg
$(BLST_USERS:%=$(BUILD)/native/crypto/%.o): override CFLAGS += -isystem $(BLST)/bindings
$(BLST_USERS:%=$(BUILD)/native/crypto/%.o) $(BLST_USERS:%=$(BUILD)/guest/object/crypto/%.o): $(BLST)/bindings/blst.h
GUEST_CFLAGS_bls12_381 := -isystem $(BLST)/bindings
GUEST_CFLAGS_kzg := $(GUEST_CFLAGS_bls12_381)

# Both stretch live ranges, and a spilled register costs instructions: a sixth of a pairing.
GUEST_CFLAGS_blst := $(BLST_WARNINGS) -fno-schedule-insns -fno-tree-ter -I$(BLST)/src
$(BUILD)/guest/object/third_party/blst.o: third_party/blst_guest.c $(BLST)/src/server.c
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_CFLAGS) $(GUEST_CFLAGS_blst) -c $< -o $@
$(BUILD)/guest/lib/crypto.a: $(BUILD)/guest/object/third_party/blst.o

# build/guest/precompile.elf runs one precompiled contract, for tests and measurements.
$(BUILD)/guest/object/tests/crypto/precompile.o: tests/crypto/precompile.c
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_CFLAGS) -c $< -o $@
$(BUILD)/guest/precompile.elf: $(BUILD)/guest/object/tests/crypto/precompile.o \
    $(patsubst %,$(BUILD)/guest/object/guest/%.o,start calls_machine runtime memory) \
    $(patsubst %,$(BUILD)/guest/lib/%.a,base abi crypto codec state evm) $(BUILD)/guest/guest.ld
	$(GUEST_CC) $(GUEST_LDFLAGS) -Wl,-T,$(BUILD)/guest/guest.ld $(filter %.o,$^) \
	    -Wl,--start-group $(filter %.a,$^) -lgcc -Wl,--end-group -o $@
ifneq ($(shell command -v $(GUEST_CC) 2>/dev/null),)
$(BUILD)/programs/tests/crypto/precompiles_guest_test $(BUILD)/programs/tests/crypto/recover_guest_test: | \
    $(BUILD)/guest/precompile.elf
endif
