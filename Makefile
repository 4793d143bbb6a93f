# `make` builds build/ashlar and the guest programs; `make check` builds and runs every test.
# A folder of src/ is a library. The suffix of a file is its role:
#   _test, _bench, _fuzz  programs of their own     _host  needs an operating system, so not in a guest
#   _avx512, _avx2        compiled for that instruction set, chosen at run time

CC       ?= gcc
GUEST_CC ?= riscv64-unknown-elf-gcc
BUILD    ?= build

WARNINGS := -Wall -Wextra -Wconversion -Wno-sign-conversion -Wno-format-truncation -Werror
CFLAGS   ?= -O2 -g
override CFLAGS += -std=c17 $(WARNINGS) -fopenmp -fno-strict-aliasing -Isrc -I$(BUILD)/generated -MMD -MP
LDLIBS   := -lm -lpthread
AVX512   := -mavx512f -mavx512bw -mavx512dq -mavx512vl -mbmi2
AVX2     := -mavx2 -mbmi2

# In this order a module may use the ones before it in its own tower (tools/check_layers holds it).
EXECUTION := base abi crypto codec state evm chain rollup
PROOF     := base abi crypto field stark riscv vm verify prover
ROOF      := telemetry jobs store node proving settle rpc serve conformance
MODULES   := base abi crypto codec state evm chain rollup field stark riscv vm verify prover $(ROOF)

.PHONY: all check clean
all: $(BUILD)/ashlar guests

# ---- native libraries: one for each module --------------------------------------------------------
sources_of = $(filter-out %_test.c %_bench.c %_fuzz.c,$(shell find src/$(1) -name '*.c' 2>/dev/null | sort))
object_of  = $(patsubst src/%.c,$(BUILD)/native/%.o,$(1))

$(BUILD)/native/%_avx512.o: src/%_avx512.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(AVX512) -c $< -o $@
$(BUILD)/native/%_avx2.o: src/%_avx2.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(AVX2) -c $< -o $@
$(BUILD)/native/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c $< -o $@

define module_library
$(BUILD)/lib/$(1).a: $(call object_of,$(call sources_of,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	ar rcs $$@ $$^
endef
$(foreach module,$(MODULES),$(eval $(call module_library,$(module))))

# A module's tests link that module and those before it in its tower; those of the roof link all, since a chain to test
# with is made by the node.
up_to = $(if $(2),$(firstword $(2)) $(if $(filter $(1),$(firstword $(2))),,$(call up_to,$(1),$(wordlist 2,99,$(2)))))
tower_of = $(if $(filter $(1),$(ROOF)),$(MODULES),$(if $(filter $(1),$(EXECUTION)),$(call up_to,$(1),$(EXECUTION)),$(call up_to,$(1),$(PROOF))))
libraries_of = $(patsubst %,$(BUILD)/lib/%.a,$(call tower_of,$(1)))

# What tests and native accelerators need besides (libraries of others serve as oracles).
TEST_LDLIBS := -lcmocka -lsecp256k1 -lcrypto -ljansson -lz $(LDLIBS)
NODE_LDLIBS := -llmdb -lmicrohttpd -lwslay -lsecp256k1 -lcrypto -ljansson -lz -lcurl -lpq

PROGRAM_SOURCES := $(shell find src -name '*_test.c' -o -name '*_bench.c' | sort)
define module_program
$(BUILD)/programs/$(patsubst src/%.c,%,$(1)): $(1) $(call libraries_of,$(word 2,$(subst /, ,$(1))))
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) $(1) -o $$@ -Wl,--start-group $(call libraries_of,$(word 2,$(subst /, ,$(1)))) -Wl,--end-group $$(TEST_LDLIBS)
endef
$(foreach source,$(PROGRAM_SOURCES),$(eval $(call module_program,$(source))))

# What crosses modules: tests/ and bench/ link everything.
ALL_LIBRARIES := $(patsubst %,$(BUILD)/lib/%.a,$(MODULES))
CROSS_SOURCES := $(shell find tests bench -name '*_test.c' -o -name '*_bench.c' 2>/dev/null | sort)
$(patsubst %.c,$(BUILD)/programs/%,$(CROSS_SOURCES)): $(BUILD)/programs/%: %.c $(ALL_LIBRARIES)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -I. $< -o $@ -Wl,--start-group $(ALL_LIBRARIES) -Wl,--end-group $(TEST_LDLIBS)

CHECK_PROGRAMS := $(patsubst src/%.c,$(BUILD)/programs/%,$(filter %_test.c,$(PROGRAM_SOURCES))) \
                  $(patsubst %.c,$(BUILD)/programs/%,$(filter %_test.c,$(CROSS_SOURCES)))
.PHONY: check-programs
check-programs: $(CHECK_PROGRAMS)

CLI_OBJECTS := $(call object_of,$(call sources_of,cli)) $(BUILD)/native/cli/block_program.o
COMMAND_LDLIBS := $(NODE_LDLIBS) -lz $(LDLIBS)

include $(wildcard mk/*.mk)

# ---- the command --------------------------------------------------------------------------------
# It carries guest programs and their ids, so that it can prove and verify by itself.
CARRIED := $(patsubst %,$(BUILD)/guest/%.elf,block stateless batch)
$(BUILD)/program_id: tools/program_id.c $(patsubst %,$(BUILD)/lib/%.a,$(PROOF))
	$(CC) $(CFLAGS) $< -o $@ -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LDLIBS)
$(BUILD)/generated/block_program_id.h: $(BUILD)/program_id $(CARRIED)
	@mkdir -p $(@D)
	$(BUILD)/program_id BLOCK $(BUILD)/guest/block.elf >$@.part
	$(BUILD)/program_id STATELESS $(BUILD)/guest/stateless.elf >>$@.part
	$(BUILD)/program_id BATCH $(BUILD)/guest/batch.elf >>$@.part
	mv $@.part $@

$(BUILD)/native/cli/verify.o: $(BUILD)/generated/block_program_id.h $(BUILD)/generated/join_program_id.h
$(BUILD)/native/cli/block_program.o: src/cli/block_program.S $(CARRIED) $(BUILD)/guest/join.elf
	@mkdir -p $(@D)
	$(CC) -DBLOCK_ELF=$(BUILD)/guest/block.elf -DSTATELESS_ELF=$(BUILD)/guest/stateless.elf \
	    -DBATCH_ELF=$(BUILD)/guest/batch.elf -DJOIN_ELF=$(BUILD)/guest/join.elf -c $< -o $@
$(BUILD)/ashlar: $(CLI_OBJECTS) $(ALL_LIBRARIES)
	$(CC) $(CFLAGS) $(CLI_OBJECTS) -o $@ -Wl,--start-group $(ALL_LIBRARIES) -Wl,--end-group $(COMMAND_LDLIBS)

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
