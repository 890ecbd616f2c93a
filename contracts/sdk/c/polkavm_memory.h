// SPDX-License-Identifier: Apache-2.0
//
// `memcpy`, `memmove`, `memset` and `memcmp`, which compilers call even where nobody wrote a call. To be included by one file of a
// program that has no C library. What is aligned alike goes in words, the rest in bytes.

#ifndef POLKAVM_MEMORY_H
#define POLKAVM_MEMORY_H

#include <stddef.h>
#include <stdint.h>

// A word of a register, which may be anything's.
typedef size_t __attribute__((may_alias)) polkavm_word;

// Loops of these functions are not to become calls of themselves.
#define POLKAVM_MEMORY __attribute__((no_builtin, used))

#define POLKAVM_IS_ALIGNED(address) ((size_t)(address) % sizeof(polkavm_word) == 0)

POLKAVM_MEMORY void *memset(void *to, int byte, size_t length) {
    unsigned char *at = to, *end = at + length;
    while (at < end && !POLKAVM_IS_ALIGNED(at)) {
        *at++ = (unsigned char)byte;
    }
    polkavm_word word = (size_t)-1 / 0xff * (unsigned char)byte;
    while ((size_t)(end - at) >= sizeof word) {
        *(polkavm_word *)at = word;
        at += sizeof word;
    }
    while (at < end) {
        *at++ = (unsigned char)byte;
    }
    return to;
}

POLKAVM_MEMORY void *memcpy(void *restrict to, const void *restrict from, size_t length) {
    unsigned char *at = to, *end = at + length;
    const unsigned char *source = from;
    if (POLKAVM_IS_ALIGNED((size_t)at ^ (size_t)source)) {
        while (at < end && !POLKAVM_IS_ALIGNED(at)) {
            *at++ = *source++;
        }
        while ((size_t)(end - at) >= sizeof(polkavm_word)) {
            *(polkavm_word *)at = *(const polkavm_word *)source;
            at += sizeof(polkavm_word);
            source += sizeof(polkavm_word);
        }
    }
    while (at < end) {
        *at++ = *source++;
    }
    return to;
}

POLKAVM_MEMORY void *memmove(void *to, const void *from, size_t length) {
    if ((size_t)to - (size_t)from >= length) {
        return memcpy(to, from, length);
    }
    // The beginning is overwritten first otherwise.
    unsigned char *start = to, *at = start + length;
    const unsigned char *source = (const unsigned char *)from + length;
    if (POLKAVM_IS_ALIGNED((size_t)at ^ (size_t)source)) {
        while (at > start && !POLKAVM_IS_ALIGNED(at)) {
            *--at = *--source;
        }
        while ((size_t)(at - start) >= sizeof(polkavm_word)) {
            at -= sizeof(polkavm_word);
            source -= sizeof(polkavm_word);
            *(polkavm_word *)at = *(const polkavm_word *)source;
        }
    }
    while (at > start) {
        *--at = *--source;
    }
    return to;
}

POLKAVM_MEMORY int memcmp(const void *left, const void *right, size_t length) {
    const unsigned char *a = left, *b = right, *end = a + length;
    while (POLKAVM_IS_ALIGNED((size_t)a | (size_t)b) && (size_t)(end - a) >= sizeof(polkavm_word)
           && *(const polkavm_word *)a == *(const polkavm_word *)b) {
        a += sizeof(polkavm_word);
        b += sizeof(polkavm_word);
    }
    for (; a < end; a++, b++) {
        if (*a != *b) {
            return *a - *b;
        }
    }
    return 0;
}

#endif
