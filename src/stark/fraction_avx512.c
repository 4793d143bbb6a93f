#include "stark/fraction_kernel.inc"
