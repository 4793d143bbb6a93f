#include "vm/image/image.h"

#include "vm/bus.h"

static void image_record(air_tape *t)
{
    image_preprocessed_columns row;
    columns_at(t, AIR_PREPROCESSED, &row, sizeof row);
    image_main_columns main;
    columns_at(t, AIR_MAIN, &main, sizeof main);
    const air_expr *v = row.value;
    bus_provide(t, BUS_IMAGE, main.multiplicity, (air_expr[]){row.w, v[0], v[1], v[2], v[3]}, 5);
}

static const char *const preprocessed_names[] = {IMAGE_PREPROCESSED_COLUMNS(COLUMN_NAME, COLUMN_NAMES)};
static const char *const main_names[] = {IMAGE_MAIN_COLUMNS(COLUMN_NAME, COLUMN_NAMES)};

const air vm_air_image = {
    .name = "image",
    .width = {[AIR_PREPROCESSED] = COLUMNS_WIDTH(image_preprocessed), [AIR_MAIN] = COLUMNS_WIDTH(image_main)},
    .record = image_record,
    .column_names = {[AIR_PREPROCESSED] = preprocessed_names, [AIR_MAIN] = main_names},
};
