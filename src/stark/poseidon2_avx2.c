#include "stark/poseidon2_builds.h"
#include "stark/poseidon2_kernel.inc"
