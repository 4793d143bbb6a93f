#!/usr/bin/env bash
# web3.py on a development node.
. "$(dirname "$0")/../node.sh"
. tests/clients/full/other.sh
client web3.py build/clients/web3py/bin/python tests/clients/full/web3py/web3py.py
