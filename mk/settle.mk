# The command carries the init code of the rollup's contracts.
$(BUILD)/native/settle/contract_codes.o: src/settle/contract_codes.S src/settle/contracts.def $(BUILD)/contracts/predeploys.json
	@mkdir -p $(@D)
	$(CC) -Isrc -Wa,-I,$(BUILD)/contracts -c $< -o $@
$(BUILD)/lib/settle.a: $(BUILD)/native/settle/contract_codes.o
