# The explorer's files are part of the node's library.
EXPLORER := src/node/explorer
$(BUILD)/native/node/explorer/files.o: $(EXPLORER)/files.S $(wildcard $(EXPLORER)/*)
	@mkdir -p $(@D)
	$(CC) -Isrc -Wa,-I$(EXPLORER) -c $< -o $@
$(BUILD)/lib/node.a: $(BUILD)/native/node/explorer/files.o

# In a browser, Debian's Chromium, which ./setup --explorer installs.
.PHONY: test-explorer
test-explorer: $(BUILD)/ashlar
	./setup --explorer
	tests/explorer/browser.sh
test-clients: test-explorer
