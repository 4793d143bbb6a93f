# Clients that others wrote, all of them; ./test runs those that install in seconds.
.PHONY: test-clients
test-clients: $(BUILD)/ashlar
	./setup --clients
	tools/run_tests tests/clients/ full/
