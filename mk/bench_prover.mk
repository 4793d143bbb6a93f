# Proves BLOCKS, each FILE or FILE:GENESIS, and verifies the proofs: the table of bench/README.md.
.PHONY: bench-prover
bench-prover: $(BUILD)/ashlar
	bench/prover $< $(or $(BLOCKS),$(error name the blocks: make bench-prover BLOCKS="FILE FILE:GENESIS"))
