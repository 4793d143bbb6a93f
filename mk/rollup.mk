# What every rollup's genesis holds, as C.
$(BUILD)/predeploys: tools/predeploys.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $< -o $@ -ljansson
$(BUILD)/generated/predeploys.inc: contracts/l2/predeploys.json $(BUILD)/predeploys
	@mkdir -p $(@D)
	$(BUILD)/predeploys $< >$@.part
	mv $@.part $@
$(BUILD)/native/rollup/genesis.o $(BUILD)/guest/object/rollup/genesis.o: $(BUILD)/generated/predeploys.inc
