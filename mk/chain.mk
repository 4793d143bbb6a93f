# The test runs the guest program, so it needs it; order only, so that a rebuilt program does not relink the test.
$(BUILD)/programs/tests/chain/guest_test: | $(BUILD)/guest/block.elf
