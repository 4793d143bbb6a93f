#!/usr/bin/env bash
# alloy, with its AnvilApi, on a development node.
. "$(dirname "$0")/../node.sh"
. tests/clients/full/other.sh
client alloy build/clients/alloy/debug/ashlar-clients-alloy
