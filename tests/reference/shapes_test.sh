#!/usr/bin/env bash
# Rule 0's shape, made from the rows alone by both verifiers: the lengths of proofs, and which rows have none.
set -uo pipefail
cd "$(dirname "$0")/../.."
export PYTHONDONTWRITEBYTECODE=1
exec python3 tests/reference/shapes.py "${BUILD:-build}/reference" "${SEED:-1}" "${COUNT:-60}"
