#include "field/lanes_check.inc"
