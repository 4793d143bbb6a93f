/* The private input of the guest program `block`: one or more blocks, one after another as the chain has them,
 * each as chain_execute takes it and with a witness of its own, laid out so that it is parsed in place. Before
 * them may stand BLOCK_INPUT_RECEIPTS and 32 bytes: receipts_before of the output (abi/block_output.h), which is
 * zero otherwise. Of each block, all numbers are u64, little-endian; everything starts at a multiple of 8 bytes
 * from the start.
 *
 *     format, total bytes                                  two words
 *     headers, block hashes, codes, nodes, flags           five words: counts; flags has bit 0 set where a
 *                                                          pre-state root follows
 *     chain configuration                                  an item (chain_config_write)
 *     block                                                an item (RLP)
 *     pre-state root                                       32 bytes, only with its flag
 *     block hashes                                         32 bytes each, newest first
 *     headers, codes, nodes                                items, nodes in the order of first use
 *
 * An item is its length in bytes, a word, then its bytes, then zeros up to the next multiple of 8; of a code
 * at least BLOCK_INPUT_CODE_PADDING_BYTES of them, so that it can run where it lies. The last item ends the
 * block's input. The code that reads and writes it is chain/input.h. */
#ifndef ASHLAR_ABI_BLOCK_INPUT_H
#define ASHLAR_ABI_BLOCK_INPUT_H

/* "ASHLARB2", read as a little-endian word. */
#define BLOCK_INPUT_FORMAT UINT64_C(0x324252414c485341)
/* "ASHLARR1", likewise. */
#define BLOCK_INPUT_RECEIPTS UINT64_C(0x315252414c485341)

enum {
    BLOCK_INPUT_RECEIPTS_BYTES = 8 + 32,
    BLOCK_INPUT_HEADER_WORDS = 7,
    BLOCK_INPUT_HAS_PRE_STATE_ROOT = 1, /* flag */
    BLOCK_INPUT_CODE_PADDING_BYTES = 40,
};

#endif
