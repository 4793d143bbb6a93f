/* The machine's start and exit on qemu's user mode, so that the very objects of a program run there: an
 * oracle for the emulator. Input comes from standard input; the four output words go to standard output as
 * hex. */
#include "abi/calls.h"
#include "abi/memory_map.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

enum { LINUX_READ = 63, LINUX_WRITE = 64, LINUX_MMAP = 222 };
enum { READ_WRITE = 3, PRIVATE_FIXED_ANONYMOUS_NORESERVE = 0x4032 };

_Noreturn void guest_start(void);
_Noreturn void guest_start_qemu(void);
_Noreturn void guest_start_on_stack(void);

static uint64_t linux_call(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
                           uint64_t f)
{
    register uint64_t a7 __asm__("a7") = number;
    register uint64_t a0 __asm__("a0") = a;
    register uint64_t a1 __asm__("a1") = b;
    register uint64_t a2 __asm__("a2") = c;
    register uint64_t a3 __asm__("a3") = d;
    register uint64_t a4 __asm__("a4") = e;
    register uint64_t a5 __asm__("a5") = f;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
    return a0;
}

static _Noreturn void linux_exit(int code)
{
    (void)linux_call(CALL_EXIT, (uint64_t)(int64_t)code, 0, 0, 0, 0, 0);
    __builtin_unreachable();
}

static void map(uint64_t base, uint64_t end)
{
    if (linux_call(LINUX_MMAP, base, end - base, READ_WRITE, PRIVATE_FIXED_ANONYMOUS_NORESERVE, (uint64_t)-1,
                   0) != base)
        linux_exit(127);
}

_Noreturn void guest_start_qemu(void)
{
    extern uint8_t heap_start[];
    map(((uint64_t)heap_start + 4095) & ~UINT64_C(4095), MAP_HEAP_END);
    map(MAP_INPUT_BASE, MAP_INPUT_END);
    map(MAP_STACK_BASE, MAP_STACK_END);
    map(MAP_OUTPUT_BASE, MAP_OUTPUT_BASE + 4096);
    uint64_t size = 0, got;
    do {
        got = linux_call(LINUX_READ, 0, MAP_INPUT_BASE + 8 + size, MAP_INPUT_END - MAP_INPUT_BASE - 8 - size,
                         0, 0, 0);
        if ((int64_t)got < 0)
            linux_exit(127);
        size += got;
    } while (got != 0);
    *(volatile uint64_t *)(uintptr_t)MAP_INPUT_BASE = size;
    guest_start_on_stack();
}

__asm__(".section .text.start, \"ax\"\n"
        ".globl _start\n"
        "_start:\n"
        ".option push\n"
        ".option norelax\n"
        "    la gp, __global_pointer$\n"
        ".option pop\n"
        "    j guest_start_qemu\n"
        ".globl guest_start_on_stack\n"
        "guest_start_on_stack:\n"
        "    li sp, " TEXT(MAP_STACK_END) "\n"
        "    j guest_start\n"
        ".text\n");

_Noreturn void call_exit(int code)
{
    static const char digits[16] = "0123456789abcdef";
    const uint8_t *output = (const uint8_t *)(uintptr_t)MAP_OUTPUT_BASE;
    char line[2 * MAP_OUTPUT_BYTES + 1];
    for (int i = 0; i < MAP_OUTPUT_BYTES; i++) {
        line[2 * i] = digits[output[i] >> 4];
        line[2 * i + 1] = digits[output[i] & 15];
    }
    line[2 * MAP_OUTPUT_BYTES] = '\n';
    if (code == 0)
        (void)linux_call(LINUX_WRITE, 1, (uint64_t)line, sizeof line, 0, 0, 0);
    linux_exit(code);
}
