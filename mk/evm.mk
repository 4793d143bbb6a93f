# Each opcode ends in its own indirect jump: shared tails would cost a jump more and predict worse.
INTERPRETER_CFLAGS := -fno-gcse -fno-crossjumping
GUEST_CFLAGS_interpreter := $(INTERPRETER_CFLAGS)
$(BUILD)/native/evm/interpreter.o: override CFLAGS += $(INTERPRETER_CFLAGS)

# Words are written limb by limb: a load of two limbs at once would wait until both stores are through.
WORD_OBJECTS := $(patsubst %,$(BUILD)/native/%.o,base/u256 evm/interpreter evm/instructions)
$(WORD_OBJECTS): override CFLAGS += -fno-tree-slp-vectorize

# The EVM's tests once more, of code as the guest has it, with the machine's calls in plain C.
EVM_GUEST_SOURCES := $(filter-out %_test.c %_bench.c %_fuzz.c %_host.c,$(wildcard src/evm/*.c))
EVM_CALLS_TEST := $(BUILD)/programs/evm/evm_calls_test
$(EVM_CALLS_TEST): src/evm/evm_test.c $(EVM_GUEST_SOURCES) $(call libraries_of,state)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -DASHLAR_CALLS $(filter %.c,$^) -o $@ -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(TEST_LDLIBS)
check-programs: $(EVM_CALLS_TEST)
