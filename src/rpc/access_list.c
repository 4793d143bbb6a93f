/* eth_getBlockAccessList: EIP-7928's list of a block, as JSON. execution-apis, schemas/block-access-list. */
#include "rpc/internal.h"

#include "base/check.h"
#include "codec/rlp.h"

static bytes next_list(bytes *cursor)
{
    bytes list;
    CHECK(rlp_list(&list, cursor) == OK); /* of our own making */
    return list;
}

static u256 next_u256(bytes *cursor)
{
    u256 value;
    CHECK(rlp_u256(&value, cursor) == OK);
    return value;
}

static void write_word(rpc_writer *w, const char *name, u256 value)
{
    hash256 word;
    u256_to_be(word.bytes, value);
    if (name != NULL)
        rpc_key(w, name);
    rpc_hash(w, &word);
}

/* [[index, value] …]: `kind` says what the value is. */
typedef enum { CHANGE_WORD, CHANGE_NUMBER, CHANGE_CODE } change_kind;

static void write_changes(rpc_writer *w, const char *name, bytes changes, change_kind kind)
{
    rpc_key(w, name);
    rpc_begin_array(w);
    while (!rlp_at_end(changes)) {
        bytes change = next_list(&changes);
        rpc_begin_object(w);
        RPC_MEMBER(w, "index", quantity_u256, next_u256(&change));
        if (kind == CHANGE_WORD) {
            write_word(w, "value", next_u256(&change));
        } else if (kind == CHANGE_NUMBER) {
            RPC_MEMBER(w, "value", quantity_u256, next_u256(&change));
        } else {
            bytes code;
            CHECK(rlp_bytes(&code, &change) == OK);
            RPC_MEMBER(w, "code", data, code.data, code.size);
        }
        rpc_end_object(w);
    }
    rpc_end_array(w);
}

static void write_account(rpc_writer *w, bytes entry)
{
    address who;
    CHECK(rlp_address(&who, &entry) == OK);
    rpc_begin_object(w);
    RPC_MEMBER(w, "address", address, &who);
    rpc_key(w, "storageChanges");
    rpc_begin_array(w);
    bytes slots = next_list(&entry);
    while (!rlp_at_end(slots)) {
        bytes slot = next_list(&slots);
        rpc_begin_object(w);
        write_word(w, "key", next_u256(&slot));
        write_changes(w, "changes", next_list(&slot), CHANGE_WORD);
        rpc_end_object(w);
    }
    rpc_end_array(w);
    rpc_key(w, "storageReads");
    rpc_begin_array(w);
    bytes reads = next_list(&entry);
    while (!rlp_at_end(reads))
        write_word(w, NULL, next_u256(&reads));
    rpc_end_array(w);
    write_changes(w, "balanceChanges", next_list(&entry), CHANGE_NUMBER);
    write_changes(w, "nonceChanges", next_list(&entry), CHANGE_NUMBER);
    write_changes(w, "codeChanges", next_list(&entry), CHANGE_CODE);
    rpc_end_object(w);
}

void rpc_eth_getBlockAccessList(rpc_call *c)
{
    rpc_block block;
    bytes list;
    if (!rpc_parse_block(c, &block, rpc_parameter(c, 0), 0))
        return;
    if (!block.found || block.is_pending) {
        rpc_null(c->out);
        return;
    }
    if (block.block.fork < FORK_AMSTERDAM) {
        rpc_error(c, RPC_NO_ACCESS_LIST, "block %llu is from before Amsterdam: it has no block access list",
                  (unsigned long long)block.block.header.number);
        return;
    }
    RPC_TRY(c, store_access_list(c->view, &list, &block.block));
    bytes accounts = next_list(&list);
    rpc_begin_array(c->out);
    while (!rlp_at_end(accounts))
        write_account(c->out, next_list(&accounts));
    rpc_end_array(c->out);
}
