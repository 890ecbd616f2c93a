// SPDX-License-Identifier: Apache-2.0
//
// Numbers wider than registers: Montgomery multiplication, powers and divisions with 128 bits where compilers have them, and the same
// results from two words of 64 bits where they have not.

#include "guest.h"

#ifdef __SIZEOF_INT128__
typedef unsigned __int128 u128;
#endif

typedef struct {
    uint64_t low, high;
} pair;

NEVER_INLINED static pair product(uint64_t a, uint64_t b) {
#ifdef __SIZEOF_INT128__
    u128 whole = (u128)a * b;
    return (pair){(uint64_t)whole, (uint64_t)(whole >> 64)};
#else
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t low = a0 * b0, middle = a1 * b0 + (low >> 32), other = a0 * b1 + (uint32_t)middle;
    return (pair){a * b, a1 * b1 + (middle >> 32) + (other >> 32)};
#endif
}

static pair sum_of(pair a, pair b) {
    uint64_t low = a.low + b.low;
    return (pair){low, a.high + b.high + (low < a.low)};
}

// Remainder of a number of 128 bits; `modulus` is above its upper word.
NEVER_INLINED static uint64_t remainder_of(pair value, uint64_t modulus) {
#ifdef __SIZEOF_INT128__
    return (uint64_t)(((u128)value.high << 64 | value.low) % modulus);
#else
    uint64_t rest = value.high % modulus;
    for (int bit = 63; bit >= 0; bit--) {
        uint64_t carry = rest >> 63;
        rest = rest << 1 | (value.low >> bit & 1);
        if (carry || rest >= modulus) {
            rest -= modulus;
        }
    }
    return rest;
#endif
}

NEVER_INLINED static uint64_t inverse(uint64_t odd) {
    uint64_t x = 3 * odd ^ 2;
    for (int round = 0; round < 4; round++) {
        x *= 2 - odd * x;
    }
    return x;
}

static uint64_t reduce(pair value, uint64_t modulus, uint64_t negated_inverse) {
    pair multiple = product(value.low * negated_inverse, modulus);
    pair sum = sum_of(value, multiple);
    int carried = sum.high < value.high || (sum.high == value.high && multiple.high != 0 && sum.low < value.low);
    return carried || sum.high >= modulus ? sum.high - modulus : sum.high;
}

NEVER_INLINED static uint64_t power(uint64_t base, uint64_t exponent, uint64_t modulus) {
    uint64_t negated_inverse = -inverse(modulus);
    uint64_t one = remainder_of((pair){0, 1}, modulus);
    uint64_t x = remainder_of(product(base % modulus, one), modulus), result = one;
    for (; exponent; exponent >>= 1) {
        if (exponent & 1) {
            result = reduce(product(result, x), modulus, negated_inverse);
        }
        x = reduce(product(x, x), modulus, negated_inverse);
    }
    return reduce((pair){result, 0}, modulus, negated_inverse);
}

// Divisions of 64 bits by every width, signed and not, and shifts by what is not known.
NEVER_INLINED static uint64_t divisions(uint64_t a, uint64_t b, int bits) {
    uint64_t sum = mixed(a / (b | 1), a % (b | 1));
    sum = mixed(sum, (uint64_t)((int64_t)a / (int64_t)((b >> 1) | 1)));
    sum = mixed(sum, (uint64_t)((int64_t)a % (int64_t)((b >> 1) | 1)));
    sum = mixed(sum, (uint32_t)a / ((uint32_t)b | 1));
    sum = mixed(sum, (uint64_t)((int32_t)a % (int32_t)(((uint32_t)b >> 1) | 1)));
    sum = mixed(sum, a << bits ^ b >> bits ^ (uint64_t)((int64_t)a >> bits));
    sum = mixed(sum, (uint64_t)__builtin_popcountll(a) + (uint64_t)__builtin_clzll(a | 1) * 100);
    sum = mixed(sum, (uint64_t)__builtin_ctzll(b | UINT64_C(1) << 63) ^ __builtin_bswap64(a));
    return mixed(sum, (uint64_t)(a > b ? (int64_t)(a - b) : (int64_t)(b - a)) / 1000000007);
}

uint64_t run(uint32_t n) {
    static const uint64_t PRIMES[] = {UINT64_C(0xffffffffffffffc5), UINT64_C(0x1fffffffffffffff), 1000000007, 3};
    uint64_t random = 9, sum = 0;
    for (uint32_t round = 0; round < n; round++) {
        uint64_t a = (uint64_t)next_random(&random) << 33 ^ next_random(&random);
        uint64_t b = (uint64_t)next_random(&random) << (round % 40);
        uint64_t prime = PRIMES[round % (sizeof PRIMES / sizeof *PRIMES)];
        sum = mixed(sum, power(a, b, prime));
        // Fermat: one, unless the base is a multiple.
        sum = mixed(sum, power(a, prime - 1, prime));
        sum = mixed(sum, divisions(a, b, (int)(round % 64)));
    }
    return sum;
}
