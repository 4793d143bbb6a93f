# As for secp256k1: both only stretch live ranges, and a spilled register costs instructions.
PAIRING_GUEST_CFLAGS := -fno-tree-pre -fno-schedule-insns
GUEST_CFLAGS_bn254 := $(PAIRING_GUEST_CFLAGS)
GUEST_CFLAGS_bn254_tower := $(PAIRING_GUEST_CFLAGS)
GUEST_CFLAGS_bn254_pairing := $(PAIRING_GUEST_CFLAGS)
GUEST_CFLAGS_secp256r1 := $(PAIRING_GUEST_CFLAGS)
GUEST_CFLAGS_modexp := $(PAIRING_GUEST_CFLAGS)

.PHONY: check-curve-tables
check-curve-tables:
	python3 tools/generate_bn254_constants.py | cmp - src/crypto/bn254_constants.h
	python3 tools/generate_field_lists.py bn254 | cmp - src/crypto/bn254_lists.h
	python3 tools/generate_field_lists.py bls12_381 | cmp - src/crypto/bls12_381_lists.h
	python3 tools/generate_field_lists.py secp256r1 | cmp - src/crypto/secp256r1_lists.h
	python3 tools/generate_secp256r1_table.py | cmp - src/crypto/secp256r1_table.h
