// SPDX-License-Identifier: Apache-2.0
//
// Variadic functions: formatting as `snprintf` does it, with arguments of all widths, a list passed on, and more than registers hold.

#include "guest.h"

typedef struct {
    char *at, *end;
} buffer;

static void put(buffer *to, char c) {
    if (to->at < to->end) {
        *to->at++ = c;
    }
}

static void put_number(buffer *to, uint64_t value, unsigned base, int width, char pad) {
    char digits[64];
    int count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    for (; width > count; width--) {
        put(to, pad);
    }
    while (count) {
        put(to, digits[--count]);
    }
}

NEVER_INLINED static void format_list(buffer *to, const char *form, va_list arguments) {
    for (; *form; form++) {
        if (*form != '%') {
            put(to, *form);
            continue;
        }
        char pad = ' ';
        int width = 0, longs = 0;
        if (*++form == '0') {
            pad = '0';
        }
        for (;; form++) {
            if (*form == '*') {
                width = va_arg(arguments, int);
            } else if (*form >= '0' && *form <= '9') {
                width = 10 * width + *form - '0';
            } else if (*form == 'l') {
                longs++;
            } else {
                break;
            }
        }
        switch (*form) {
        case 'd': {
            int64_t value = longs == 2 ? va_arg(arguments, long long) : va_arg(arguments, int);
            if (value < 0) {
                put(to, '-');
            }
            put_number(to, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, width, pad);
            break;
        }
        case 'u': case 'x': case 'o': {
            uint64_t value = longs == 2 ? va_arg(arguments, unsigned long long) : va_arg(arguments, unsigned);
            put_number(to, value, *form == 'u' ? 10 : *form == 'x' ? 16 : 8, width, pad);
            break;
        }
        case 's':
            for (const char *text = va_arg(arguments, const char *); *text; text++, width--) {
                put(to, *text);
            }
            for (; width > 0; width--) {
                put(to, pad);
            }
            break;
        case 'c': put(to, (char)va_arg(arguments, int)); break;
        case '%': put(to, '%'); break;
        default: put(to, '?');
        }
    }
}

NEVER_INLINED static size_t format(char *to, size_t bytes, const char *form, ...) {
    buffer b = {to, to + bytes};
    va_list arguments, again;
    va_start(arguments, form);
    va_copy(again, arguments);
    format_list(&b, form, arguments);
    put(&b, '|');
    format_list(&b, form, again);
    va_end(again);
    va_end(arguments);
    return (size_t)(b.at - to);
}

NEVER_INLINED static uint64_t sum_of(int count, ...) {
    uint64_t sum = 0;
    va_list arguments;
    va_start(arguments, count);
    while (count--) {
        sum = mixed(sum, va_arg(arguments, uint64_t));
    }
    va_end(arguments);
    return sum;
}

static uint64_t checksum(const char *text, size_t bytes) {
    uint64_t sum = bytes;
    while (bytes--) {
        sum = mixed(sum, (uint8_t)*text++);
    }
    return sum;
}

uint64_t run(uint32_t n) {
    char text[300];
    uint64_t sum = 0, random = 5;
    for (uint32_t round = 0; round < n; round++) {
        uint32_t a = next_random(&random);
        long long b = (long long)((uint64_t)next_random(&random) << 20) - 0x1000000;
        size_t bytes = format(text, sizeof text, "%d %5u %08x <%s> %c%% %lld %*d %llo %12s.", (int)a - 7, a % 1000, a, "text", 'c',
                              b, (int)(a % 9), -42, (unsigned long long)b, "wide");
        sum = mixed(sum, checksum(text, bytes));
        bytes = format(text, round % 40, "%llx:%s", (unsigned long long)b, "cut short where there is no room");
        sum = mixed(sum, checksum(text, bytes));
        sum = mixed(sum, sum_of(11, UINT64_C(1), UINT64_C(2), (uint64_t)a, (uint64_t)b, UINT64_C(5), UINT64_C(6), UINT64_C(7),
                                UINT64_C(8), UINT64_C(9), (uint64_t)a << 32, UINT64_C(11)));
    }
    return sum;
}
