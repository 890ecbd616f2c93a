// SPDX-License-Identifier: Apache-2.0
//
// The functions that compilers call without being asked to: memory routines and divisions of twice the width of registers.
// The simplest way that is right: nothing here is measured. `weak`, so that a program of several files may include it in each.

#ifndef SUITE_RUNTIME_H
#define SUITE_RUNTIME_H

#define RUNTIME __attribute__((weak, used))

// Compilers recognise loops that copy, and would put calls of these very functions in their place.
#define OPAQUE(pointer) __asm__ volatile("" : "+r"(pointer))

RUNTIME void *memcpy(void *to, const void *from, size_t bytes) {
    char *target = to;
    const char *source = from;
    while (bytes--) {
        *target++ = *source++;
        OPAQUE(target);
    }
    return to;
}

RUNTIME void *memmove(void *to, const void *from, size_t bytes) {
    char *target = to;
    const char *source = from;
    if ((uintptr_t)target - (uintptr_t)source >= bytes) {
        return memcpy(to, from, bytes);
    }
    while (bytes--) {
        target[bytes] = source[bytes];
        OPAQUE(target);
    }
    return to;
}

RUNTIME void *memset(void *to, int value, size_t bytes) {
    char *target = to;
    while (bytes--) {
        *target++ = (char)value;
        OPAQUE(target);
    }
    return to;
}

RUNTIME int memcmp(const void *a, const void *b, size_t bytes) {
    const unsigned char *left = a, *right = b;
    for (; bytes--; left++, right++) {
        if (*left != *right) {
            return *left - *right;
        }
    }
    return 0;
}

// Divides by shifting and subtracting; a divisor of zero gives what the machine's division gives.
#define DIVISIONS(unsigned_type, signed_type, bits, divide, modulo, signed_divide, signed_modulo)            \
    static unsigned_type divide##_with(unsigned_type a, unsigned_type b, unsigned_type *rest) {              \
        unsigned_type quotient = 0, left = 0;                                                                \
        for (int bit = bits - 1; bit >= 0; bit--) {                                                          \
            left = left << 1 | (a >> bit & 1);                                                               \
            quotient <<= 1;                                                                                  \
            if (left >= b) {                                                                                 \
                left -= b;                                                                                   \
                quotient |= 1;                                                                               \
            }                                                                                                \
        }                                                                                                    \
        *rest = left;                                                                                        \
        return quotient;                                                                                     \
    }                                                                                                        \
    RUNTIME unsigned_type divide(unsigned_type a, unsigned_type b) {                                         \
        unsigned_type rest;                                                                                  \
        return divide##_with(a, b, &rest);                                                                   \
    }                                                                                                        \
    RUNTIME unsigned_type modulo(unsigned_type a, unsigned_type b) {                                         \
        unsigned_type rest;                                                                                  \
        divide##_with(a, b, &rest);                                                                          \
        return rest;                                                                                         \
    }                                                                                                        \
    RUNTIME signed_type signed_divide(signed_type a, signed_type b) {                                        \
        unsigned_type rest, quotient = divide##_with(a < 0 ? -(unsigned_type)a : (unsigned_type)a,           \
                                                     b < 0 ? -(unsigned_type)b : (unsigned_type)b, &rest);   \
        return (signed_type)((a < 0) != (b < 0) ? -quotient : quotient);                                     \
    }                                                                                                        \
    RUNTIME signed_type signed_modulo(signed_type a, signed_type b) {                                        \
        unsigned_type rest;                                                                                  \
        divide##_with(a < 0 ? -(unsigned_type)a : (unsigned_type)a,                                          \
                      b < 0 ? -(unsigned_type)b : (unsigned_type)b, &rest);                                  \
        return (signed_type)(a < 0 ? -rest : rest);                                                          \
    }

#ifdef __SIZEOF_INT128__
DIVISIONS(unsigned __int128, __int128, 128, __udivti3, __umodti3, __divti3, __modti3)
#else
DIVISIONS(uint64_t, int64_t, 64, __udivdi3, __umoddi3, __divdi3, __moddi3)
#endif

// Compilers for the smallest code do not write these shifts out.
#ifdef __SIZEOF_INT128__
#define WIDE unsigned __int128
#define SIGNED_WIDE __int128
#define HALF uint64_t
#define SIGNED_HALF int64_t
#define HALF_BITS 64
#define SHIFT_LEFT __ashlti3
#define SHIFT_RIGHT __lshrti3
#define SHIFT_ARITHMETIC __ashrti3
#define MULTIPLY __multi3
#else
#define WIDE uint64_t
#define SIGNED_WIDE int64_t
#define HALF uint32_t
#define SIGNED_HALF int32_t
#define HALF_BITS 32
#define SHIFT_LEFT __ashldi3
#define SHIFT_RIGHT __lshrdi3
#define SHIFT_ARITHMETIC __ashrdi3
#define MULTIPLY __muldi3
#endif

typedef union {
    WIDE whole;
    HALF half[2];
} wide_halves;

RUNTIME WIDE SHIFT_LEFT(WIDE value, int bits) {
    wide_halves from = {.whole = value}, to;
    if (bits >= HALF_BITS) {
        to.half[0] = 0;
        to.half[1] = from.half[0] << (bits - HALF_BITS);
    } else if (bits > 0) {
        to.half[0] = from.half[0] << bits;
        to.half[1] = from.half[1] << bits | from.half[0] >> (HALF_BITS - bits);
    } else {
        to = from;
    }
    return to.whole;
}

RUNTIME WIDE SHIFT_RIGHT(WIDE value, int bits) {
    wide_halves from = {.whole = value}, to;
    if (bits >= HALF_BITS) {
        to.half[1] = 0;
        to.half[0] = from.half[1] >> (bits - HALF_BITS);
    } else if (bits > 0) {
        to.half[1] = from.half[1] >> bits;
        to.half[0] = from.half[0] >> bits | from.half[1] << (HALF_BITS - bits);
    } else {
        to = from;
    }
    return to.whole;
}

RUNTIME SIGNED_WIDE SHIFT_ARITHMETIC(SIGNED_WIDE value, int bits) {
    wide_halves from = {.whole = (WIDE)value}, to;
    SIGNED_HALF high = (SIGNED_HALF)from.half[1];
    if (bits >= HALF_BITS) {
        to.half[1] = (HALF)(high >> (HALF_BITS - 1));
        to.half[0] = (HALF)(high >> (bits - HALF_BITS));
    } else if (bits > 0) {
        to.half[1] = (HALF)(high >> bits);
        to.half[0] = from.half[0] >> bits | from.half[1] << (HALF_BITS - bits);
    } else {
        to = from;
    }
    return (SIGNED_WIDE)to.whole;
}

// By quarters, whose products fit into halves.
RUNTIME WIDE MULTIPLY(WIDE a, WIDE b) {
    const HALF low = ((HALF)1 << (HALF_BITS / 2)) - 1;
    wide_halves x = {.whole = a}, y = {.whole = b}, product;
    HALF x0 = x.half[0] & low, x1 = x.half[0] >> (HALF_BITS / 2);
    HALF y0 = y.half[0] & low, y1 = y.half[0] >> (HALF_BITS / 2);
    HALF middle = x1 * y0 + (x0 * y0 >> (HALF_BITS / 2));
    HALF other = x0 * y1 + (middle & low);
    product.half[0] = x.half[0] * y.half[0];
    product.half[1] = x1 * y1 + (middle >> (HALF_BITS / 2)) + (other >> (HALF_BITS / 2)) +
                      x.half[0] * y.half[1] + x.half[1] * y.half[0];
    return product.whole;
}

#endif
