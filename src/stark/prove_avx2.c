#include "stark/prove_kernel.inc"
