# The prover's kernels are loops of five over vectors: only unrolled they stay in registers.
$(foreach kernels,constraint fraction opening,$(patsubst %,$(BUILD)/native/stark/$(kernels)_%.o,avx512 avx2 portable)): \
    override CFLAGS += -O3
