# The node and its tests need a database and a web server; nothing else links them.
NODE_TESTS := $(patsubst src/%.c,$(BUILD)/programs/%,$(filter src/node/%,$(PROGRAM_SOURCES))) \
              $(patsubst %.c,$(BUILD)/programs/%,$(filter tests/node/%,$(CROSS_SOURCES)))
$(NODE_TESTS): TEST_LDLIBS += $(NODE_LDLIBS)
