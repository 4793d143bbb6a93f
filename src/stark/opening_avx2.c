#include "stark/opening_kernel.inc"
