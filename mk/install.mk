# `make install`: the command, the verifier as a library with its header, manual pages, completion, a systemd unit and an
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

# The library's page and what pkg-config reads name the version; the latter the prefix too.
FILLED_IN = sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g' -e 's|@VERSION@|$(ASHLAR_VERSION)|g'
INSTALLED = bin/ashlar lib/libashlar_verify.a lib/libashlar_verify.so lib/libashlar_verify.so.$(VERIFY_ABI) \
    lib/$(VERIFY_SHARED) lib/pkgconfig/ashlar_verify.pc include/ashlar_verify.h share/man/man1/ashlar.1 \
    share/man/man1/ashlar-node.1 share/man/man3/ashlar_verify.3 share/bash-completion/completions/ashlar \
    lib/systemd/system/ashlar-node.service lib/systemd/system/ashlar-worker.service

.PHONY: install uninstall
install: all
	$(INSTALL) -D -m 755 $(BUILD)/ashlar $(DESTDIR)$(PREFIX)/bin/ashlar
	$(INSTALL) -D -m 644 $(BUILD)/lib/libashlar_verify.a $(DESTDIR)$(PREFIX)/lib/libashlar_verify.a
	$(INSTALL) -D -m 755 $(BUILD)/lib/$(VERIFY_SHARED) $(DESTDIR)$(PREFIX)/lib/$(VERIFY_SHARED)
	ln -sf $(VERIFY_SHARED) $(DESTDIR)$(PREFIX)/lib/libashlar_verify.so.$(VERIFY_ABI)
	ln -sf $(VERIFY_SHARED) $(DESTDIR)$(PREFIX)/lib/libashlar_verify.so
	$(INSTALL) -D -m 644 src/library/ashlar_verify.h $(DESTDIR)$(PREFIX)/include/ashlar_verify.h
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/share/man/man3
	$(FILLED_IN) packaging/ashlar_verify.pc.in >$(DESTDIR)$(PREFIX)/lib/pkgconfig/ashlar_verify.pc
	$(FILLED_IN) packaging/ashlar_verify.3.in >$(DESTDIR)$(PREFIX)/share/man/man3/ashlar_verify.3
	chmod 644 $(DESTDIR)$(PREFIX)/lib/pkgconfig/ashlar_verify.pc $(DESTDIR)$(PREFIX)/share/man/man3/ashlar_verify.3
	$(INSTALL) -D -m 644 $(BUILD)/manual-files/ashlar.1 $(DESTDIR)$(PREFIX)/share/man/man1/ashlar.1
	$(INSTALL) -D -m 644 $(BUILD)/manual-files/ashlar-node.1 $(DESTDIR)$(PREFIX)/share/man/man1/ashlar-node.1
	$(INSTALL) -D -m 644 $(BUILD)/manual-files/ashlar.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/ashlar
	$(INSTALL) -D -m 644 $(BUILD)/manual-files/node.toml.example $(DESTDIR)$(SYSCONFDIR)/ashlar/node.toml.example
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	for unit in ashlar-node.service ashlar-worker.service; do \
	    $(FILLED_IN) packaging/$$unit.in >$(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit && \
	    chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit || exit 1; done

uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,$(INSTALLED)) $(DESTDIR)$(SYSCONFDIR)/ashlar/node.toml.example
	[ ! -d $(DESTDIR)$(SYSCONFDIR)/ashlar ] || rmdir --ignore-fail-on-non-empty $(DESTDIR)$(SYSCONFDIR)/ashlar
