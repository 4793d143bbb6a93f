#include "settle/turn.h"

#include "codec/rlp.h"
#include "settle/calldata.h"
#include "settle/rollup_state.h"

#include <string.h>

enum { QUIET_SECONDS_MOST = 300, SEATS_MOST = 16 };

#define RECORD_KEY "operator"

static status ask_leader(address *out, endpoint *l1, arena *memory, const address *rollup, uint64_t time)
{
    bytes answer;
    TRY(rollup_get(l1, &answer, memory, rollup, "leader(uint256)", &time));
    return calldata_read_address(out, answer, 0) ? OK : REMOTE_FAILED;
}

/* Whether one of the account's seats was active at a slot's start, as Rollup.seating counts them. */
static status ask_seat(bool *is_active, endpoint *l1, arena *memory, const address *rollup,
                       const address *who, uint64_t start)
{
    u256 count;
    *is_active = false;
    TRY(rollup_get_u256(l1, &count, memory, rollup, "seatCount()", NULL));
    for (uint64_t i = 0; i < count.limb[0] && i < SEATS_MOST && !*is_active; i++) {
        bytes answer;
        address operator;
        uint64_t from, until;
        TRY(rollup_get(l1, &answer, memory, rollup, "seats(uint256)", &i));
        if (!calldata_read_address(&operator, answer, 0) || !calldata_read_u64(&from, answer, 1) ||
            !calldata_read_u64(&until, answer, 2))
            return REMOTE_FAILED;
        *is_active = memcmp(&operator, who, sizeof *who) == 0 && from <= start && start < until;
    }
    return OK;
}

status turn_ask(turn *out, endpoint *l1, arena *memory, const rollup_deployment *d, const address *who,
                uint64_t time, uint64_t tip_time)
{
    static const address nobody;
    address next;
    u256 slot_time, open;
    bool has_seat = false;
    *out = (turn){0};
    TRY(ask_leader(&out->leader, l1, memory, &d->rollup, time));
    out->has_leader = memcmp(&out->leader, &nobody, sizeof nobody) != 0;
    if (!out->has_leader) {
        out->is_ours = out->may_seal = true;
        return OK;
    }
    TRY(rollup_get_u256(l1, &slot_time, memory, &d->rollup, "SLOT_TIME()", NULL));
    const uint64_t slot = slot_time.limb[0];
    if (slot == 0)
        return REMOTE_FAILED;
    const uint64_t start = time - time % slot, quiet = slot / 12 < QUIET_SECONDS_MOST ? slot / 12
                                                                                      : QUIET_SECONDS_MOST;
    TRY(ask_leader(&next, l1, memory, &d->rollup, start + slot));
    if (memcmp(&out->leader, who, sizeof *who) == 0) {
        out->is_ours = true;
    } else {
        const uint64_t since = tip_time > start ? tip_time : start;
        TRY(rollup_get_u256(l1, &open, memory, &d->rollup, "isOpen()", NULL));
        if (u256_is_zero(open) && time >= since + slot / 2)
            TRY(ask_seat(&has_seat, l1, memory, &d->rollup, who, start));
        out->is_ours = !u256_is_zero(open) || has_seat;
    }
    out->may_seal = out->is_ours && (time + quiet < start + slot || memcmp(&next, who, sizeof *who) == 0);
    return OK;
}

/* ---- the record ---- */

static status put(database *db, bytes value)
{
    database_transaction *t;
    bytes before;
    TRY(database_begin(&t, db, true));
    status s = database_get(t, &before, TABLE_META, bytes_of_text(RECORD_KEY));
    bool is_there = s == OK && before.size == value.size && before.data != NULL &&
                    memcmp(before.data, value.data, value.size) == 0;
    if (s == OK && value.data == NULL && before.data != NULL)
        s = database_delete(t, TABLE_META, bytes_of_text(RECORD_KEY));
    else if (s == OK && value.data != NULL && !is_there)
        s = database_put(t, TABLE_META, bytes_of_text(RECORD_KEY), value);
    if (s == OK)
        return database_commit(t);
    database_abort(t);
    return s;
}

status turn_record_write(database *db, const turn_record *r)
{
    uint8_t memory[128];
    rlp_writer w;
    rlp_writer_init(&w, memory, sizeof memory);
    size_t list = rlp_begin_list(&w);
    rlp_write_address(&w, &r->account);
    rlp_write_u64(&w, r->is_sequencer);
    rlp_write_u64(&w, r->proves);
    rlp_write_u64(&w, r->turn.is_ours);
    rlp_write_u64(&w, r->turn.may_seal);
    rlp_write_u64(&w, r->turn.has_leader);
    rlp_write_address(&w, &r->turn.leader);
    rlp_end_list(&w, list);
    return put(db, rlp_written(&w));
}

status turn_record_remove(database *db) { return put(db, (bytes){0}); }

static status read_flag(bool *out, bytes *list)
{
    uint64_t value;
    TRY(rlp_u64(&value, list));
    *out = value != 0;
    return OK;
}

static status read_record(turn_record *out, bytes value)
{
    bytes list;
    TRY(rlp_list(&list, &value));
    TRY(rlp_address(&out->account, &list));
    TRY(read_flag(&out->is_sequencer, &list));
    TRY(read_flag(&out->proves, &list));
    TRY(read_flag(&out->turn.is_ours, &list));
    TRY(read_flag(&out->turn.may_seal, &list));
    TRY(read_flag(&out->turn.has_leader, &list));
    TRY(rlp_address(&out->turn.leader, &list));
    return rlp_expect_end(list);
}

status turn_record_read(database_transaction *t, bool *found, turn_record *out)
{
    bytes value;
    TRY(database_get(t, &value, TABLE_META, bytes_of_text(RECORD_KEY)));
    *found = value.data != NULL;
    return !*found || read_record(out, value) == OK
               ? OK
               : database_error(DATABASE_CORRUPT, "the database is corrupt (its operator): start anew");
}
