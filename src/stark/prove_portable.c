#define LANES_PORTABLE
#include "stark/prove_kernel.inc"
