/* Keccak-f[1600] for rv64im, with the whole state in registers: 25 lanes and 5 spare registers are all
 * that there are besides sp, so ra, gp and tp serve too (nothing is called, and nothing interrupts).
 *
 * An instruction is a cycle here, whatever it does, so what counts is their number: 195 for a round.
 * - Six lanes are kept complemented (the set is closed under a round; the Keccak team's implementation
 *   overview, section 2.2): chi needs then one NOT for each row instead of five.
 * - A round ends with its lanes in other registers than it began with. keccak_rounds passes them on to
 *   itself under their new names, 24 times, so pi and chi cost no move.
 * The portable twin is in keccak.c, and hash_test.c holds both against the same digests. */
#include "crypto/keccak_internal.h"

#if defined(__riscv) && __riscv_xlen == 64

__asm__(
    ".macro rotate lane, spare, bits\n"
    "slli \\spare, \\lane, \\bits; srli \\lane, \\lane, 64 - \\bits; or \\lane, \\lane, \\spare\n"
    ".endm\n"

    /* Rounds `round` to 23 of the lanes a0 to a24, then writes them to the address at 0(sp). */
    ".macro keccak_rounds round, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, "
    "a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, t0, t1, t2, t3, t4\n"
    /* theta: the column parities, each folded in as early as the five spare registers allow */
    "xor \\t0, \\a0, \\a5; xor \\t0, \\t0, \\a10; xor \\t0, \\t0, \\a15; xor \\t0, \\t0, \\a20\n"
    "xor \\t1, \\a4, \\a9; xor \\t1, \\t1, \\a14; xor \\t1, \\t1, \\a19; xor \\t1, \\t1, \\a24\n"
    "xor \\t2, \\a1, \\a6; xor \\t2, \\t2, \\a11; xor \\t2, \\t2, \\a16; xor \\t2, \\t2, \\a21\n"
    "slli \\t3, \\t2, 1; xor \\t3, \\t3, \\t1; srli \\t4, \\t2, 63; xor \\t3, \\t3, \\t4\n"
    "xor \\a0, \\a0, \\t3; xor \\a5, \\a5, \\t3; xor \\a10, \\a10, \\t3; xor \\a15, \\a15, \\t3\n"
    "xor \\a20, \\a20, \\t3; xor \\t3, \\a3, \\a8; xor \\t3, \\t3, \\a13; xor \\t3, \\t3, \\a18\n"
    "xor \\t3, \\t3, \\a23; slli \\t4, \\t3, 1; xor \\t2, \\t2, \\t4; srli \\t4, \\t3, 63\n"
    "xor \\t2, \\t2, \\t4; slli \\t4, \\t0, 1; xor \\t3, \\t3, \\t4; srli \\t4, \\t0, 63\n"
    "xor \\t3, \\t3, \\t4; xor \\a4, \\a4, \\t3; xor \\a9, \\a9, \\t3; xor \\a14, \\a14, \\t3\n"
    "xor \\a19, \\a19, \\t3; xor \\a24, \\a24, \\t3; xor \\t3, \\a2, \\a7; xor \\t3, \\t3, \\a12\n"
    "xor \\t3, \\t3, \\a17; xor \\t3, \\t3, \\a22; xor \\a2, \\a2, \\t2; xor \\a7, \\a7, \\t2\n"
    "xor \\a12, \\a12, \\t2; xor \\a17, \\a17, \\t2; xor \\a22, \\a22, \\t2; slli \\t2, \\t3, 1\n"
    "xor \\t0, \\t0, \\t2; srli \\t2, \\t3, 63; xor \\t0, \\t0, \\t2; xor \\a1, \\a1, \\t0\n"
    "xor \\a6, \\a6, \\t0; xor \\a11, \\a11, \\t0; xor \\a16, \\a16, \\t0; xor \\a21, \\a21, \\t0\n"
    "slli \\t2, \\t1, 1; xor \\t3, \\t3, \\t2; srli \\t2, \\t1, 63; xor \\t3, \\t3, \\t2\n"
    "xor \\a3, \\a3, \\t3; xor \\a8, \\a8, \\t3; xor \\a13, \\a13, \\t3; xor \\a18, \\a18, \\t3\n"
    "xor \\a23, \\a23, \\t3\n"
    /* rho */
    "rotate \\a1, \\t0, 1; rotate \\a2, \\t0, 62; rotate \\a3, \\t0, 28; rotate \\a4, \\t0, 27\n"
    "rotate \\a5, \\t0, 36; rotate \\a6, \\t0, 44; rotate \\a7, \\t0, 6; rotate \\a8, \\t0, 55\n"
    "rotate \\a9, \\t0, 20; rotate \\a10, \\t0, 3; rotate \\a11, \\t0, 10; rotate \\a12, \\t0, 43\n"
    "rotate \\a13, \\t0, 25; rotate \\a14, \\t0, 39; rotate \\a15, \\t0, 41; rotate \\a16, \\t0, 45\n"
    "rotate \\a17, \\t0, 15; rotate \\a18, \\t0, 21; rotate \\a19, \\t0, 8; rotate \\a20, \\t0, 18\n"
    "rotate \\a21, \\t0, 2; rotate \\a22, \\t0, 61; rotate \\a23, \\t0, 56; rotate \\a24, \\t0, 14\n"
    /* pi and chi, row 0, iota */
    "or \\t0, \\a6, \\a12; xor \\t0, \\t0, \\a0; and \\t1, \\a0, \\a6; xor \\t1, \\t1, \\a24\n"
    "or \\a0, \\a24, \\a0; xor \\a0, \\a0, \\a18; and \\a24, \\a18, \\a24; xor \\a24, \\a24, \\a12\n"
    "not \\a12, \\a12; or \\a18, \\a12, \\a18; xor \\a18, \\a18, \\a6\n"
    "ld \\t2, keccak_round_constants + 8 * (\\round); xor \\t0, \\t0, \\t2\n"
    /* pi and chi, row 1 */
    "or \\t2, \\a9, \\a10; xor \\t2, \\t2, \\a3; and \\t3, \\a3, \\a9; xor \\t3, \\t3, \\a22\n"
    "or \\a3, \\a22, \\a3; xor \\a3, \\a3, \\a16; not \\a22, \\a22; or \\a22, \\a16, \\a22\n"
    "xor \\a22, \\a22, \\a10; and \\a16, \\a10, \\a16; xor \\a16, \\a16, \\a9\n"
    /* pi and chi, row 2 */
    "or \\t4, \\a7, \\a13; xor \\t4, \\t4, \\a1; and \\a6, \\a1, \\a7; xor \\a6, \\a6, \\a20\n"
    "or \\a1, \\a20, \\a1; and \\a12, \\a13, \\a19; xor \\a7, \\a7, \\a12; not \\a19, \\a19\n"
    "xor \\a1, \\a1, \\a19; and \\a20, \\a19, \\a20; xor \\a20, \\a20, \\a13\n"
    /* pi and chi, row 3 */
    "and \\a12, \\a5, \\a11; xor \\a12, \\a12, \\a4; or \\a9, \\a4, \\a5; xor \\a9, \\a9, \\a23\n"
    "and \\a4, \\a23, \\a4; or \\a10, \\a11, \\a17; xor \\a5, \\a5, \\a10; not \\a17, \\a17\n"
    "xor \\a4, \\a4, \\a17; or \\a23, \\a17, \\a23; xor \\a23, \\a23, \\a11\n"
    /* pi and chi, row 4 */
    "and \\a13, \\a2, \\a8; xor \\a13, \\a13, \\a21; not \\a8, \\a8; and \\a10, \\a8, \\a14\n"
    "xor \\a10, \\a10, \\a2; or \\a2, \\a21, \\a2; xor \\a2, \\a2, \\a15; and \\a21, \\a15, \\a21\n"
    "xor \\a21, \\a21, \\a14; or \\a15, \\a14, \\a15; xor \\a15, \\a15, \\a8\n"
    ".if (\\round) < 23\n"
    "keccak_rounds (\\round + 1), \\t0, \\a18, \\a24, \\a0, \\t1, \\t2, \\a16, \\a22, \\a3, \\t3, "
    "\\t4, \\a7, \\a20, \\a1, \\a6, \\a12, \\a5, \\a23, \\a4, \\a9, \\a10, \\a15, \\a21, \\a2, \\a13, "
    "\\a19, \\a11, \\a17, \\a8, \\a14\n"
    ".else\n"
    "keccak_store \\t0, \\a18, \\a24, \\a0, \\t1, \\t2, \\a16, \\a22, \\a3, \\t3, \\t4, \\a7, \\a20, "
    "\\a1, \\a6, \\a12, \\a5, \\a23, \\a4, \\a9, \\a10, \\a15, \\a21, \\a2, \\a13, \\a19\n"
    ".endif\n"
    ".endm\n"

    ".macro keccak_store a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, "
    "a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, t0\n"
    "ld \\t0, 0(sp)\n"
    "not \\a1, \\a1; not \\a2, \\a2; not \\a8, \\a8; not \\a12, \\a12; not \\a17, \\a17; not \\a20, \\a20\n"
    "sd \\a0, 0(\\t0); sd \\a1, 8(\\t0); sd \\a2, 16(\\t0); sd \\a3, 24(\\t0); sd \\a4, 32(\\t0)\n"
    "sd \\a5, 40(\\t0); sd \\a6, 48(\\t0); sd \\a7, 56(\\t0); sd \\a8, 64(\\t0); sd \\a9, 72(\\t0)\n"
    "sd \\a10, 80(\\t0); sd \\a11, 88(\\t0); sd \\a12, 96(\\t0); sd \\a13, 104(\\t0); sd \\a14, 112(\\t0)\n"
    "sd \\a15, 120(\\t0); sd \\a16, 128(\\t0); sd \\a17, 136(\\t0); sd \\a18, 144(\\t0)\n"
    "sd \\a19, 152(\\t0); sd \\a20, 160(\\t0); sd \\a21, 168(\\t0); sd \\a22, 176(\\t0)\n"
    "sd \\a23, 184(\\t0); sd \\a24, 192(\\t0)\n"
    ".endm\n"

    /* The linker must not address the constants through gp, which holds a lane. */
    ".option push\n"
    ".option norelax\n"
    ".section .text.keccak_absorb_blocks, \"ax\", @progbits\n"
    ".balign 4\n"
    ".globl keccak_absorb_blocks\n"
    ".type keccak_absorb_blocks, @function\n"
    "keccak_absorb_blocks:\n"
    "addi sp, sp, -144\n"
    "sd ra, 24(sp); sd gp, 32(sp); sd tp, 40(sp); sd s0, 48(sp); sd s1, 56(sp); sd s2, 64(sp)\n"
    "sd s3, 72(sp); sd s4, 80(sp); sd s5, 88(sp); sd s6, 96(sp); sd s7, 104(sp); sd s8, 112(sp)\n"
    "sd s9, 120(sp); sd s10, 128(sp); sd s11, 136(sp)\n"
    ".Lkeccak_next_block:\n"
    "sd a0, 0(sp); sd a2, 16(sp)\n"
    "ld t0, 0(a0); ld t1, 8(a0); ld t2, 16(a0); ld t3, 24(a0); ld t4, 32(a0); ld t5, 40(a0)\n"
    "ld t6, 48(a0); ld a5, 56(a0); ld a6, 64(a0); ld a7, 72(a0); ld s0, 80(a0); ld s1, 88(a0)\n"
    "ld s2, 96(a0); ld s3, 104(a0); ld s4, 112(a0); ld s5, 120(a0); ld s6, 128(a0); ld s7, 136(a0)\n"
    "ld s8, 144(a0); ld s9, 152(a0); ld s10, 160(a0); ld s11, 168(a0); ld ra, 176(a0); ld gp, 184(a0)\n"
    "ld tp, 192(a0)\n"
    "beqz a1, .Lkeccak_permute\n"
    "ld a3, 0(a1); xor t0, t0, a3; ld a4, 8(a1); xor t1, t1, a4; ld a3, 16(a1); xor t2, t2, a3\n"
    "ld a4, 24(a1); xor t3, t3, a4; ld a3, 32(a1); xor t4, t4, a3; ld a4, 40(a1); xor t5, t5, a4\n"
    "ld a3, 48(a1); xor t6, t6, a3; ld a4, 56(a1); xor a5, a5, a4; ld a3, 64(a1); xor a6, a6, a3\n"
    "ld a4, 72(a1); xor a7, a7, a4; ld a3, 80(a1); xor s0, s0, a3; ld a4, 88(a1); xor s1, s1, a4\n"
    "ld a3, 96(a1); xor s2, s2, a3; ld a4, 104(a1); xor s3, s3, a4; ld a3, 112(a1); xor s4, s4, a3\n"
    "ld a4, 120(a1); xor s5, s5, a4; ld a3, 128(a1); xor s6, s6, a3\n"
    "addi a1, a1, 136\n"
    ".Lkeccak_permute:\n"
    "sd a1, 8(sp)\n"
    "not t1, t1; not t2, t2; not a6, a6; not s2, s2; not s7, s7; not s10, s10\n"
    "keccak_rounds 0, t0, t1, t2, t3, t4, t5, t6, a5, a6, a7, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, "
    "s10, s11, ra, gp, tp, a0, a1, a2, a3, a4\n"
    "ld a0, 0(sp); ld a1, 8(sp); ld a2, 16(sp)\n"
    "addi a2, a2, -1\n"
    "bnez a2, .Lkeccak_again\n"
    "ld ra, 24(sp); ld gp, 32(sp); ld tp, 40(sp); ld s0, 48(sp); ld s1, 56(sp); ld s2, 64(sp)\n"
    "ld s3, 72(sp); ld s4, 80(sp); ld s5, 88(sp); ld s6, 96(sp); ld s7, 104(sp); ld s8, 112(sp)\n"
    "ld s9, 120(sp); ld s10, 128(sp); ld s11, 136(sp)\n"
    "addi sp, sp, 144\n"
    "ret\n"
    /* A branch does not reach over the rounds; a jump does. */
    ".Lkeccak_again:\n"
    "j .Lkeccak_next_block\n"
    ".size keccak_absorb_blocks, . - keccak_absorb_blocks\n"
    ".text\n"
    ".option pop\n");

#endif
