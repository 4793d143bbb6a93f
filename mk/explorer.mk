# The explorer's files are part of the library that serves them.
EXPLORER := web/explorer
$(BUILD)/native/serve/explorer_files.o: src/serve/explorer_files.S src/serve/explorer_files.def $(wildcard $(EXPLORER)/*)
	@mkdir -p $(@D)
	$(CC) -Isrc -Wa,-I$(EXPLORER) -c $< -o $@
$(BUILD)/lib/serve.a: $(BUILD)/native/serve/explorer_files.o

# In a browser, Debian's Chromium, which ./setup --explorer installs.
.PHONY: test-explorer
test-explorer: $(BUILD)/ashlar
	./setup --explorer
	tests/explorer/browser.sh
	tests/explorer/rollup.sh
test-clients: test-explorer
