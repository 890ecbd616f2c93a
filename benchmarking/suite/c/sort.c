// SPDX-License-Identifier: Apache-2.0
//
// Sorting: three algorithms over records, called through a table of functions, with comparisons through function pointers.

#include "guest.h"

#define COUNT 128

typedef struct {
    int32_t key;
    uint16_t group;
    uint8_t tag[3];
} record;

typedef int (*comparison)(const record *, const record *);
typedef void (*algorithm)(record *, size_t, comparison);

static int by_key(const record *a, const record *b) {
    return (a->key > b->key) - (a->key < b->key);
}

static int by_group(const record *a, const record *b) {
    return a->group != b->group ? (int)a->group - (int)b->group : by_key(a, b);
}

static int by_tag(const record *a, const record *b) {
    for (int index = 0; index < 3; index++) {
        if (a->tag[index] != b->tag[index]) {
            return (int)a->tag[index] - (int)b->tag[index];
        }
    }
    return -by_group(a, b);
}

static void swap(record *a, record *b) {
    record other = *a;
    *a = *b;
    *b = other;
}

static void quick(record *records, size_t count, comparison compare) {
    while (count > 1) {
        size_t last = 0;
        swap(&records[0], &records[count / 2]);
        for (size_t index = 1; index < count; index++) {
            if (compare(&records[index], &records[0]) < 0) {
                swap(&records[++last], &records[index]);
            }
        }
        swap(&records[0], &records[last]);
        quick(records + last + 1, count - last - 1, compare);
        count = last;
    }
}

static void heap(record *records, size_t count, comparison compare) {
    for (size_t left = count / 2, right = count; right > 1;) {
        if (left > 0) {
            left--;
        } else {
            swap(&records[0], &records[--right]);
        }
        for (size_t parent = left, child; (child = 2 * parent + 1) < right; parent = child) {
            if (child + 1 < right && compare(&records[child], &records[child + 1]) < 0) {
                child++;
            }
            if (compare(&records[parent], &records[child]) >= 0) {
                break;
            }
            swap(&records[parent], &records[child]);
        }
    }
}

static void merge(record *records, size_t count, comparison compare) {
    if (count < 2) {
        return;
    }
    // A large frame in each of several calls inside one another.
    record left[COUNT / 2 + 1];
    size_t half = count / 2, a = 0, b = half, to = 0;
    merge(records, half, compare);
    merge(records + half, count - half, compare);
    for (size_t index = 0; index < half; index++) {
        left[index] = records[index];
    }
    while (a < half && b < count) {
        records[to++] = compare(&left[a], &records[b]) <= 0 ? left[a++] : records[b++];
    }
    while (a < half) {
        records[to++] = left[a++];
    }
}

static const algorithm ALGORITHMS[] = {quick, heap, merge};
static comparison COMPARISONS[] = {by_key, by_group, by_tag};

uint64_t run(uint32_t n) {
    static record records[COUNT];
    uint64_t random = 3, sum = 0;
    for (uint32_t round = 0; round < n; round++) {
        for (size_t index = 0; index < COUNT; index++) {
            uint32_t a = next_random(&random), b = next_random(&random);
            records[index] = (record){(int32_t)(a << 1), (uint16_t)(b & 7), {(uint8_t)(a & 1), (uint8_t)b, (uint8_t)(b >> 9)}};
        }
        ALGORITHMS[round % 3](records, COUNT, COMPARISONS[round / 3 % 3]);
        for (size_t index = 0; index < COUNT; index++) {
            const record *here = &records[index];
            sum = mixed(sum, (uint64_t)(uint32_t)here->key ^ (uint64_t)here->group << 32 ^ (uint64_t)here->tag[1] << 48);
        }
    }
    return sum;
}
