#!/usr/bin/env python3
"""What soundcalc says of ashlar.toml: figures.py FOLDER-OF-SOUNDCALC. Needs Python's `toml` (Debian:
python3-toml)."""

import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1] if len(sys.argv) == 2 else sys.exit(__doc__))

from soundcalc.common import fields  # noqa: E402
from soundcalc.zkvms.zkvm import zkVM  # noqa: E402

# soundcalc has KoalaBear^4 alone.
fields.FIELD_MAP.setdefault(
    "KoalaBear^5",
    fields.FieldParams(
        name="KoalaBear⁵",
        p=fields.KOALABEAR_P,
        field_extension_degree=5,
        F=float(fields.KOALABEAR_P**5),
        two_adicity=fields.KOALABEAR_TWO_ADICITY,
    ),
)

for circuit in zkVM.load_from_toml(Path(__file__).with_name("ashlar.toml")).get_circuits():
    for regime, levels in circuit.get_security_levels().items():
        print("%s (%s)" % (circuit.name, regime))
        for name, bits in levels.items():
            print("    %-24s %d" % (name, bits))
