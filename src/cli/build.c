/* `ashlar build`: executes transactions on a genesis state and writes the block with its witness. */
#include "cli/cli.h"
#include "cli/execution.h"
#include "cli/genesis.h"
#include "cli/json.h"

#include <stdlib.h>

/* "transactions": raw, in hex; and what a proposer may choose, each optional. */
static int read_transactions(bytes **transactions, size_t *count, block_choices *choices, arena *memory,
                             const json_t *file, const char *path)
{
    json_place top = {.file = path};
    json_place at = json_place_of(&top, "transactions", SIZE_MAX);
    const json_t *list = json_is_array(file) ? file : json_object_get(file, "transactions");
    if (!json_is_array(list))
        return fail(EXIT_INPUT, "%s: has no \"transactions\", an array of signed transactions in hex", path);
    int code = json_bytes_list(transactions, count, memory, list, &at);
    if (code != EXIT_FINE || json_is_array(file))
        return code;

    const struct {
        const char *name;
        uint64_t *number;
    } numbers[] = {{"timestamp", &choices->timestamp}, {"gasLimit", &choices->gas_limit}};
    const struct {
        const char *name;
        uint8_t *out;
        size_t size_bytes;
    } fixed[] = {{"coinbase", choices->coinbase.bytes, 20},
                 {"prevRandao", choices->prev_randao.bytes, 32},
                 {"parentBeaconBlockRoot", choices->parent_beacon_block_root.bytes, 32}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const json_t *value = json_object_get(file, numbers[i].name);
        json_place place = json_place_of(&top, numbers[i].name, SIZE_MAX);
        if (value != NULL && (code = json_u64(numbers[i].number, value, &place)) != EXIT_FINE)
            return code;
    }
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        const json_t *value = json_object_get(file, fixed[i].name);
        json_place place = json_place_of(&top, fixed[i].name, SIZE_MAX);
        if (value != NULL &&
            (code = json_exact(fixed[i].out, fixed[i].size_bytes, value, &place)) != EXIT_FINE)
            return code;
    }
    const json_t *extra = json_object_get(file, "extraData");
    json_place place = json_place_of(&top, "extraData", SIZE_MAX);
    return extra == NULL ? EXIT_FINE : json_bytes(&choices->extra_data, memory, extra, &place);
}

static json_t *hex_json(arena *memory, bytes data)
{
    size_t mark = memory->used_bytes;
    char *text = arena_allocate(memory, 2 * data.size + 3, 1);
    json_t *value = json_string(hex_text(text, data.data, data.size));
    arena_rewind(memory, mark);
    return value;
}

static json_t *list_json(arena *memory, const bytes *items, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, hex_json(memory, items[i]));
    return list;
}

static int write_block(const char *path, arena *memory, const built_block *built, uint64_t chain_id)
{
    const chain_input *input = &built->input;
    json_t *file = json_pack("{s:I, s:I, s:o, s:o, s:{s:o, s:o, s:o}}", "chainId", (json_int_t)chain_id,
                             "number", (json_int_t)built->result.number, "hash",
                             hex_json(memory, (bytes){built->result.hash.bytes, 32}), "block",
                             hex_json(memory, input->block), "witness", "state",
                             list_json(memory, input->nodes, input->node_count), "codes",
                             list_json(memory, input->codes, input->code_count), "headers",
                             list_json(memory, input->headers, input->header_count));
    char *text = json_dumps(file, JSON_INDENT(1));
    json_decref(file);
    if (text == NULL)
        return fail(EXIT_INPUT, "%s: out of memory", path);
    size_t length = 0;
    while (text[length] != 0)
        length++;
    int code = file_write(path, text, length);
    free(text);
    return code;
}

static int build(arena *memory, const char *genesis_path, const char *transactions_path, const char *out_path)
{
    chain_genesis genesis;
    int code = genesis_read(&genesis, memory, genesis_path);
    if (code != EXIT_FINE)
        return code;
    json_t *file = NULL;
    bytes *transactions = NULL;
    size_t count = 0;
    block_choices choices = block_choices_default(&genesis);
    if ((code = json_file_read(&file, memory, transactions_path)) == EXIT_FINE)
        code = read_transactions(&transactions, &count, &choices, memory, file, transactions_path);
    json_decref(file);
    if (code != EXIT_FINE)
        return code;

    built_block built;
    chain_fault fault = {.transaction_index = SIZE_MAX};
    status outcome = chain_build(&built, &fault, memory, &genesis, &choices, transactions, count);
    if (outcome != OK) {
        char where[64] = "";
        if (fault.transaction_index != SIZE_MAX)
            snprintf(where, sizeof where, "transaction %zu: ", fault.transaction_index);
        return fail(status_exit_code(outcome), "%s: %s%s", transactions_path, where,
                    chain_fault_message(outcome, &fault));
    }
    code = write_block(out_path, memory, &built, genesis.config.chain_id);
    if (code != EXIT_FINE)
        return code;
    char text[80];
    printf("block %s: %zu transactions, %s gas, %zu trie nodes and %zu codes in the witness\n",
           grouped(built.result.number), built.result.transaction_count, grouped(built.result.gas_used),
           built.input.node_count, built.input.code_count);
    printf("hash  %s\n", hex_text(text, built.result.hash.bytes, 32));
    return EXIT_FINE;
}

static int run(int argc, char **argv)
{
    const char *genesis = NULL, *transactions = NULL, *out = NULL;
    const option options[] = {
        {"--genesis", &genesis, NULL}, {"--txs", &transactions, NULL}, {"-o", &out, NULL}};
    int operands;
    int code =
        options_parse(&command_build, argc, argv, options, sizeof options / sizeof *options, 0, 0, &operands);
    if (code != EXIT_FINE)
        return code;
    if (genesis == NULL || transactions == NULL || out == NULL)
        return fail_usage(&command_build, "--genesis, --txs and -o are all needed");
    arena memory;
    arena_open(&memory, BLOCK_ARENA_BYTES);
    code = build(&memory, genesis, transactions, out);
    arena_close(&memory);
    return code;
}

const command command_build = {
    .name = "build",
    .usage = "--genesis GENESIS --txs TRANSACTIONS -o FILE",
    .summary = "Executes transactions on a genesis state as block 1, and writes the block with its witness.",
    .help =
        "  --genesis GENESIS   geth-style genesis.json: the chain's rules and the accounts it begins with\n"
        "  --txs TRANSACTIONS  JSON: an array of signed transactions in hex, or an object with "
        "\"transactions\" and, if\n"
        "                      wanted, \"timestamp\", \"gasLimit\", \"coinbase\", \"prevRandao\", "
        "\"extraData\",\n"
        "                      \"parentBeaconBlockRoot\"\n"
        "  -o FILE             where block and witness go, for `ashlar execute` and `ashlar prove`\n"
        "\nExample: ashlar build --genesis genesis.json --txs transactions.json -o block.json\n",
    .run = run,
};
