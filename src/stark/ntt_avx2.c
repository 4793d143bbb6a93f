#include "stark/ntt_kernel.inc"
