#define LANES_PORTABLE
#include "stark/opening_kernel.inc"
