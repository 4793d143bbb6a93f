# The prover's kernels are loops of five over vectors: only unrolled they stay in registers.
$(patsubst %,$(BUILD)/native/stark/%.o,fraction_avx512 fraction_avx2 fraction_portable) \
    $(BUILD)/native/stark/prove_avx512.o $(BUILD)/native/stark/prove_avx2.o $(BUILD)/native/stark/prove_portable.o: \
    override CFLAGS += -O3
