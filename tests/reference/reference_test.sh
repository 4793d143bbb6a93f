#!/usr/bin/env bash
# The verifier in Python, written from the document alone, against the one in C: both accept what was proven,
# both refuse what was changed; of joined proofs, too, which `join` for few queries makes. `make check-reference`
# does more of it, and full parameters.
set -uo pipefail
cd "$(dirname "$0")/../.."
tools=${BUILD:-build}/reference
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_WAIT_POLICY=passive PYTHONDONTWRITEBYTECODE=1
mkdir "$work/joined"
if ! "$tools/oracle" prove "$work" "${LIES:-9}" || ! "$tools/oracle" join "$work/joined"; then
    echo "not ok 1 - proofs are made ($tools/oracle: make check-programs)"
    echo "1..1"
    exit 1
fi
exec python3 tests/reference/differential.py "$tools" "$work" "${SEED:-1}" "${COUNT:-25}"
