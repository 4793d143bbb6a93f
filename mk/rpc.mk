# The conformance test reads a genesis.json as the command does.
RPC_GENESIS := $(patsubst %,$(BUILD)/native/cli/%.o,genesis json cli)
$(BUILD)/programs/tests/node/rpc_conformance_test: TEST_LDLIBS += $(RPC_GENESIS)
$(BUILD)/programs/tests/node/rpc_conformance_test: $(RPC_GENESIS)
