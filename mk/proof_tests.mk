# What the tests of whole proofs run; order only, so that a rebuilt program does not relink them.
$(BUILD)/programs/tests/prover/run_test: | $(BUILD)/guest/three.elf $(BUILD)/guest/fibonacci.elf
$(BUILD)/programs/tests/soundness/attacks_test: | $(BUILD)/guest/fibonacci.elf $(BUILD)/guest/runtime_check.elf
$(BUILD)/programs/tests/prover/recursion_test $(BUILD)/programs/bench/recursion_bench: | $(BUILD)/guest/fibonacci.elf $(BUILD)/guest/verify.elf
$(BUILD)/programs/tests/prover/proof_file_test: | $(BUILD)/ashlar

# What comments beside constraints say of bounds, computed anew.
.PHONY: check-bounds
check-bounds:
	python3 tools/chip_bounds.py
