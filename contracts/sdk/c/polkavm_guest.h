// SPDX-License-Identifier: Apache-2.0
//
// What a guest program in C needs: exports, imports, the size of the stack, a trap (guest ABI, sections 2 to 5 and 8).
//
// The macros have the names of the ecosystem's header. They stand at file scope. Their arguments are types only, each one
// token: `void`, `int8_t` ... `uint64_t`, `int`, `long`, `size_t`; pass addresses as `size_t`. A function has up to nine
// arguments: C passes the seventh and further ones on the stack, the host in registers, and the stubs here move them.
// Numbers of 32 bits: look at the lower half only, the upper one is not defined.
//
//     POLKAVM_IMPORT(uint64_t, now);
//     POLKAVM_EXPORT(uint64_t, add, uint64_t, uint64_t);
//     uint64_t add(uint64_t a, uint64_t b) { return a + b; }
//
// Compile with clang 18 or later (older ones do not know the calling convention):
//
//     clang --target=riscv64-unknown-none-elf -march=rv64emac_zbb_xtheadcondmov -mabi=lp64e -mno-relax \
//         -ffreestanding -ffunction-sections -fdata-sections -O2 -c program.c
//
// One such object file is ready for the linker of blobs.

#ifndef POLKAVM_GUEST_H
#define POLKAVM_GUEST_H

#include <stddef.h>
#include <stdint.h>

#ifndef __riscv
#error "guest programs are compiled for RISC-V"
#endif

// How many registers a type takes.
#define POLKAVM_REGS_void 0
#define POLKAVM_REGS_ 0
#define POLKAVM_REGS_int8_t 1
#define POLKAVM_REGS_uint8_t 1
#define POLKAVM_REGS_int16_t 1
#define POLKAVM_REGS_uint16_t 1
#define POLKAVM_REGS_int32_t 1
#define POLKAVM_REGS_uint32_t 1
#define POLKAVM_REGS_int 1
#define POLKAVM_REGS_i32 1
#define POLKAVM_REGS_long 1
#define POLKAVM_REGS_size_t 1
#ifdef _LP64
#define POLKAVM_REGS_int64_t 1
#define POLKAVM_REGS_uint64_t 1
#define POLKAVM_REGS_i64 1
#define POLKAVM_POINTER ".8byte"
#define POLKAVM_POINTER_GAP ".4byte 0\n"
#define POLKAVM_LOAD "ld"
#define POLKAVM_STORE "sd"
#define POLKAVM_WORD "8"
#else
#define POLKAVM_REGS_int64_t 2
#define POLKAVM_REGS_uint64_t 2
#define POLKAVM_REGS_i64 2
#define POLKAVM_POINTER ".4byte"
#define POLKAVM_POINTER_GAP ""
#define POLKAVM_LOAD "lw"
#define POLKAVM_STORE "sw"
#define POLKAVM_WORD "4"
#endif

#define POLKAVM_STRING_(text) #text
#define POLKAVM_STRING(text) POLKAVM_STRING_(text)
#define POLKAVM_REGS(type) POLKAVM_STRING(POLKAVM_REGS_##type)

// The registers of all arguments as a sum that the assembler computes.
#define POLKAVM_PICK(_1, _2, _3, _4, _5, _6, _7, _8, _9, name, ...) name
#define POLKAVM_SUM1(a) POLKAVM_REGS(a)
#define POLKAVM_SUM2(a, ...) POLKAVM_REGS(a) "+" POLKAVM_SUM1(__VA_ARGS__)
#define POLKAVM_SUM3(a, ...) POLKAVM_REGS(a) "+" POLKAVM_SUM2(__VA_ARGS__)
#define POLKAVM_SUM4(a, ...) POLKAVM_REGS(a) "+" POLKAVM_SUM3(__VA_ARGS__)
#define POLKAVM_SUM5(a, ...) POLKAVM_REGS(a) "+" POLKAVM_SUM4(__VA_ARGS__)
#define POLKAVM_SUM6(a, ...) POLKAVM_REGS(a) "+" POLKAVM_SUM5(__VA_ARGS__)
#define POLKAVM_SUM7(a, ...) POLKAVM_REGS(a) "+" POLKAVM_SUM6(__VA_ARGS__)
#define POLKAVM_SUM8(a, ...) POLKAVM_REGS(a) "+" POLKAVM_SUM7(__VA_ARGS__)
#define POLKAVM_SUM9(a, ...) POLKAVM_REGS(a) "+" POLKAVM_SUM8(__VA_ARGS__)
#define POLKAVM_SUM(...)                                                                                     \
    POLKAVM_PICK(__VA_ARGS__, POLKAVM_SUM9, POLKAVM_SUM8, POLKAVM_SUM7, POLKAVM_SUM6, POLKAVM_SUM5,          \
                 POLKAVM_SUM4, POLKAVM_SUM3, POLKAVM_SUM2, POLKAVM_SUM1, )                                   \
    (__VA_ARGS__)

// A name and the record that describes a function by it, as labels 771 and 772. `tail` is what version 2 adds.
#define POLKAVM_RECORD(kind, version, tail, ret, fn, sum)                                                    \
    ".pushsection .polkavm_metadata." kind "." #fn ",\"aw\",@progbits\n"                                     \
    "771: .ascii \"" #fn "\"\n"                                                                              \
    "774:\n"                                                                                                 \
    "772: .byte " version "\n"                                                                               \
    ".4byte 0\n"                                                                                             \
    ".4byte 774b - 771b\n"                                                                                   \
    POLKAVM_POINTER " 771b\n"                                                                                \
    ".byte " sum "\n"                                                                                        \
    ".byte " POLKAVM_REGS(ret) "\n"                                                                          \
    tail                                                                                                     \
    ".popsection\n"

