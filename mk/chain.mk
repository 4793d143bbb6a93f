# The runner of Ethereum's tests is the command's; the tests of this folder use it too, with the guest program in it.
FIXTURE_OBJECTS := $(patsubst %,$(BUILD)/native/cli/%.o,fixture fixture_run statetest_case statetest_trace blocktest_case \
    cli json genesis block_program)
$(BUILD)/lib/fixtures.a: $(FIXTURE_OBJECTS)
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^
CHAIN_TESTS := $(patsubst %.c,$(BUILD)/programs/%,$(filter tests/chain/%,$(CROSS_SOURCES)))
$(CHAIN_TESTS): $(BUILD)/lib/fixtures.a
$(CHAIN_TESTS): TEST_LDLIBS := -Wl,--start-group $(BUILD)/lib/fixtures.a $(ALL_LIBRARIES) -Wl,--end-group $(TEST_LDLIBS)
# guest_test reads the guest program from its file; order only: a rebuilt program does not relink it.
$(BUILD)/programs/tests/chain/guest_test: | $(BUILD)/guest/block.elf

# Everything: what ./test runs, and every state and blockchain test in the guest too.
ASHLAR_FIXTURES ?= ../shared/fixtures
TEST_JOBS ?= $(shell nproc)
.PHONY: test-all
test-all: all check-programs
	tools/run_tests
	$(BUILD)/ashlar blocktest --guest --jobs $(TEST_JOBS) $(ASHLAR_FIXTURES)/blockchain_tests \
	    $(ASHLAR_FIXTURES)/blockchain_tests_legacy
	$(BUILD)/ashlar statetest --guest --jobs $(TEST_JOBS) $(ASHLAR_FIXTURES)/state_tests $(ASHLAR_FIXTURES)/state_tests_legacy
