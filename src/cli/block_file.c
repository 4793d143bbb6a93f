#include "cli/block_file.h"

#include "base/hex.h"
#include "cli/block_formats.h"
#include "cli/cli.h"
#include "cli/json.h"

#include <string.h>
#include <zlib.h>

#define MOST_INFLATED_BYTES ((size_t)4 << 30)

/* What stands in for ancestor headers: without any, the pre-state root must be here; block hashes serve
 * BLOCKHASH where the headers do not reach. */
static int read_claimed_ancestors(chain_input *input, arena *memory, const json_t *file,
                                  const json_place *top)
{
    int code;
    const json_t *root_text = json_object_get(file, "preStateRoot"),
                 *hashes = json_object_get(file, "blockHashes");
    if (input->header_count == 0) {
        if (root_text == NULL)
            return fail(
                EXIT_INPUT,
                "%s: the witness has no ancestor header, and there is no \"preStateRoot\" in their place",
                top->file);
        hash256 *root = ARENA_NEW(memory, hash256, 1);
        json_place place = json_place_of(top, "preStateRoot", SIZE_MAX);
        if ((code = json_exact(root->bytes, 32, root_text, &place)) != EXIT_FINE)
            return code;
        input->pre_state_root = root;
    }
    if (hashes == NULL || json_is_null(hashes))
        return EXIT_FINE;
    if (!json_is_array(hashes))
        return fail(EXIT_INPUT, "%s: blockHashes must be an array of the ancestors' hashes, newest first",
                    top->file);
    size_t count = json_array_size(hashes);
    hash256 *block_hashes = ARENA_NEW(memory, hash256, count);
    for (size_t i = 0; i < count; i++) {
        json_place place = json_place_of(top, "blockHashes", i);
        if ((code = json_exact(block_hashes[i].bytes, 32, json_array_get(hashes, i), &place)) != EXIT_FINE)
            return code;
    }
    input->block_hashes = block_hashes;
    input->block_hash_count = count;
    return EXIT_FINE;
}

static int read_stateless(block_source *source, arena *memory, bytes data, const char *path)
{
    stateless_input *input = ARENA_NEW(memory, stateless_input, 1);
    source->format = "stateless input of EIP-8025 (SSZ)";
    if (stateless_form_of(data) == STATELESS_UNKNOWN_SCHEMA)
        return fail(EXIT_UNSUPPORTED,
                    "%s: is a stateless input of EIP-8025 with the schema 0x%02x%02x; read are those from "
                    "0x0e01, Paris, to 0x1401, BPO2, and for Amsterdam the one without an id of zkevm@v0.3.3",
                    path, data.data[0], data.data[1]);
    if (stateless_parse(input, memory, data) != OK)
        return fail(EXIT_INPUT, "%s: is no stateless input of EIP-8025: its SSZ is malformed", path);
    source->input = input->block;
    source->chain_id = input->chain_id;
    source->payload = input;
    source->stateless = data;
    return EXIT_FINE;
}

/* Whether the file is one, as bytes or in hex; *data are the bytes. */
static bool holds_stateless(bytes *data, arena *memory, bytes file)
{
    if (stateless_form_of(file) != STATELESS_NONE) {
        *data = file;
        return true;
    }
    size_t size = file.size;
    while (size > 0 && (file.data[size - 1] == '\n' || file.data[size - 1] == '\r'))
        size--;
    const char *text = (const char *)file.data;
    return size > 2 && text[0] == '0' && text[1] == 'x' && hex_decode(memory, data, text, size) == OK &&
           stateless_form_of(*data) != STATELESS_NONE;
}

