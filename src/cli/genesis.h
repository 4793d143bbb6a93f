/* A geth-style genesis.json: the rules of a chain, and the state it begins with. */
#ifndef ASHLAR_CLI_GENESIS_H
#define ASHLAR_CLI_GENESIS_H

#include "base/arena.h"
#include "chain/build.h"
#include "chain/config.h"

/* The rules alone ("config"). EXIT_INPUT with a line. */
int genesis_read_config(chain_config *config, arena *memory, const char *path);

/* Rules, header fields and accounts. */
int genesis_read(chain_genesis *genesis, arena *memory, const char *path);

#endif
