#define LANES_PORTABLE
#include "field/lanes_check.inc"
