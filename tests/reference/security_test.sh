#!/usr/bin/env bash
# The bits that the product says of itself against a computation of its own, in exact fractions.
set -uo pipefail
cd "$(dirname "$0")/../.."
tools=${BUILD:-build}/reference
PYTHONDONTWRITEBYTECODE=1 exec python3 tests/reference/security.py "$tools/machine.json" "$tools/oracle"
