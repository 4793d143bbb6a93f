# The queue's tables are part of the library that makes them.
$(BUILD)/native/jobs/schema.o: src/jobs/schema.S src/jobs/queue.sql
	@mkdir -p $(@D)
	$(CC) -c $< -o $@
$(BUILD)/lib/jobs.a: $(BUILD)/native/jobs/schema.o

# What proves over a queue speaks to PostgreSQL.
$(patsubst %.c,$(BUILD)/programs/%,$(filter tests/queue/%,$(CROSS_SOURCES))): TEST_LDLIBS += -lpq
