#define LANES_PORTABLE
#include "stark/fraction_kernel.inc"
