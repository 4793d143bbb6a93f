# The roof and its tests need a database and a web server; nothing else links them.
NODE_TESTS := $(patsubst src/%.c,$(BUILD)/programs/%,$(filter $(addsuffix /%,$(addprefix src/,$(ROOF))),$(PROGRAM_SOURCES)))
$(NODE_TESTS): TEST_LDLIBS += $(NODE_LDLIBS)

# Those that cross modules read genesis files as the command does.
NODE_CROSS_TESTS := $(patsubst %.c,$(BUILD)/programs/%,$(filter tests/node/%,$(CROSS_SOURCES)))
$(NODE_CROSS_TESTS): $(BUILD)/lib/fixtures.a
$(NODE_CROSS_TESTS): TEST_LDLIBS := -Wl,--start-group $(BUILD)/lib/fixtures.a $(ALL_LIBRARIES) -Wl,--end-group \
    $(TEST_LDLIBS) $(NODE_LDLIBS)
# The guest program is read from its file; order only.
$(BUILD)/programs/tests/node/blocks_test: | $(BUILD)/guest/block.elf
# It counts with the real program.
$(BUILD)/programs/proving/proving_test: | $(BUILD)/ashlar
$(BUILD)/programs/tests/cli/verify_test: | $(BUILD)/ashlar $(BUILD)/programs/proving/proving_test

# The long form of tests/clients/hostile_test.sh; needs 11,000 files for each process (ulimit -n).
.PHONY: test-node-load
test-node-load: all
	tests/clients/hostile_test.sh 10000 300 64
# c-kzg checks the blobs of blob transactions; it comes with blst (mk/blst.mk), and stands upon it.
CKZG := third_party/node_modules/c-kzg/deps/c-kzg
CKZG_FLAGS := -isystem $(CKZG) -isystem $(BLST)/bindings
$(CKZG)/ckzg.c $(CKZG)/ckzg.h $(CKZG)/trusted_setup.txt:
	@echo "make: $@ is missing; ./setup installs it" >&2; false
$(BUILD)/native/third_party/ckzg.o: $(CKZG)/ckzg.c
	@mkdir -p $(@D)
	$(CC) -O2 -g -std=c17 -ffile-prefix-map=$(CURDIR)=. -w $(CKZG_FLAGS) -c $< -o $@
$(BUILD)/native/node/kzg_setup.o: src/node/kzg_setup.S $(CKZG)/trusted_setup.txt
	@mkdir -p $(@D)
	$(CC) -DKZG_SETUP='"$(CKZG)/trusted_setup.txt"' -c $< -o $@
$(BUILD)/native/node/blobs.o: override CFLAGS += $(CKZG_FLAGS)
$(BUILD)/native/node/blobs.o: $(CKZG)/ckzg.h
$(BUILD)/programs/node/blobs_test: override CFLAGS += $(CKZG_FLAGS)
$(BUILD)/lib/node.a: $(BUILD)/native/third_party/ckzg.o $(BUILD)/native/node/kzg_setup.o

# `make fuzz-rpc` throws changed requests at the RPC under the sanitizers: FUZZ_RPC_REQUESTS of them, from FUZZ_RPC_SEED
# on. ./test does the same with fewer and without. What proves is linked as it is.
FUZZ_RPC := $(BUILD)/fuzz-rpc
FUZZ_RPC_REQUESTS ?= 200000
FUZZ_RPC_SEED ?= 1
FUZZ_RPC_SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZ_RPC_OBJECTS := $(patsubst src/%.c,$(FUZZ_RPC)/object/%.o,$(foreach module,base abi crypto codec state evm chain $(ROOF), \
    $(call sources_of,$(module))))
FUZZ_RPC_FLAGS := -O1 -g -std=c17 -fopenmp -fno-strict-aliasing -fno-omit-frame-pointer -Isrc -I$(BUILD)/generated \
    $(CKZG_FLAGS) $(FUZZ_RPC_SANITIZERS)
$(FUZZ_RPC)/object/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(FUZZ_RPC_FLAGS) -MMD -MP -c $< -o $@
-include $(FUZZ_RPC_OBJECTS:.o=.d)
$(FUZZ_RPC)/rpc_fuzz: tests/node/rpc_fuzz_test.c $(FUZZ_RPC_OBJECTS) $(ALL_LIBRARIES)
	$(CC) $(FUZZ_RPC_FLAGS) $< $(FUZZ_RPC_OBJECTS) -o $@ -Wl,--start-group $(ALL_LIBRARIES) -Wl,--end-group \
	    -lcmocka $(NODE_LDLIBS) $(LDLIBS)
.PHONY: fuzz-rpc
fuzz-rpc: $(FUZZ_RPC)/rpc_fuzz
	$< $(FUZZ_RPC_REQUESTS) $(FUZZ_RPC_SEED)
