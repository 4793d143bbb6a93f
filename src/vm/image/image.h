/* Every word of the program's data, zeros included. Rows that are left repeat the first. */
#ifndef ASHLAR_VM_IMAGE_H
#define ASHLAR_VM_IMAGE_H

#include "vm/columns.h"

#define IMAGE_PREPROCESSED_COLUMNS(ONE, MANY) \
    ONE(w) MANY(value, 4)

#define IMAGE_MAIN_COLUMNS(ONE, MANY) \
    ONE(multiplicity)

COLUMNS(image_preprocessed, IMAGE_PREPROCESSED_COLUMNS);
COLUMNS(image_main, IMAGE_MAIN_COLUMNS);

#endif
