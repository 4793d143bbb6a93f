# Guest programs: build/guest/<program>.elf for the machine, <program>_qemu.elf for qemu-riscv64 (same objects of the program,
# another start). Only programs whose source exists are built. The same sources give the same bytes.

GUEST_PROGRAMS := three fibonacci runtime_check block stateless batch verify join last

# What a program links besides the runtime; `bare` programs bring their own start and link nothing.
GUEST_MODULES_fibonacci := base abi crypto
GUEST_MODULES_runtime_check := base abi crypto
GUEST_MODULES_block     := base abi crypto codec state evm chain
GUEST_MODULES_stateless := $(GUEST_MODULES_block)
GUEST_MODULES_batch     := $(GUEST_MODULES_block) rollup
GUEST_MODULES_verify    := base abi crypto field stark riscv vm verify
GUEST_MODULES_join      := $(GUEST_MODULES_verify)
GUEST_MODULES_last      := $(GUEST_MODULES_verify)
GUEST_BARE := three

# Every instruction costs about the same in a proof, so tune for few of them; the machine has misaligned accesses.
GUEST_ARCH   := -march=rv64im -mabi=lp64 -mcmodel=medany
GUEST_CFLAGS := $(GUEST_ARCH) -mno-strict-align -mtune=size -O2 -std=c17 $(WARNINGS) -ffreestanding -fbuiltin -fno-pie \
    -fno-stack-protector -fno-asynchronous-unwind-tables -fno-strict-aliasing -ffunction-sections -fdata-sections \
    -ffile-prefix-map=$(CURDIR)=. -DASHLAR_GUEST -Isrc -I$(BUILD)/generated -MMD -MP
GUEST_LDFLAGS := $(GUEST_ARCH) -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--build-id=none

GUEST := $(BUILD)/guest
GUEST_EXISTING := $(foreach program,$(GUEST_PROGRAMS),$(if $(wildcard src/guest/$(program).c src/guest/$(program).S),$(program)))

.PHONY: guests
guests: $(foreach program,$(GUEST_EXISTING),$(GUEST)/$(program).elf)

$(GUEST)/object/%.o: src/%.c
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_CFLAGS) $(GUEST_CFLAGS_$(basename $(notdir $<))) -c $< -o $@
$(GUEST)/object/%.o: src/%.S
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_CFLAGS) -c $< -o $@
$(GUEST)/guest.ld: src/guest/guest.ld.in src/abi/memory_map.h
	@mkdir -p $(@D)
	$(GUEST_CC) -E -P -x c -Isrc $< -o $@

# memcpy must not become a call of memcpy.
GUEST_CFLAGS_memory := -fno-tree-loop-distribute-patterns

guest_sources_of = $(filter-out %_test.c %_bench.c %_fuzz.c %_host.c %_avx2.c %_avx512.c,$(shell find src/$(1) -name '*.c' 2>/dev/null | sort))
guest_object_of  = $(patsubst src/%,$(GUEST)/object/%.o,$(basename $(1)))

define guest_library
$(GUEST)/lib/$(1).a: $(call guest_object_of,$(call guest_sources_of,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	riscv64-unknown-elf-ar rcsD $$@ $$^
endef
$(foreach module,base abi crypto codec state evm chain rollup field stark riscv vm verify,$(eval $(call guest_library,$(module))))

GUEST_RUNTIME := $(call guest_object_of,src/guest/runtime.c src/guest/memory.c)
GUEST_START_elf := $(call guest_object_of,src/guest/start.S src/guest/calls_machine.c)
GUEST_START_qemu := $(call guest_object_of,src/guest/calls_qemu.c)

# $(1) program, $(2) suffix of the file, $(3) start objects
define guest_program
$(GUEST)/$(1)$(2).elf: $(GUEST)/object/guest/$(1).o $(if $(filter $(1),$(GUEST_BARE)),,$(3) $(GUEST_RUNTIME) \
    $(GUEST_MODULES_$(1):%=$(GUEST)/lib/%.a)) $(GUEST)/guest.ld
	$$(GUEST_CC) $$(GUEST_LDFLAGS) -Wl,-T,$(GUEST)/guest.ld $$(filter %.o,$$^) -Wl,--start-group $$(filter %.a,$$^) -lgcc -Wl,--end-group -o $$@
endef
$(foreach program,$(GUEST_EXISTING),$(eval $(call guest_program,$(program),,$(GUEST_START_elf))))
$(foreach program,$(GUEST_EXISTING),$(eval $(call guest_program,$(program),_qemu,$(GUEST_START_qemu))))

# `last` has the id of `join` in its image.
$(BUILD)/generated/join_program_id.h: $(BUILD)/program_id $(GUEST)/join.elf
	@mkdir -p $(@D)
	$(BUILD)/program_id JOIN $(GUEST)/join.elf >$@.part
	mv $@.part $@
$(GUEST)/object/guest/last.o: $(BUILD)/generated/join_program_id.h

# What the tests of guest programs run.
$(BUILD)/programs/tests/riscv/guest_test: | guests $(GUEST)/fibonacci_qemu.elf $(GUEST)/runtime_check_qemu.elf
