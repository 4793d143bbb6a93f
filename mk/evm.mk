# Each opcode ends in its own indirect jump: shared tails would cost a jump more and predict worse.
INTERPRETER_CFLAGS := -fno-gcse -fno-crossjumping
GUEST_CFLAGS_interpreter := $(INTERPRETER_CFLAGS)
$(BUILD)/native/evm/interpreter.o: override CFLAGS += $(INTERPRETER_CFLAGS)

# Words are written limb by limb: a load of two limbs at once would wait until both stores are through.
WORD_OBJECTS := $(patsubst %,$(BUILD)/native/%.o,base/u256 evm/interpreter evm/instructions)
$(WORD_OBJECTS): override CFLAGS += -fno-tree-slp-vectorize
