#include "stark/constraint_kernel.inc"
