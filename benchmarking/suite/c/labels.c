// SPDX-License-Identifier: Apache-2.0
//
// What the other programs do without: jumps by distances between labels, frames of which only a register knows the size, within
// recursion and switches, frames that no offset reaches across, bit-fields, structures as arguments, results and among variable
// ones, symbols that are weak, common or aliases, and operations that nobody interrupts.

#include "guest.h"

typedef struct {
    int64_t words[3];
    int32_t half;
    int8_t byte;
} large;

typedef struct {
    int32_t left, right;
} pair;

typedef struct {
    uint8_t low : 3, high : 5;
    uint16_t middle : 9;
    int32_t wide : 17;
    uint64_t widest : 40;
} fields;

extern int nowhere __attribute__((weak));
__attribute__((weak)) uint32_t weak_function(uint32_t value) { return value * 5; }
uint32_t aliased(uint32_t value) { return value * 3 + 1; }
extern uint32_t alias_of_it(uint32_t value) __attribute__((alias("aliased")));
__attribute__((common)) uint32_t common_words[40];

// As GCC's manual spells a table of jumps without pointers: all distances are known to the assembler.
NEVER_INLINED static uint64_t by_distances(const uint8_t *program, uint64_t value) {
    static const int DISTANCES[] = {&&halt - &&halt, &&add - &&halt, &&negate - &&halt, &&rotate - &&halt, &&repeat - &&halt};
    uint32_t times = 40;
#define NEXT goto *(&&halt + DISTANCES[*program++])
    NEXT;
add: value += times; NEXT;
negate: value = -value; NEXT;
rotate: value = value << 7 | value >> 57; NEXT;
repeat:
    if (--times) {
        program -= 6;
    }
    NEXT;
halt:
    return value;
#undef NEXT
}

NEVER_INLINED static uint64_t of_any_size(uint32_t count) {
    uint32_t squares[count], sum = 0;
    uint8_t *bytes = __builtin_alloca(count * 3 + 1);
    for (uint32_t i = 0; i < count; i++) {
        squares[i] = i * i;
        bytes[i * 3] = (uint8_t)(i ^ count);
    }
    for (uint32_t i = 0; i < count; i++) {
        sum += squares[i] ^ (uint32_t)bytes[i * 3] << 9;
    }
    return sum + (count > 3 ? of_any_size(count / 2) : 0);
}

NEVER_INLINED static uint64_t in_a_switch(uint32_t count, uint32_t way) {
    uint8_t bytes[count + 10];
    for (uint32_t i = 0; i < count + 10; i++) {
        bytes[i] = (uint8_t)(i + way);
    }
    switch (way) {
    case 0: bytes[1] = 3; break;
    case 1: bytes[2] = 9; break;
    case 2: bytes[0] = (uint8_t)of_any_size(bytes[count]); break;
    case 3: bytes[4] = 1; break;
    case 4: return bytes[3];
    case 5: bytes[0] = 7; break;
    case 6: bytes[count + 9] = 77; break;
    }
    uint64_t sum = way;
    for (uint32_t i = 0; i < count + 10; i++) {
        sum = mixed(sum, bytes[i]);
    }
    return sum;
}

// More than the offset of an instruction reaches, and less than the stack has.
NEVER_INLINED static uint64_t in_large_frame(uint32_t depth) {
    volatile uint32_t words[1500];
    for (uint32_t i = 0; i < 1500; i += 7) {
        words[i] = i ^ depth;
    }
    uint64_t sum = depth ? in_large_frame(depth - 1) : 1;
    for (uint32_t i = 0; i < 1500; i += 7) {
        sum = mixed(sum, words[i]);
    }
    return sum;
}

NEVER_INLINED static large by_value(large value, pair two, int32_t by) {
    value.words[1] += two.left * (int64_t)by;
    value.half ^= two.right;
    value.byte++;
    return value;
}

NEVER_INLINED static int64_t of_many(const char *kinds, ...) {
    va_list arguments;
    va_start(arguments, kinds);
    int64_t sum = 0;
    for (; *kinds; kinds++) {
        switch (*kinds) {
        case 'i': sum += va_arg(arguments, int); break;
        case 'w': sum ^= va_arg(arguments, int64_t); break;
        case 'p': { pair two = va_arg(arguments, pair); sum += two.left - two.right; break; }
        case 'l': { large value = va_arg(arguments, large); sum += value.words[2] + value.half; break; }
        }
    }
    va_end(arguments);
    return sum;
}

NEVER_INLINED static uint64_t uninterrupted(uint32_t value) {
    static uint32_t word;
    uint32_t expected = 77;
    uint64_t sum = __atomic_fetch_add(&word, value, __ATOMIC_SEQ_CST);
    sum = mixed(sum, __atomic_exchange_n(&word, 77, __ATOMIC_ACQ_REL));
    sum = mixed(sum, __atomic_compare_exchange_n(&word, &expected, 78, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    sum = mixed(sum, __atomic_compare_exchange_n(&word, &expected, 79, 1, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    sum = mixed(sum, expected);
    sum = mixed(sum, __atomic_fetch_nand(&word, 12, __ATOMIC_SEQ_CST));
    sum = mixed(sum, __atomic_fetch_or(&word, value, __ATOMIC_RELEASE));
    return mixed(sum, __atomic_load_n(&word, __ATOMIC_ACQUIRE));
}

uint64_t run(uint32_t n) {
    uint64_t sum = &nowhere == 0, state = 1;
    fields bits = {1, 2, 3, 4, 5};
    large value = {{1, 2, 3}, 4, 'x'};
    for (uint32_t i = 0; i < n; i++) {
        sum = mixed(sum, by_distances((const uint8_t *)"\1\3\2\1\3\4", i));
        sum = mixed(sum, in_a_switch(20 + i % 8, i % 8));
        sum = mixed(sum, in_large_frame(i % 4));
        sum = mixed(sum, weak_function(i) + alias_of_it(i) + uninterrupted(i));
        bits.low += i;
        bits.high ^= next_random(&state);
        bits.middle -= next_random(&state);
        bits.wide = bits.wide * 3 - (int32_t)(next_random(&state) & 0xffff);
        bits.widest += (uint64_t)next_random(&state) << 9;
        sum = mixed(sum, bits.low + bits.high + bits.middle + (uint64_t)bits.wide + bits.widest);
        value = by_value(value, (pair){(int32_t)i, -(int32_t)i}, 7);
        common_words[i % 40] += (uint32_t)value.words[1];
        sum = mixed(sum, common_words[i % 40] + (uint32_t)value.byte);
        sum = mixed(sum, (uint64_t)of_many("iwplpi", (int)i, (int64_t)-5, (pair){7, 3}, value, (pair){(int32_t)i, 1}, 9));
    }
    return sum;
}