static int read_block(chain_input *input, uint64_t *chain_id, arena *memory, const json_t *file,
                      const char *path)
{
    int code;
    json_place top = {.file = path};
    if (!json_is_object(file))
        return fail(EXIT_INPUT, "%s: must hold an object with \"block\" and \"witness\"", path);

    json_place place = json_place_of(&top, "block", SIZE_MAX);
    if ((code = json_bytes(&input->block, memory, json_object_get(file, "block"), &place)) != EXIT_FINE)
        return code;

    const json_t *witness = json_object_get(file, "witness");
    if (!json_is_object(witness))
        return fail(EXIT_INPUT, "%s: \"witness\" must be an object with \"state\", \"codes\" and \"headers\"",
                    path);
    place = json_place_of(&top, "witness.state", SIZE_MAX);
    bytes *list;
    if (json_object_get(witness, "state") == NULL)
        return fail(EXIT_INPUT, "%s: witness.state is missing; it must be an array of trie nodes in hex",
                    path);
    if ((code = json_bytes_list(&list, &input->node_count, memory, json_object_get(witness, "state"),
                                &place)) != 0)
        return code;
    input->nodes = list;
    place = json_place_of(&top, "witness.codes", SIZE_MAX);
    if ((code = json_bytes_list(&list, &input->code_count, memory, json_object_get(witness, "codes"),
                                &place)) != 0)
        return code;
    input->codes = list;
    place = json_place_of(&top, "witness.headers", SIZE_MAX);
    if ((code = json_bytes_list(&list, &input->header_count, memory, json_object_get(witness, "headers"),
                                &place)) != 0)
        return code;
    input->headers = list;

    if ((code = read_claimed_ancestors(input, memory, file, &top)) != EXIT_FINE)
        return code;

    *chain_id = 0;
    place = json_place_of(&top, "chainId", SIZE_MAX);
    const json_t *id = json_object_get(file, "chainId");
    return id == NULL ? EXIT_FINE : json_u64(chain_id, id, &place);
}

/* gzip, as many keep such files. */
static int inflated(bytes *data, arena *memory, const char *path)
{
    if (data->size < 18 || data->data[0] != 0x1f || data->data[1] != 0x8b)
        return EXIT_FINE;
    enum { GZIP_WINDOW = 15 + 16, PIECE_BYTES = 1 << 20 };
    z_stream z = {.next_in = (Bytef *)(uintptr_t)data->data};
    if (data->size > UINT32_MAX || inflateInit2(&z, GZIP_WINDOW) != Z_OK)
        return fail(EXIT_INPUT, "%s: is too large to inflate", path);
    z.avail_in = (uInt)data->size;
    uint8_t *out = arena_allocate(memory, 0, 64);
    size_t size = 0;
    int outcome = Z_OK;
    while (outcome == Z_OK && size < MOST_INFLATED_BYTES) {
        (void)arena_allocate(memory, PIECE_BYTES, 1); /* goes on where the last piece ended */
        z.next_out = out + size;
        z.avail_out = PIECE_BYTES;
        outcome = inflate(&z, Z_NO_FLUSH);
        size += PIECE_BYTES - z.avail_out;
    }
    bool whole = outcome == Z_STREAM_END && z.avail_in == 0;
    inflateEnd(&z);
    if (!whole)
        return fail(EXIT_INPUT,
                    size >= MOST_INFLATED_BYTES ? "%s: inflates to more than 4 GiB"
                                                : "%s: is no whole gzip file",
                    path);
    *data = (bytes){out, size};
    return EXIT_FINE;
}

int block_file_read(block_source *source, arena *memory, const char *path)
{
    bytes text, ssz;
    memset(source, 0, sizeof *source);
    int code = file_read(&text, memory, path);
    if (code == EXIT_FINE)
        code = inflated(&text, memory, path);
    if (code != EXIT_FINE)
        return code;
    if (holds_stateless(&ssz, memory, text))
        return read_stateless(source, memory, ssz, path);
    if (block_formats_binary(&source->input, &source->chain_id, memory, text)) {
        source->format = "Nethermind's input for ZisK";
        return EXIT_FINE;
    }
    const char *reason = block_formats_binary_unsupported(text);
    if (reason != NULL)
        return fail(EXIT_UNSUPPORTED, "%s: %s", path, reason);
    size_t at = 0;
    while (at < text.size && strchr(" \t\r\n", text.data[at]) != NULL && text.data[at] != 0)
        at++;
    if (at == text.size || (text.data[at] != '{' && text.data[at] != '['))
        return fail(EXIT_INPUT, "%s: is neither JSON nor in a binary form that is known here", path);
    json_t *file = NULL, *own = NULL;
    code = json_parse(&file, text, path);
    if (code == EXIT_FINE)
        code = block_formats_own(&own, &source->format, memory, file, path);
    if (code == EXIT_FINE)
        code = read_block(&source->input, &source->chain_id, memory, own, path);
    json_decref(own);
    json_decref(file);
    return code;
}
