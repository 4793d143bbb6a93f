# The rollup's contracts, compiled by npm's solc: build/contracts has NAME.json of each, with ABI and bytecode.
CONTRACT_SOURCES := $(wildcard contracts/l1/*.sol contracts/l2/*.sol)
$(BUILD)/contracts/predeploys.json: $(CONTRACT_SOURCES) contracts/compile.mjs contracts/package-lock.json
	@mkdir -p $(@D)
	@test -d contracts/node_modules || { echo "make: contracts/node_modules is missing; ./setup installs it" >&2; false; }
	node contracts/compile.mjs $(@D)
	@touch $@
.PHONY: contracts pin-predeploys
contracts: $(BUILD)/contracts/predeploys.json

# After a change of contracts/l2: what the genesis of a rollup holds is checked in.
pin-predeploys: contracts
	cp $(BUILD)/contracts/predeploys.json contracts/l2/predeploys.json

# Breaks each rule of the contracts and demands that a test fails: half an hour of one core.
.PHONY: test-contracts-mutants
test-contracts-mutants: contracts
	node contracts/tests/full/mutants.mjs
