// SPDX-License-Identifier: Apache-2.0
//
// Curve arithmetic: the Montgomery ladder of Curve25519 with sixteen limbs of sixteen bits, and a check of RFC 7748's first vector.

#include "guest.h"

typedef int64_t element[16];

static void carry(element a) {
    for (int index = 0; index < 16; index++) {
        int64_t over = a[index] >> 16;
        a[index] -= (int64_t)((uint64_t)over << 16);
        if (index < 15) {
            a[index + 1] += over;
        } else {
            a[0] += 38 * over;
        }
    }
}

static void swap_if(element a, element b, int64_t swapped) {
    int64_t mask = -swapped;
    for (int index = 0; index < 16; index++) {
        int64_t change = mask & (a[index] ^ b[index]);
        a[index] ^= change;
        b[index] ^= change;
    }
}

static void add(element sum, const element a, const element b) {
    for (int index = 0; index < 16; index++) {
        sum[index] = a[index] + b[index];
    }
}

static void subtract(element difference, const element a, const element b) {
    for (int index = 0; index < 16; index++) {
        difference[index] = a[index] - b[index];
    }
}

static void multiply(element product, const element a, const element b) {
    int64_t wide[31] = {0};
    for (int i = 0; i < 16; i++) {
        for (int j = 0; j < 16; j++) {
            wide[i + j] += a[i] * b[j];
        }
    }
    for (int index = 0; index < 15; index++) {
        wide[index] += 38 * wide[index + 16];
    }
    for (int index = 0; index < 16; index++) {
        product[index] = wide[index];
    }
    carry(product);
    carry(product);
}

static void invert(element inverse, const element a) {
    element power;
    for (int index = 0; index < 16; index++) {
        power[index] = a[index];
    }
    for (int bit = 253; bit >= 0; bit--) {
        multiply(power, power, power);
        if (bit != 2 && bit != 4) {
            multiply(power, power, a);
        }
    }
    for (int index = 0; index < 16; index++) {
        inverse[index] = power[index];
    }
}

static void pack(uint8_t bytes[32], const element a) {
    element whole, less;
    for (int index = 0; index < 16; index++) {
        whole[index] = a[index];
    }
    carry(whole), carry(whole), carry(whole);
    for (int round = 0; round < 2; round++) {
        less[0] = whole[0] - 0xffed;
        for (int index = 1; index < 15; index++) {
            less[index] = whole[index] - 0xffff - (less[index - 1] >> 16 & 1);
            less[index - 1] &= 0xffff;
        }
        less[15] = whole[15] - 0x7fff - (less[14] >> 16 & 1);
        int64_t borrowed = less[15] >> 16 & 1;
        less[14] &= 0xffff;
        swap_if(whole, less, 1 - borrowed);
    }
    for (int index = 0; index < 16; index++) {
        bytes[2 * index] = (uint8_t)whole[index];
        bytes[2 * index + 1] = (uint8_t)(whole[index] >> 8);
    }
}

NEVER_INLINED static void scalar_multiply(uint8_t result[32], const uint8_t scalar[32], const uint8_t point[32]) {
    static const element CONSTANT = {0xdb41, 1};
    element x, a = {1}, b, c = {0}, d = {1}, e, f;
    uint8_t clamped[32];
    for (int index = 0; index < 32; index++) {
        clamped[index] = scalar[index];
    }
    clamped[0] &= 248;
    clamped[31] = (clamped[31] & 127) | 64;
    for (int index = 0; index < 16; index++) {
        x[index] = point[2 * index] + ((int64_t)point[2 * index + 1] << 8);
    }
    x[15] &= 0x7fff;
    for (int index = 0; index < 16; index++) {
        b[index] = x[index];
    }
    for (int bit = 254; bit >= 0; bit--) {
        int64_t swapped = clamped[bit >> 3] >> (bit & 7) & 1;
        swap_if(a, b, swapped), swap_if(c, d, swapped);
        add(e, a, c), subtract(a, a, c), add(c, b, d), subtract(b, b, d);
        multiply(d, e, e), multiply(f, a, a), multiply(a, c, a), multiply(c, b, e);
        add(e, a, c), subtract(a, a, c), multiply(b, a, a), subtract(c, d, f);
        multiply(a, c, CONSTANT), add(a, a, d), multiply(c, c, a), multiply(a, d, f), multiply(d, b, x), multiply(b, e, e);
        swap_if(a, b, swapped), swap_if(c, d, swapped);
    }
    invert(c, c);
    multiply(a, a, c);
    pack(result, a);
}

uint64_t run(uint32_t n) {
    uint8_t scalar[32] = {0xa5, 0x46, 0xe3, 0x6b, 0xf0, 0x52, 0x7c, 0x9d, 0x3b, 0x16, 0x15, 0x4b, 0x82, 0x46, 0x5e, 0xdd,
                          0x62, 0x14, 0x4c, 0x0a, 0xc1, 0xfc, 0x5a, 0x18, 0x50, 0x6a, 0x22, 0x44, 0xba, 0x44, 0x9a, 0xc4};
    uint8_t point[32] = {0xe6, 0xdb, 0x68, 0x67, 0x58, 0x30, 0x30, 0xdb, 0x35, 0x94, 0xc1, 0xa4, 0x24, 0xb1, 0x5f, 0x7c,
                         0x72, 0x66, 0x24, 0xec, 0x26, 0xb3, 0x35, 0x3b, 0x10, 0xa9, 0x03, 0xa6, 0xd0, 0xab, 0x1c, 0x4c};
    static const uint8_t EXPECTED[32] = {0xc3, 0xda, 0x55, 0x37, 0x9d, 0xe9, 0xc6, 0x90, 0x8e, 0x94, 0xea, 0x4d, 0xf2, 0x8d, 0x08, 0x4f,
                                         0x32, 0xec, 0xcf, 0x03, 0x49, 0x1c, 0x71, 0xf7, 0x54, 0xb4, 0x07, 0x55, 0x77, 0xa2, 0x85, 0x52};
    uint64_t sum = 0;
    for (uint32_t round = 0; round < n; round++) {
        uint8_t result[32];
        scalar_multiply(result, scalar, point);
        for (int index = 0; index < 32; index++) {
            if (round == 0 && result[index] != EXPECTED[index]) {
                return UINT64_C(0xbad);
            }
            sum = mixed(sum, result[index]);
            point[index] = scalar[index];
            scalar[index] = result[index];
        }
    }
    return sum;
}
