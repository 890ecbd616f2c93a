// SPDX-License-Identifier: Apache-2.0
//
// What makes a program in C one for guests and one for the machine that compiles it.
//
// A program defines `run(n)`, which does `n` units of work and returns a checksum of all of it. It includes this header first,
// calls no library and depends on no width but those it names. Natively, `main` prints what `run` returns.

#ifndef SUITE_GUEST_H
#define SUITE_GUEST_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __riscv

#include "../../../contracts/sdk/c/polkavm_guest.h"

POLKAVM_MIN_STACK_SIZE(65536);
POLKAVM_EXPORT(uint64_t, run, uint32_t);

// What compilers call without being asked to.
#include "runtime.h"

#else

#include <stdio.h>
#include <stdlib.h>

uint64_t run(uint32_t n);

int main(int count, char **arguments) {
    printf("%016llx\n", (unsigned long long)run(count > 1 ? (uint32_t)strtoul(arguments[1], NULL, 10) : 1));
    return 0;
}

#endif

// Keeps the compiler from doing the work of a function at compile time, and from copying it into its callers.
#define NEVER_INLINED __attribute__((noinline))

// One more number into a checksum.
static inline uint64_t mixed(uint64_t sum, uint64_t value) {
    sum = (sum ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return sum ^ sum >> 29;
}

// The next of a sequence of numbers that look random.
static inline uint32_t next_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

#endif
