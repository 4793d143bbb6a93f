/* The world state during the execution of one block: accounts and storage over a witness, with one
 * journal that serves reverts, access lists, refunds, transient storage and logs alike.
 * Yellow Paper, sections 4.1 and 6.1; EIP-161, 1153, 2929, 3529, 6780.
 *
 * Every function that may have to read the trie returns WITNESS_INCOMPLETE (a node is not in the
 * witness; it is never read as an empty one), WITNESS_CODE_MISSING, or INPUT_MALFORMED (a node that
 * hashes right but is no trie node). Everything lives in the arena given to state_open, which nobody
 * may rewind to before the last call of any function here.
 *
 * What an honest witness holds is what execution reads, so nothing is read early: an address or a slot
 * that is only warmed (access lists, or out of gas before the read) is an *entry*, not yet read. */
#ifndef ASHLAR_STATE_STATE_H
#define ASHLAR_STATE_STATE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"
#include "base/u256.h"
#include "state/trie.h"
#include "state/witness.h"

typedef struct state state;

/* One account as execution sees it now. Read its fields; change them through the functions below. */
typedef struct account account;

typedef struct {
    bytes code;
    bool is_padded; /* WITNESS_CODE_PADDING_BYTES zeros stand behind it */
    const hash256 *hash;
} contract_code;

/* Opens the state under `root`. Borrowed: the witness, for as long as the state. */
state *state_open(arena *memory, const witness *w, const hash256 *root);

/* After WITNESS_INCOMPLETE or WITNESS_CODE_MISSING: what the witness lacks, and what it was needed for. */
typedef struct {
    hash256 hash; /* of the node or code */
    address account;
    bool has_slot; /* the node is one of the account's storage, on the way to this slot */
    u256 slot;
} state_missing_item;
const state_missing_item *state_missing(const state *s);

/* ---- accounts ---- */

/* The account at an address; never NULL on OK: an account that does not exist is an empty one.
 * The pointer stays valid until the end of the block. */
status state_account(state *s, account **out, const address *a);

/* The same without reading the trie: good for state_warm_account, state_slot_entry, account_address and
 * state_load_account alone, until it has been loaded. */
account *state_account_entry(state *s, const address *a);
status state_load_account(state *s, account *a);

const u256 *account_balance(const account *a);
uint64_t account_nonce(const account *a);
const hash256 *account_code_hash(const account *a); /* of the empty string where there is no code */
const address *account_address(const account *a);
bool account_is_empty(const account *a);  /* EIP-161: no code, nonce 0, balance 0 */
bool account_exists(const account *a);    /* is in the trie, or was touched into being */
/* True when the account was created by the transaction in progress (EIP-6780). */
bool account_created_now(const account *a);

void state_set_balance(state *s, account *a, u256 balance);
void state_set_nonce(state *s, account *a, uint64_t nonce);
/* EIP-161: an account that is touched and empty is removed at the end of the transaction. */
void state_touch(state *s, account *a);
/* `code` is copied unless it is known already. */
void state_set_code(state *s, account *a, bytes code);
/* WITNESS_CODE_MISSING. */
status state_code(state *s, const contract_code **out, account *a);

/* A new contract: storage cleared, nonce 1 from EIP-161 on (the caller sets it), marked as created
 * now. The balance stays. */
void state_create_contract(state *s, account *a);
/* True when the account's storage is not empty (EIP-7610). */
status state_has_storage(state *s, bool *out, account *a);
/* Marks for deletion at the end of the transaction. */
void state_self_destruct(state *s, account *a);
bool account_self_destructed(const account *a);
/* Those that the transaction in progress has marked, by their addresses; in the state's arena. */
account **state_self_destructed(state *s, size_t *count);
/* How many slots an account that was created now holds something in. */
size_t account_slots_in_use(const account *a);

/* ---- storage ---- */

/* A storage slot that was looked up once; valid until the end of the block. */
typedef struct storage_slot storage_slot;
status state_slot(state *s, storage_slot **out, account *a, const u256 *key);
/* The same without reading the trie: good for state_warm_slot and state_load_slot alone, until it has
 * been loaded. The account need not be loaded either. */
storage_slot *state_slot_entry(state *s, account *a, const u256 *key);
status state_load_slot(state *s, storage_slot *slot);
const u256 *slot_value(const storage_slot *slot);
/* The value at the start of the transaction (EIP-2200). */
const u256 *slot_original(const storage_slot *slot);
void state_set_slot(state *s, storage_slot *slot, u256 value);

u256 state_transient(state *s, const account *a, const u256 *key);
void state_set_transient(state *s, const account *a, const u256 *key, u256 value);

/* ---- access lists (EIP-2929): true when it was warm already ---- */
bool state_warm_account(state *s, account *a);
/* Marks an account that is warm in each transaction which begins with state_warm_kept: a precompile. */
void state_keep_warm(account *a);
void state_warm_kept(state *s);
bool state_warm_slot(state *s, storage_slot *slot);

/* ---- logs and refunds ---- */
typedef struct {
    address emitter;
    unsigned topic_count;
    hash256 topics[4];
    bytes data;
} log_entry;

/* Copies `data`; the emitter and the topics are the caller's to fill in. */
log_entry *state_log(state *s, bytes data);
/* The logs of the transaction in progress. */
const log_entry *state_logs(const state *s, size_t *count);
void state_add_refund(state *s, int64_t gas);
uint64_t state_refund(const state *s);

/* ---- journal ---- */
typedef struct {
    size_t journal_length;
} state_snapshot;
state_snapshot state_take_snapshot(const state *s);
void state_revert(state *s, state_snapshot snapshot);

/* Start and end of a transaction: end deletes self-destructed and touched empty accounts (where
 * `delete_empty`, EIP-161), and makes what is now the original values; both clear access lists,
 * transient storage, logs and refund. Call state_logs before the end.
 * Changes outside a transaction (withdrawals, rewards) are settled by the next of these calls or by
 * state_root; where empty accounts have to go, wrap them in a begin and an end of their own. Snapshots do
 * not outlive any of these calls. */
void state_begin_transaction(state *s);
status state_end_transaction(state *s, bool delete_empty);

/* ---- block access lists (EIP-7928) ---- */

/* From now on changes are recorded, those under the index that are settled while it is the last one set: 0
 * before the transactions, i + 1 for transaction i, and one more after them. */
void state_set_change_index(state *s, uint32_t index);

/* The RLP of all accounts and slots that were read since the state was opened and of the recorded changes, in
 * the arena, and how many accounts and slots these are. To be called between transactions. */
bytes state_access_list(state *s, size_t *item_count);

/* ---- end of the block ---- */

/* Writes all changes to the tries, storage first, insertions and updates before deletions, and gives
 * the new state root. Execution may go on afterwards, and the root be asked for again. */
status state_root(state *s, hash256 *out);

/* From now on state_root hands every new node to `sink` (trie.h): all nodes of a state built from the
 * empty root, or those by which a state differs from the one before. NULL ends it. */
void state_set_node_sink(state *s, trie_node_sink sink, void *context);

/* From now on state_set_code hands every code that it had not seen before to `sink`, also one that is reverted
 * later. NULL ends it. */
void state_set_code_sink(state *s, trie_node_sink sink, void *context);

#ifndef ASHLAR_GUEST
/* Not in the guest: after state_root, the keys in the tries of all accounts and slots that were looked at, and
 * what they are the hashes of: an address, or a slot's number of 32 bytes. */
typedef void (*state_key_visitor)(void *context, const hash256 *key, bytes preimage);
void state_visit_keys(const state *s, state_key_visitor visit, void *context);
#endif

#endif
