# The node and its tests need a database and a web server; nothing else links them.
NODE_TESTS := $(patsubst src/%.c,$(BUILD)/programs/%,$(filter src/node/%,$(PROGRAM_SOURCES)))
$(NODE_TESTS): TEST_LDLIBS += $(NODE_LDLIBS)

# Those that cross modules read genesis files as the command does.
NODE_CROSS_TESTS := $(patsubst %.c,$(BUILD)/programs/%,$(filter tests/node/%,$(CROSS_SOURCES)))
$(NODE_CROSS_TESTS): $(BUILD)/lib/fixtures.a
$(NODE_CROSS_TESTS): TEST_LDLIBS := -Wl,--start-group $(BUILD)/lib/fixtures.a $(ALL_LIBRARIES) -Wl,--end-group \
    $(TEST_LDLIBS) $(NODE_LDLIBS)
# The guest program is read from its file; order only.
$(BUILD)/programs/tests/node/blocks_test: | $(BUILD)/guest/block.elf
# It counts with the real program.
$(BUILD)/programs/node/proving_test: | $(BUILD)/ashlar

# The long form of tests/clients/hostile_test.sh; needs 11,000 files for each process (ulimit -n).
.PHONY: test-node-load
test-node-load: all
	tests/clients/hostile_test.sh 10000 300 64
