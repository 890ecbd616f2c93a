// SPDX-License-Identifier: Apache-2.0
//
// Where things lie: tables of pointers to everything, structures by value, bit fields, unions, arrays whose size is known late, large
// frames, data that is written, shared and zero, and atomic accesses.

#include "guest.h"

typedef struct node {
    const struct node *left, *right;
    const char *name;
    uint32_t (*visit)(const struct node *, uint32_t);
    int16_t weights[3];
} node;

static uint32_t visit_leaf(const node *here, uint32_t depth);
static uint32_t visit_inner(const node *here, uint32_t depth);

static const node LEAVES[] = {
    {NULL, NULL, "one", visit_leaf, {1, -1, 32767}},
    {NULL, NULL, "two", visit_leaf, {2, -2, -32768}},
    {&LEAVES[0], &LEAVES[1], "both", visit_inner, {3, -3, 0}},
};
static const node ROOT = {&LEAVES[2], &LEAVES[1], "root", visit_inner, {4, -4, 7}};

// Pointers into the middle of objects, and one behind the end.
static const int16_t *const INSIDE[] = {&LEAVES[1].weights[2], &ROOT.weights[1], LEAVES[2].weights + 1};
static const node *const LIMITS[] = {LEAVES, LEAVES + 3};
static const char *text_in_data[] = {"alpha", "beta", "gamma"};

static uint32_t visit_leaf(const node *here, uint32_t depth) {
    return (uint32_t)here->weights[2] * depth + (uint32_t)here->name[0];
}

NEVER_INLINED static uint32_t visit_inner(const node *here, uint32_t depth) {
    return 31 * here->left->visit(here->left, depth + 1) + here->right->visit(here->right, depth + 1) + (uint32_t)here->weights[1];
}

typedef struct {
    uint64_t a;
    uint32_t b;
    uint8_t c[7];
} large;

typedef struct {
    uint32_t low : 5, middle : 11, high : 16;
    int32_t sign : 3;
    uint64_t wide : 40;
} fields;

typedef union {
    uint64_t word;
    uint8_t bytes[8];
    struct {
        uint16_t a, b;
        int32_t c;
    } parts;
} view;

NEVER_INLINED static large changed(large value, uint32_t by) {
    value.a += by;
    value.b ^= (uint32_t)value.a;
    value.c[by % 7] = (uint8_t)by;
    return value;
}

NEVER_INLINED static uint64_t with_fields(fields f, uint32_t by) {
    f.low += by;
    f.middle ^= by;
    f.high -= by;
    f.sign = (int32_t)(by & 7) - 4;
    f.wide = f.wide * 3 + by;
    return ((uint64_t)f.low << 59 ^ (uint64_t)f.middle << 45 ^ f.high) + (uint64_t)(int64_t)f.sign + f.wide;
}

// An array on the stack whose size nobody knows before, and a frame beyond the reach of short offsets.
NEVER_INLINED static uint64_t on_stack(uint32_t count) {
    uint32_t late[count % 50 + 1];
    uint64_t early[700];
    for (uint32_t index = 0; index < 700; index++) {
        early[index] = index * (uint64_t)count;
    }
    for (uint32_t index = 0; index <= count % 50; index++) {
        late[index] = (uint32_t)early[(index * 13) % 700] ^ index;
    }
    uint64_t sum = early[699];
    for (uint32_t index = 0; index <= count % 50; index++) {
        sum = mixed(sum, late[index]);
    }
    return sum;
}

static uint32_t counter = 40;
static uint64_t zeros[513];
uint32_t shared_word = 0x12345678;

NEVER_INLINED static uint64_t atomics(uint32_t by) {
    uint32_t old = __atomic_fetch_add(&shared_word, by, __ATOMIC_SEQ_CST);
    old ^= __atomic_fetch_xor(&shared_word, 0x0f0f, __ATOMIC_ACQUIRE);
    uint32_t expected = shared_word;
    int changed_it = __atomic_compare_exchange_n(&shared_word, &expected, old * 5, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
    __atomic_store_n(&counter, __atomic_load_n(&counter, __ATOMIC_RELAXED) + 1, __ATOMIC_RELEASE);
    return (uint64_t)__atomic_exchange_n(&shared_word, old + 1, __ATOMIC_SEQ_CST) << 1 | (uint64_t)changed_it;
}

uint64_t run(uint32_t n) {
    large value = {1, 2, {3, 4, 5, 6, 7, 8, 9}};
    uint64_t sum = (uint64_t)(LIMITS[1] - LIMITS[0]);
    for (uint32_t round = 0; round < n; round++) {
        sum = mixed(sum, ROOT.visit(&ROOT, round));
        sum = mixed(sum, (uint64_t)(int64_t)*INSIDE[round % 3]);
        text_in_data[round % 3]++;
        if (!*text_in_data[round % 3]) {
            text_in_data[round % 3] = round & 1 ? "delta" : "epsilon";
        }
        sum = mixed(sum, (uint64_t)text_in_data[(round + 1) % 3][0]);
        value = changed(value, round);
        sum = mixed(sum, value.a ^ value.b ^ value.c[round % 7]);
        sum = mixed(sum, with_fields((fields){round, round * 3, round * 5, 1, sum}, round));
        view v = {.word = sum};
        v.parts.b ^= v.bytes[0];
        v.parts.c -= 77;
        sum = mixed(sum, v.word);
        sum = mixed(sum, on_stack(round * 7));
        zeros[round % 513] += sum;
        sum = mixed(sum, zeros[(round * 5) % 513] + atomics(round));
    }
    return mixed(sum, counter);
}
