# The explorer's files are part of the library that serves them, and so is the verifier for browsers.
EXPLORER := web/explorer
$(BUILD)/native/serve/explorer_files.o: src/serve/explorer_files.S src/serve/explorer_files.def $(wildcard $(EXPLORER)/*) \
    $(wildcard web/verify/*) $(BUILD)/web/ashlar_verify.wasm $(BUILD)/web/chains.js
	@mkdir -p $(@D)
	$(CC) -Isrc -Wa,-I$(EXPLORER),-I$(BUILD)/web -c $< -o $@
$(BUILD)/lib/serve.a: $(BUILD)/native/serve/explorer_files.o

# In a browser, Debian's Chromium, which ./setup --explorer installs.
.PHONY: test-explorer
test-explorer: $(BUILD)/ashlar $(PACKAGE)/package.json $(BUILD)/test-proofs/id
	./setup --explorer
	tests/explorer/verify_page.sh
	tests/explorer/browser.sh
	tests/explorer/rollup.sh
test-clients: test-explorer
