#include "settle/turn.h"

#include "settle/calldata.h"
#include "settle/rollup_state.h"

#include <string.h>

enum { QUIET_SECONDS_MOST = 300 };

static status ask_leader(address *out, endpoint *l1, arena *memory, const address *rollup, uint64_t time)
{
    bytes answer;
    TRY(rollup_get(l1, &answer, memory, rollup, "leader(uint256)", &time));
    return calldata_read_address(out, answer, 0) ? OK : REMOTE_FAILED;
}

static status ask_seats(uint64_t *seats, endpoint *l1, arena *memory, const address *rollup,
                        const address *who)
{
    bytes answer;
    calldata *c = ARENA_NEW(memory, calldata, 1);
    calldata_begin(c, memory, "stake(address)");
    calldata_address(c, who);
    endpoint_message m = {.to = rollup, .data = calldata_end(c)};
    TRY(endpoint_call(l1, &answer, memory, &m));
    return calldata_read_u64(seats, answer, 2) ? OK : REMOTE_FAILED;
}

status turn_ask(turn *out, endpoint *l1, arena *memory, const rollup_deployment *d, const address *who,
                uint64_t time, uint64_t tip_time)
{
    static const address nobody;
    address next;
    u256 slot_time, open;
    uint64_t seats;
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
    if (memcmp(&out->leader, who, sizeof *who) == 0) {
        TRY(ask_leader(&next, l1, memory, &d->rollup, start + slot));
        out->is_ours = true;
        out->may_seal = time + quiet < start + slot || memcmp(&next, who, sizeof *who) == 0;
        return OK;
    }
    TRY(rollup_get_u256(l1, &open, memory, &d->rollup, "isOpen()", NULL));
    TRY(ask_seats(&seats, l1, memory, &d->rollup, who));
    const uint64_t since = tip_time > start ? tip_time : start;
    out->is_ours = out->may_seal = !u256_is_zero(open) || (seats > 0 && time >= since + slot / 2);
    return OK;
}
