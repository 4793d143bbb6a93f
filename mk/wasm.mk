# build/web: libashlar_verify for wasm32 without libc, and the names of chains; build/npm/ashlar-verify: the package of
# web/verify with them. Wants Debian's clang and lld; where they are not, an empty file stands for the module, and what needs
# it does without.
WASM_CC    ?= clang
WASM_TOOLS := $(if $(and $(shell command -v $(WASM_CC)),$(shell command -v wasm-ld)),with,without)
WASM_FLAGS := --target=wasm32 -mbulk-memory -O2 -std=c17 $(filter-out -Wno-format-truncation,$(WARNINGS)) -ffreestanding \
    -fno-strict-aliasing -ffunction-sections -fdata-sections -fvisibility=hidden -Isrc -I$(BUILD)/generated
WEB := $(BUILD)/web

wasm_object_of = $(BUILD)/wasm/$(patsubst src/%.c,%,$(1)).o
WASM_OBJECTS := $(foreach source,$(VERIFY_SOURCES) $(LIBRARY_SOURCES) src/library/wasm.c,$(call wasm_object_of,$(source)))
$(BUILD)/wasm/%.o: src/%.c mk/wasm.mk
	@mkdir -p $(@D)
	$(WASM_CC) $(WASM_FLAGS) -MMD -MP -c $< -o $@
$(call wasm_object_of,src/library/verify.c): $(BUILD)/generated/block_program_id.h $(BUILD)/generated/join_program_id.h
$(call wasm_object_of,src/verify/constant.c): $(BUILD)/generated/machine.inc

# Whether the tools are there is a prerequisite, too: once they are, the module is made.
$(BUILD)/wasm/$(WASM_TOOLS):
	@mkdir -p $(@D)
	@rm -f $(BUILD)/wasm/with $(BUILD)/wasm/without
	@touch $@
ifeq ($(WASM_TOOLS),with)
$(WEB)/ashlar_verify.wasm: $(WASM_OBJECTS) $(BUILD)/wasm/with
	@mkdir -p $(@D)
	$(WASM_CC) --target=wasm32 -nostdlib -Wl,--no-entry,--export-dynamic,--export=__heap_base,--gc-sections,--strip-all \
	    -Wl,-z,stack-size=262144 $(filter %.o,$^) -o $@
else
$(WEB)/ashlar_verify.wasm: $(BUILD)/wasm/without
	@mkdir -p $(@D)
	@echo "make: no WebAssembly, and so no verifier in the browser: clang or lld is missing, ./setup installs them"
	@: >$@
endif

$(BUILD)/known_chains: tools/known_chains.c $(patsubst %,$(BUILD)/lib/%.a,base abi crypto codec state evm chain)
	$(CC) $(CFLAGS) $< -o $@ -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LDLIBS)
$(WEB)/chains.js: $(BUILD)/known_chains
	@mkdir -p $(@D)
	$< >$@.part
	mv $@.part $@

# ---- the package ----------------------------------------------------------------------------------
PACKAGE := $(BUILD)/npm/ashlar-verify
PACKAGE_FILES := $(wildcard web/verify/*) web/explorer/icon.svg LICENSE $(WEB)/ashlar_verify.wasm $(WEB)/chains.js
.PHONY: npm-package
npm-package: $(PACKAGE)/package.json
$(PACKAGE)/package.json: $(PACKAGE_FILES)
	@rm -rf $(PACKAGE)
	@mkdir -p $(PACKAGE)
	cp $(PACKAGE_FILES) $(PACKAGE)/
	@touch $@
all: $(PACKAGE)/package.json
