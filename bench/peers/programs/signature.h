/* A signature whose key is recovered: numbers as four words, the lowest first. u1·G + u2·R is the key Q. */
#ifndef ASHLAR_BENCH_PEERS_SIGNATURE_H
#define ASHLAR_BENCH_PEERS_SIGNATURE_H

#include <stdint.h>

static const uint64_t signature_message[4] = {0x1afbf02b460c6d1d, 0xcfd1f3fb22f71cea,
    0x2b79f9b7e3fba994, 0xab530a13e4591498};
static const uint64_t signature_r[4] = {0x15a0369312d1aa49, 0x56ddca7a1a906c08,
    0xadc858d3ca50dab0, 0x17f53289eac961e5};
static const uint64_t signature_s[4] = {0xc436103e23d0e6aa, 0xf9b8a8be529a9905,
    0xf72cb6f641d5ab92, 0x8e9b1fbaec3302ff};
static const uint64_t signature_u1[4] = {0x9501c58048e5c83b, 0x71af377072a5858e,
    0xd7f1ecfd936c8668, 0x93573937a703dd07};
static const uint64_t signature_u2[4] = {0x5e47cf4ca9d14c3e, 0x2a0b1d84dbe8d363,
    0x4d9a32a1a55bf8be, 0x2a4ae7d8b89a66b0};
static const uint64_t point_G[8] = {0x59f2815b16f81798, 0x029bfcdb2dce28d9, 0x55a06295ce870b07, 0x79be667ef9dcbbac,
    0x9c47d08ffb10d4b8, 0xfd17b448a6855419, 0x5da4fbfc0e1108a8, 0x483ada7726a3c465};
static const uint64_t point_R[8] = {0x15a0369312d1aa49, 0x56ddca7a1a906c08, 0xadc858d3ca50dab0, 0x17f53289eac961e5,
    0xafe410bd3ad16006, 0x99b91c80eb610e4d, 0xf07ccd685a22a4f9, 0x76681328de1d40b6};
static const uint64_t point_G_plus_R[8] = {0x8c42b6ca9d12708f, 0xc8c30eae88995613, 0x4b1899e7968c12ec, 0x845792476e1377f3,
    0xe27021024115a3ae, 0xf2ce8826acda4ba0, 0x0c890651f52e19c0, 0x4664f57b7acb71c5};
static const uint64_t point_Q[8] = {0xd9787a3351a89377, 0xf8af65e58fb17909, 0x2987479140df7e71, 0xdf42306e8672b781,
    0xe964a30ad9716555, 0xc5574e4c0f248796, 0x306901958c642356, 0x159c8cad9ad22a85};
enum { RECOVERY_ID = 0 };

#endif
