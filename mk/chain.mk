# These tests run the guest program, so they need it; order only: a rebuilt program does not relink them.
GUEST_TESTS := guest_test blockchain_tests_guest_test
$(GUEST_TESTS:%=$(BUILD)/programs/tests/chain/%): | $(BUILD)/guest/block.elf
