/* Prints the chains that have names, each with the hash of its rules, as a module of JavaScript for web/verify:
 *     known_chains > chains.js */
#include "chain/config.h"

#include <stdio.h>

int main(void)
{
    static const uint64_t ids[] = {1, 17000, 11155111, 560048, 1337};
    printf("// Made by tools/known_chains.c: a proof names its chain by the hash of the rules.\nexport const chains = [\n");
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        hash256 rules;
        chain_config_hash(&rules, chain_config_by_id(ids[i]));
        printf("  { chainId: %llu, name: '%s', rules: '0x", (unsigned long long)ids[i], chain_name(ids[i]));
        for (int k = 0; k < 32; k++)
            printf("%02x", rules.bytes[k]);
        printf("' },\n");
    }
    printf("]\n");
    return 0;
}
