# These tests run the guest program, so they need it; order only, so that a rebuilt program does not relink them.
$(BUILD)/programs/tests/chain/guest_test $(BUILD)/programs/tests/chain/blockchain_tests_guest_test: | $(BUILD)/guest/block.elf
