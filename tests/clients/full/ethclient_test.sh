#!/usr/bin/env bash
# go-ethereum's ethclient and gethclient on a development node.
. "$(dirname "$0")/../node.sh"
. tests/clients/full/other.sh
client ethclient build/clients/ethclient
