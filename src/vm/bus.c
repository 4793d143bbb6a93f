#include "vm/bus.h"

#include "base/check.h"
#include "vm/row.h"

const bus_info bus_infos[BUS_TAGS] = {
#define BUS(NAME, tag, length, lookup, shared) [tag] = {#NAME, length, lookup, shared},
#include "vm/buses.def"
#undef BUS
};

static void interact(air_tape *t, bus_tag tag, bool receive, air_expr multiplicity, const air_expr *message,
                     uint32_t length)
{
    CHECK(length == bus_infos[tag].length);
    air_interact(t, tag, bus_infos[tag].shared, receive, multiplicity, message, length);
}

void bus_send(air_tape *t, bus_tag tag, air_expr multiplicity, const air_expr *message, uint32_t length)
{
    CHECK(!bus_infos[tag].lookup);
    interact(t, tag, false, multiplicity, message, length);
}

void bus_receive(air_tape *t, bus_tag tag, air_expr multiplicity, const air_expr *message, uint32_t length)
{
    CHECK(!bus_infos[tag].lookup);
    interact(t, tag, true, multiplicity, message, length);
}

void bus_look_up(air_tape *t, bus_tag tag, air_expr selector, const air_expr *message, uint32_t length)
{
    CHECK(bus_infos[tag].lookup);
    interact(t, tag, false, selector, message, length);
}

void bus_provide(air_tape *t, bus_tag tag, air_expr multiplicity, const air_expr *message, uint32_t length)
{
    CHECK(bus_infos[tag].lookup);
    interact(t, tag, true, multiplicity, message, length);
}

void bus_range(air_tape *t, air_expr selector, uint32_t bits, air_expr x)
{
    CHECK(bits <= 16);
    bus_look_up(t, BUS_RANGE, selector, (air_expr[]){air_constant(t, bits), x}, 2);
}

void bus_range_wide(air_tape *t, air_expr selector, uint32_t high_bits, air_expr x, air_expr low)
{
    bus_range(t, selector, 16, low);
    bus_range(t, selector, high_bits, row_divide(t, air_sub(t, x, low), 16));
}

void bus_byte_pair(air_tape *t, air_expr selector, air_expr a, air_expr b)
{
    bus_look_up(t, BUS_BYTE, selector, (air_expr[]){air_constant(t, BYTE_PAIR), a, b, air_constant(t, 0)}, 4);
}