// Exports `ret fn(types..)`, which must not be static. The linker reads the relocation of `auipc`, not the instruction, which GNU ld
// would drop for a shorter one if it might.
#define POLKAVM_EXPORT(ret, fn, ...)                                                                         \
    extern ret fn(__VA_ARGS__);                                                                              \
    __asm__(                                                                                                 \
        POLKAVM_RECORD("export", "1", "", ret, fn, POLKAVM_SUM(__VA_ARGS__))                                 \
        ".pushsection .text.export." #fn ",\"ax\",@progbits\n"                                               \
        ".p2align 1\n"                                                                                       \
        "773:\n"                                                                                             \
        ".if " POLKAVM_SUM(__VA_ARGS__) " > 6\n"                                                             \
        "addi sp, sp, -4 * " POLKAVM_WORD "\n"                                                               \
        POLKAVM_STORE " t0, 0(sp)\n"                                                                         \
        POLKAVM_STORE " t1, " POLKAVM_WORD "(sp)\n"                                                          \
        POLKAVM_STORE " t2, 2 * " POLKAVM_WORD "(sp)\n"                                                      \
        POLKAVM_STORE " ra, 3 * " POLKAVM_WORD "(sp)\n"                                                      \
        "call " #fn "\n"                                                                                     \
        POLKAVM_LOAD " ra, 3 * " POLKAVM_WORD "(sp)\n"                                                       \
        "addi sp, sp, 4 * " POLKAVM_WORD "\n"                                                                \
        "ret\n"                                                                                              \
        ".else\n"                                                                                            \
        "tail " #fn "\n"                                                                                     \
        ".endif\n"                                                                                           \
        ".popsection\n"                                                                                      \
        ".pushsection .polkavm_exports,\"Ra\",@note\n"                                                       \
        ".byte 1\n"                                                                                          \
        ".option push\n"                                                                                     \
        ".option norelax\n"                                                                                  \
        "auipc zero, %pcrel_hi(772b)\n" POLKAVM_POINTER_GAP                                                  \
        "auipc zero, %pcrel_hi(773b)\n" POLKAVM_POINTER_GAP                                                  \
        ".option pop\n"                                                                                      \
        ".popsection\n")

#define POLKAVM_IMPORT_(version, tail, ret, fn, ...)                                                         \
    extern ret fn(__VA_ARGS__);                                                                              \
    __asm__(                                                                                                 \
        POLKAVM_RECORD("import", version, tail, ret, fn, POLKAVM_SUM(__VA_ARGS__))                           \
        ".pushsection .text.import." #fn ",\"ax\",@progbits\n"                                               \
        ".p2align 1\n"                                                                                       \
        ".hidden " #fn "\n"                                                                                  \
        ".globl " #fn "\n"                                                                                   \
        ".type " #fn ", @function\n"                                                                         \
        #fn ":\n"                                                                                            \
        ".if " POLKAVM_SUM(__VA_ARGS__) " > 6\n"                                                             \
        POLKAVM_LOAD " t0, 0(sp)\n"                                                                          \
        ".endif\n"                                                                                           \
        ".if " POLKAVM_SUM(__VA_ARGS__) " > 7\n"                                                             \
        POLKAVM_LOAD " t1, " POLKAVM_WORD "(sp)\n"                                                           \
        ".endif\n"                                                                                           \
        ".if " POLKAVM_SUM(__VA_ARGS__) " > 8\n"                                                             \
        POLKAVM_LOAD " t2, 2 * " POLKAVM_WORD "(sp)\n"                                                       \
        ".endif\n"                                                                                           \
        ".option push\n"                                                                                     \
        ".option norelax\n"                                                                                  \
        ".4byte 0x0000000b\n"                                                                                \
        "auipc zero, %pcrel_hi(772b)\n" POLKAVM_POINTER_GAP                                                  \
        ".option pop\n"                                                                                      \
        "ret\n"                                                                                              \
        ".popsection\n")

// Declares `ret fn(types..)`, a function of the host.
#define POLKAVM_IMPORT(ret, fn, ...) POLKAVM_IMPORT_("1", "", ret, fn, __VA_ARGS__)

// The same with a fixed number, which then all imports of a program must have.
#define POLKAVM_IMPORT_WITH_INDEX(index, ret, fn, ...)                                                       \
    POLKAVM_IMPORT_("2", ".byte 1\n.4byte " #index "\n", ret, fn, __VA_ARGS__)

// Asks for a stack of at least so many bytes.
#define POLKAVM_MIN_STACK_SIZE(bytes)                                                                        \
    __asm__(".pushsection .polkavm_min_stack_size,\"\",@progbits\n"                                          \
            ".4byte " #bytes "\n"                                                                            \
            ".popsection\n")

// Ends the program with a trap.
#define POLKAVM_TRAP()                                                                                       \
    do {                                                                                                     \
        __asm__ volatile("unimp");                                                                           \
        __builtin_unreachable();                                                                             \
    } while (0)

#endif
