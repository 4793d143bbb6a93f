#!/usr/bin/env bash
# Tables and lists that scripts made are what the scripts make.
source "$(dirname "$0")/../cli/tap.sh"
run make -s check-curve-tables
is "constants, tables and lists of curves" "$code $err$out" "0 "
tap_end
