# The command carries the init code of the rollup's contracts.
$(BUILD)/native/settle/contract_codes.o: src/settle/contract_codes.S src/settle/contracts.def $(BUILD)/contracts/predeploys.json
	@mkdir -p $(@D)
	$(CC) -Isrc -Wa,-I,$(BUILD)/contracts -c $< -o $@
$(BUILD)/lib/settle.a: $(BUILD)/native/settle/contract_codes.o
# Hashes of the bridged token's code, which the Bridge is told.
$(BUILD)/generated/bridged_token.h: contracts/l2/predeploys.json tools/bridged_token.mjs
	@mkdir -p $(@D)
	node tools/bridged_token.mjs $< >$@
$(BUILD)/native/settle/deployment.o $(FUZZ_RPC)/object/settle/deployment.o: $(BUILD)/generated/bridged_token.h

# Tests with a real L1: npm's anvil.
ROLLUP_TESTS := $(patsubst %.c,$(BUILD)/programs/%,$(filter tests/rollup/%,$(CROSS_SOURCES)))
$(ROLLUP_TESTS): TEST_LDLIBS += $(NODE_LDLIBS)

# The short tests of the rollup and the long ones: its contracts, its nodes with an L1, strangers, a full queue, the
# demonstration's story. ROLLUP_PROOFS=1: the story with a proof of each batch; FULL_QUEUE_BLOCKS=300: an hour of a full queue.
.PHONY: test-rollup
test-rollup: contracts all $(ROLLUP_TESTS)
	tools/run_tests tests/contracts/ tests/contracts/full/ tests/rollup/
