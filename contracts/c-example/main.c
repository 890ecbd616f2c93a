// SPDX-License-Identifier: Apache-2.0
//
// A guest program in C. `toolchain/cli/tests/guests.rs` runs it on every engine.

#include "../sdk/c/polkavm_guest.h"

POLKAVM_MIN_STACK_SIZE(65536);

POLKAVM_IMPORT(uint64_t, now);
POLKAVM_IMPORT(uint64_t, nine, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint32_t, int32_t, size_t);

POLKAVM_EXPORT(uint64_t, mix, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
POLKAVM_EXPORT(uint64_t, call_nine, void);
POLKAVM_EXPORT(uint64_t, later, uint64_t);
POLKAVM_EXPORT(uint64_t, primes, uint32_t);
POLKAVM_EXPORT(void, fail);

// The digits of the result are the arguments.
uint64_t mix(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f, uint64_t g, uint64_t h,
             uint64_t i) {
    const uint64_t digits[] = {a, b, c, d, e, f, g, h, i};
    uint64_t mixed = 0;
    for (int index = 0; index < 9; index++) {
        mixed = 10 * mixed + digits[index];
    }
    return mixed;
}

uint64_t call_nine(void) {
    return nine(1, 2, 3, 4, 5, 6, 0xffffffff, -8, 9) + 1;
}

uint64_t later(uint64_t seconds) {
    return now() + seconds;
}

static uint8_t is_composite[10000];

// How many primes there are below `limit`, at most 10,000.
uint64_t primes(uint32_t limit) {
    uint64_t count = 0;
    if (limit > sizeof is_composite) {
        POLKAVM_TRAP();
    }
    for (uint32_t number = 2; number < limit; number++) {
        if (is_composite[number]) {
            continue;
        }
        count++;
        for (uint32_t multiple = 2 * number; multiple < limit; multiple += number) {
            is_composite[multiple] = 1;
        }
    }
    return count;
}

void fail(void) {
    POLKAVM_TRAP();
}
