# `make install`: the command, the verifier as a library with its headers, manual pages, completion, a systemd unit and an
# example of its configuration. `make uninstall` takes away what it put there, and folders that are empty then.
PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
INSTALL    ?= install

$(BUILD)/manual: tools/manual.c $(filter-out $(BUILD)/native/cli/main.o,$(CLI_OBJECTS)) $(ALL_LIBRARIES)
	$(CC) $(CFLAGS) $< $(filter-out $(BUILD)/native/cli/main.o,$(CLI_OBJECTS)) -o $@ \
	    -Wl,--start-group $(ALL_LIBRARIES) -Wl,--end-group $(COMMAND_LDLIBS)
MANUAL_FILES := $(addprefix $(BUILD)/manual-files/,ashlar.1 ashlar-node.1 ashlar.bash node.toml.example)
$(BUILD)/manual-files/ashlar.1: MANUAL_KIND := man
$(BUILD)/manual-files/ashlar-node.1: MANUAL_KIND := man-node
$(BUILD)/manual-files/ashlar.bash: MANUAL_KIND := bash
$(BUILD)/manual-files/node.toml.example: MANUAL_KIND := config
$(MANUAL_FILES): $(BUILD)/manual
	@mkdir -p $(@D)
	$(BUILD)/manual $(MANUAL_KIND) >$@.part
	mv $@.part $@
all: $(MANUAL_FILES)

# The headers that a user of the library includes, and what they include. Found when asked for.
VERIFY_HEADERS = $(sort $(patsubst src/%,%,$(filter src/%,$(shell $(CC) -MM -Isrc -x c /dev/null \
    $(addprefix -include ,base/check.h base/memory.h verify/check.h verify/run.h) | tr -d '\\'))))
INSTALLED = bin/ashlar lib/libashlar_verify.a $(addprefix include/ashlar/,$(VERIFY_HEADERS)) share/man/man1/ashlar.1 \
    share/man/man1/ashlar-node.1 share/bash-completion/completions/ashlar lib/systemd/system/ashlar-node.service

.PHONY: install uninstall
install: all
	$(INSTALL) -D -m 755 $(BUILD)/ashlar $(DESTDIR)$(PREFIX)/bin/ashlar
	$(INSTALL) -D -m 644 $(BUILD)/lib/libashlar_verify.a $(DESTDIR)$(PREFIX)/lib/libashlar_verify.a
	for header in $(VERIFY_HEADERS); do \
	    $(INSTALL) -D -m 644 src/$$header $(DESTDIR)$(PREFIX)/include/ashlar/$$header || exit 1; done
	$(INSTALL) -D -m 644 $(BUILD)/manual-files/ashlar.1 $(DESTDIR)$(PREFIX)/share/man/man1/ashlar.1
	$(INSTALL) -D -m 644 $(BUILD)/manual-files/ashlar-node.1 $(DESTDIR)$(PREFIX)/share/man/man1/ashlar-node.1
	$(INSTALL) -D -m 644 $(BUILD)/manual-files/ashlar.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/ashlar
	$(INSTALL) -D -m 644 $(BUILD)/manual-files/node.toml.example $(DESTDIR)$(SYSCONFDIR)/ashlar/node.toml.example
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g' packaging/ashlar-node.service.in \
	    >$(DESTDIR)$(PREFIX)/lib/systemd/system/ashlar-node.service
	chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/ashlar-node.service

uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,$(INSTALLED)) $(DESTDIR)$(SYSCONFDIR)/ashlar/node.toml.example
	for folder in $(PREFIX)/include/ashlar $(SYSCONFDIR)/ashlar; do \
	    [ ! -d $(DESTDIR)$$folder ] || find $(DESTDIR)$$folder -depth -type d -empty -delete; done
