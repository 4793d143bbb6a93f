#include "state/state_internal.h"

code_entry *code_intern(state *s, const hash256 *hash)
{
    uint64_t table_hash = word_at(hash->bytes) * s->seed[0];
    for (void **place = table_first(&s->code_table, table_hash); *place;
         place = table_next(&s->code_table, place)) {
        code_entry *found = *place;
        if (memcmp(&found->hash, hash, sizeof *hash) == 0)
            return found;
    }
    code_entry *made = ARENA_NEW(s->memory, code_entry, 1);
    made->table_hash = table_hash;
    made->hash = *hash;
    made->code.hash = &made->hash;
    made->is_empty = memcmp(hash, &witness_empty_code_hash, sizeof *hash) == 0;
    table_add(&s->code_table, s->memory, made);
    return made;
}

status state_code(state *s, const contract_code **out, account *a)
{
    code_entry *entry = a->code;
    /* What the block itself has made need not be in the witness; what it would have made, but for a revert,
     * does. */
    if (entry->made == 0 && !entry->in_witness) {
        bytes code = witness_code(s->witness, &entry->hash);
        if (!code.data) {
            s->missing = (state_missing_item){.hash = entry->hash, .account = a->address};
            return WITNESS_CODE_MISSING;
        }
        entry->in_witness = true;
        entry->code.code = code;
        /* The empty one may not be of the witness. */
        entry->code.is_padded = code.size != 0 && witness_codes_are_padded(s->witness);
    }
    *out = &entry->code;
    return OK;
}
