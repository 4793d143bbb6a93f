#define LANES_PORTABLE
#include "stark/ntt_kernel.inc"
