#define LANES_PORTABLE
#include "stark/constraint_kernel.inc"
